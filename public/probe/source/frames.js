// Frames of the same origin get a probe as soon as they are in the document: while they still
// show the empty page whose global object their own page takes over.

import { config, g, guard, probe, randomId } from './realm.js';
import { realmId, runId, stream } from './batches.js';
import { disguised } from './hooks.js';
import { outlets, relayBatch } from './outlets.js';
import { tellEnd } from './workers.js';

export const API = Symbol.for('arenascope.probe');
/** What was started in which frame. @type {Map<any, any>} */
export const children = new Map();

/** Its page is gone: it can say so no more. @param {any} frame */
const leave = (frame) => {
  const known = children.get(frame);
  if (!known) return;
  children.delete(frame);
  guard('frame', known.session.flush);
  tellEnd(known.session.realm, 1);
};

/** @param {any} frame */
const enter = (frame) => {
  let other;
  try {
    other = frame.contentWindow;
    // Of another origin: reading anything throws.
    if (!other?.document || other[API]) return;
  } catch {
    leave(frame);
    return;
  }
  leave(frame);
  guard('frame', () => children.set(frame, probe(other, {
    ...config, kind: 2, run: runId, realm: randomId(), parent: realmId, start: stream.on ? 'now' : 'call', sink: undefined,
    handOver: relayBatch, openRelay: outlets.openRelay, disguised,
  })));
};

export const watchFrames = () => {
  const { document, MutationObserver } = g;
  if (!document || config.frames === false) return;
  const all = document.getElementsByTagName('iframe');
  const look = () => {
    for (const frame of all) enter(frame);
    for (const frame of children.keys()) if (!frame.isConnected) leave(frame);
  };
  new MutationObserver(() => guard('frames', look)).observe(document, { childList: true, subtree: true });
  document.addEventListener('load', (/** @type {any} */ { target }) => {
    if (target?.tagName === 'IFRAME') enter(target);
  }, true);
  look();
};
