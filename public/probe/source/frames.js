// Frames of the same origin get a probe as soon as they are in the document: while they still
// show the empty page whose global object their own page takes over.

import { config, g, guard, probe, randomId } from './realm.js';
import { realmId, runId, stream } from './batches.js';
import { disguised } from './hooks.js';
import { outlets, relayBatch } from './outlets.js';

export const API = Symbol.for('arenascope.probe');
/** What was started in frames. @type {Set<any>} */
export const children = new Set();

/** @param {any} frame */
const enter = (frame) => {
  let other;
  try {
    other = frame.contentWindow;
    // Of another origin: reading anything throws.
    if (!other?.document || other[API]) return;
  } catch {
    return;
  }
  guard('frame', () => children.add(probe(other, {
    ...config, kind: 2, run: runId, realm: randomId(), parent: realmId, start: stream.on ? 'now' : 'call', sink: undefined, handOver: relayBatch, openRelay: outlets.openRelay, disguised,
  })));
};

export const watchFrames = () => {
  const { document, MutationObserver } = g;
  if (!document || config.frames === false) return;
  const all = document.getElementsByTagName('iframe');
  let count = 0;
  const look = () => {
    if (all.length !== count) for (const frame of all) enter(frame);
    count = all.length;
  };
  new MutationObserver(() => guard('frames', look)).observe(document, { childList: true, subtree: true });
  document.addEventListener('load', (/** @type {any} */ { target }) => {
    if (target?.tagName === 'IFRAME') enter(target);
  }, true);
  look();
};
