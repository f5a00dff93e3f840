// Installs the hooks, decides when batches end, and is what the page's user gets.

import { VERSION, apply, config, cost, defineProperty, g, guard, later, nowMs, troubles } from './realm.js';
import {
  begin, close, end, isOpen, limitBytes, put, putId, realmId, realmOf, recordsOf, runId, say, stream, tablesAreLarge, tell, text,
} from './batches.js';
import { hideText, replace } from './hooks.js';
import { sampleBytes, stacksMode } from './stacks.js';
import { live, tellAll, tellTallies, tellUses } from './resources.js';
import { lookAtGpu, watchGpu } from './gpu.js';
import { watchNetworks } from './webnn.js';
import { attachEmscripten, lookAtMemories, watchWasm } from './wasm.js';
import {
  announceInChannel, announceToOpener, announceToRelay, consume, consumeByBinding, hasConsumer, openChannel, outlets, relayBatch, relaySink, waitingBatches,
} from './outlets.js';
import { ownerOf, pretendBase, tellEnd, watchWorkers } from './workers.js';
import { API, children, watchFrames } from './frames.js';

const BATCH_MS = 100;
const COST_MS = 1_000;
/** A page may cancel timers that are not its own: then another is set. */
const OVERDUE_MS = 2_000;
/** What workers need to answer before a file is written. */
const WORKERS_MS = 150;
const FILE_MAGIC = 'ASPROBE\0';

const kind = config.kind ?? (g.document ? 1 : 3);
const isRoot = !config.run;
let ticks = 0;
let isTickDue = false;
let timerDueMs = 0;
let isEnded = false;
/** @type {any} */
let relay;

const tellHello = () => {
  const title = g.document?.title || g.name;
  const [url, name, agent, version] = [g.location?.href, title, g.navigator?.userAgent, VERSION].map(text);
  const origin = Math.round(g.performance.timeOrigin * 1000);
  begin(4);
  putId(runId);
  putId(config.parent ?? '0'.repeat(16));
  for (const number of [kind, origin, url, name, agent, version, stacksMode(), sampleBytes(), limitBytes()]) put(number);
  end();
};

const tellCost = () => {
  const windowMs = nowMs() - cost.sinceMs;
  if (windowMs < COST_MS || !cost.events || !isOpen()) return;
  tell(24, ...[windowMs * 1000, cost.events, cost.eventMs * 1000, cost.flushMs * 1000].map(Math.round));
  Object.assign(cost, { events: 0, eventMs: 0, flushMs: 0, sinceMs: nowMs() });
};

const tellTroubles = () => {
  if (!troubles.size || !isOpen()) return;
  const all = [...troubles.values()];
  troubles.clear();
  for (const each of all) say(25, ...each);
};

/** Ends a batch, with what is told once a batch. @param {number} [frame] that ended */
const flush = (frame = 0) => {
  const startMs = nowMs();
  const looks = [guard('memories', lookAtMemories), guard('gpu', lookAtGpu)];
  if (stream.on) {
    if (tablesAreLarge() || (stream.stale && stream.waitingBytes <= limitBytes() / 2)) tellAll(tellHello);
    tellUses();
    tellTallies();
    if (frame) say(17, frame);
    tellCost();
    tellTroubles();
    close();
    if (looks.includes(true) || (stream.stale && hasConsumer())) stream.wake();
  }
  cost.flushMs += nowMs() - startMs;
};

stream.wake = () => {
  const now = nowMs();
  if (!stream.on || now < timerDueMs + OVERDUE_MS) return;
  timerDueMs = now + BATCH_MS;
  later(() => {
    timerDueMs = -OVERDUE_MS;
    guard('flush', flush);
  }, BATCH_MS);
};
timerDueMs = -OVERDUE_MS;

/** Frames that the page asks for are counted, before its own callback; the probe asks for none itself. */
const watchTicks = () => replace(ownerOf('requestAnimationFrame'), 'requestAnimationFrame', (native) => ({
  /** @this {any} @param {any[]} args */
  requestAnimationFrame(...args) {
    if (stream.on && !isTickDue) {
      isTickDue = true;
      apply(native, g, [() => {
        isTickDue = false;
        guard('frame', () => flush(++ticks));
      }]);
    }
    return apply(native, this, args);
  },
}).requestAnimationFrame);

/** @param {number} reason */
const endRealm = (reason) => {
  if (isEnded || !stream.on) return;
  isEnded = true;
  flush();
  tellEnd(realmId, reason);
  close(true, true);
};

const watchEnd = () => {
  g.addEventListener('pagehide', (/** @type {any} */ event) => guard('end', () => (event.persisted || kind === 2 ? flush() : endRealm(1))));
  // Once it is closed, nothing gets out any more.
  if (!g.document) replace(ownerOf('close'), 'close', (native) => ({
    /** @this {any} @param {any[]} args */
    close(...args) {
      guard('end', () => endRealm(2));
      return apply(native, this, args);
    },
  }).close);
};

/** Begins the stream, or begins it anew. @param {any} [options] */
const start = (options) => {
  Object.assign(config, options);
  stream.on = true;
  isEnded = false;
  tellAll(tellHello);
};

/** The page's side of what workers say, or a worker's side of what the page says. */
const openRelay = () => {
  if (relay) return;
  relay = openChannel(`/${runId}/relay`);
  relay?.addEventListener('message', (/** @type {any} */ { data }) => guard('relay', () => {
    if (isRoot && data.type === 'relay') {
      relay.postMessage({ type: 'taken', realm: data.realm });
      relayBatch(data.bytes);
    }
    if (isRoot || (data.realm && data.realm !== realmId)) return;
    if (data.type === 'start') start(data.options);
    if (data.type === 'flush') flush();
    if (data.type === 'stop') stop();
    if (data.type === 'lost') {
      stream.lost += data.records;
      stream.stale = true;
      stream.wake();
    }
  }));
};

outlets.openRelay = config.openRelay ?? openRelay;

const chosen = () => ({ stacks: config.stacks, sampleBytes: config.sampleBytes, limitBytes: config.limitBytes });

outlets.startAnew = () => {
  start();
  if (isRoot) relay?.postMessage({ type: 'start', options: chosen() });
  for (const other of children.values()) guard('frame', () => other.record(chosen()));
};

outlets.tellLost = (batch) => {
  relay?.postMessage({ type: 'lost', realm: realmOf(batch), records: recordsOf(batch) });
  for (const other of children.values()) other.lost(realmOf(batch));
};

const stop = () => {
  endRealm(4);
  stream.on = false;
  if (isRoot) relay?.postMessage({ type: 'stop' });
  for (const other of children.values()) guard('frame', () => other.session.stop());
};

/** A file of all that waits: what no consumer took. @returns {Promise<File>} */
const save = async () => {
  if (isRoot) relay?.postMessage({ type: 'flush' });
  for (const other of children.values()) guard('frame', () => other.session.flush());
  await new Promise((resolve) => later(resolve, WORKERS_MS));
  flush();
  close(true);
  const { Blob, CompressionStream, File, Response } = g;
  const packed = new Blob([FILE_MAGIC, ...waitingBatches()]).stream().pipeThrough(new CompressionStream('gzip'));
  return new File([await new Response(packed).blob()], `${g.location?.hostname || 'page'}.arenascope`);
};

const session = {
  realm: realmId,
  run: runId,
  save,
  stop,
  /** Hands over what is there without waiting for the frame or the timer. */
  flush: () => flush(),
  /** Writes a text into the recording, to find the moment again. @param {string} what */
  mark: (what) => say(20, String(what)),
  /** What lives now, and what was lost. */
  stats() {
    const bytes = [...live].reduce((sum, state) => sum + state.bytes, 0);
    return { live: live.size, bytes, lost: stream.lost, waitingBytes: stream.waitingBytes };
  },
};

let isAnnounced = false;
const beFound = () => {
  if (!isRoot || isAnnounced || config.announce === false) return;
  isAnnounced = true;
  guard('channel', announceInChannel);
  guard('relay', announceToRelay);
  if (g.document) guard('opener', announceToOpener);
};

/** Records from now on. @param {Config} [options] */
const record = (options) => {
  Object.assign(config, options);
  if (options?.sink) consume(options.sink);
  else if (!stream.on) outlets.startAnew();
  beFound();
  return session;
};

/** Records as soon as a profiler asks for it. @param {Config} [options] */
const attach = (options) => {
  Object.assign(config, options);
  beFound();
  return session;
};

const install = () => {
  if (config.base) guard('base', () => pretendBase(/** @type {string} */ (config.base)));
  for (const watch of [watchGpu, watchNetworks, watchWasm, watchWorkers, watchFrames, watchTicks, watchEnd, hideText]) {
    guard('install', watch);
  }
};

/** @typedef {import('./realm.js').Config} Config */

export const api = {
  version: VERSION, record, attach, attachEmscripten, session,
  /** A batch of this realm was lost on the way. @param {string} realm */
  lost(realm) {
    if (realm === realmId) stream.stale = true;
  },
};

/** Where this realm's batches go, and whether they do from now on. */
export const boot = () => {
  install();
  defineProperty(g, API, { value: api, configurable: true });
  if (consumeByBinding()) return;
  if (isRoot) {
    if (config.start === 'now') record(config);
    else if (config.start === 'attach') attach();
    return;
  }
  if (!config.handOver) openRelay();
  consume(config.handOver ?? relaySink(relay), config.start === 'now');
};
