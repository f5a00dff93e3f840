// Where batches go: they wait for one consumer, or for `save`.

import { config, g, guard, trouble, when } from './realm.js';
import { limitBytes, realmId, realmOf, recordsOf, runId, stream } from './batches.js';

const CHANNEL = 'arenascope-probe';
const LOOPBACK = /^(localhost|.*\.localhost|127\.[\d.]+|\[::1\])$/;
/** A sink that fails so often in a row is let go. */
const FAILURES_MAX = 16;

const { BroadcastChannel: Channel } = g;

/** @typedef {(batch: Uint8Array) => any} Sink */
/** @type {Sink | null} */
let consumer = null;
let hadConsumer = false;
/** Counts consumers: an answer of an earlier one is nobody's. */
let turn = 0;
let failures = 0;
/** @type {Uint8Array<ArrayBuffer>[]} */
let waiting = [];

export const outlets = {
  /** Has every realm of the run begin its stream anew. */
  startAnew: () => {},
  /** What another realm wrote was lost. @type {(batch: Uint8Array) => void} */
  tellLost: () => {},
  /** Listens to workers. */
  openRelay: () => {},
};

/** @param {any} batch @param {any} error */
const dropBatch = (batch, error) => {
  trouble('sink', error);
  if (realmOf(batch) === realmId) {
    stream.lost += recordsOf(batch);
    stream.stale = true;
  } else outlets.tellLost(batch);
  failures += 1;
  if (failures >= FAILURES_MAX) consume(null);
};

/** @param {Uint8Array} batch @param {Sink} sink */
const send = (batch, sink) => {
  const mine = turn;
  /** @param {any} [error] */
  const settle = (error) => {
    if (mine !== turn) return;
    stream.waitingBytes -= batch.length;
    if (error) dropBatch(batch, error);
    else failures = 0;
  };
  try {
    const answer = sink(batch);
    if (answer?.then) when(answer, () => settle(), (error) => settle(error ?? 'rejected'));
    else settle();
  } catch (error) {
    settle(error ?? 'thrown');
  }
};

/** Takes a batch of this realm or of one that it began. @param {Uint8Array} batch */
export const enqueue = (batch) => {
  stream.waitingBytes += batch.length;
  if (consumer) send(batch, consumer);
  else waiting.push(/** @type {Uint8Array<ArrayBuffer>} */ (batch));
};
stream.enqueue = enqueue;

/** The same for a realm that it began; what does not fit is lost. @param {Uint8Array} batch */
export const relayBatch = (batch) => {
  if (stream.waitingBytes > limitBytes()) outlets.tellLost(batch);
  else enqueue(batch);
};

/**
 * Who takes batches from here on.
 * @param {Sink | null} sink null for nobody
 * @param {boolean} [startsNow] whether recording begins with it
 */
export const consume = (sink, startsNow = true) => {
  turn += 1;
  consumer = sink;
  failures = 0;
  const batches = waiting;
  waiting = [];
  stream.waitingBytes = 0;
  if (!sink) return;
  const isFirst = !hadConsumer;
  hadConsumer = true;
  if (isFirst && stream.on) batches.forEach(enqueue);
  else if (startsNow) outlets.startAnew();
};

export const waitingBatches = () => waiting;
export const hasConsumer = () => !!consumer;

/** A sink that posts batches, each of which is taken over when the other side says so. @param {any} port @param {any} message */
const postingSink = (port, message) => {
  /** @type {((value?: any) => void)[]} */
  const unanswered = [];
  port.addEventListener('message', (/** @type {any} */ { data }) => {
    if (data?.type === 'taken' && (!message.realm || data.realm === message.realm)) unanswered.shift()?.();
  });
  return (/** @type {Uint8Array} */ bytes) => new Promise((resolve) => {
    unanswered.push(resolve);
    port.postMessage({ arenascopeProbe: 1, ...message, bytes });
  });
};

/** @param {string} name */
export const openChannel = (name) => Channel && new Channel(CHANNEL + name);

/** What a worker writes goes to the page that began the run. @param {any} relay */
export const relaySink = (relay) => postingSink(relay, { type: 'relay', realm: realmId });

/** What a profiler is told of this page. @param {string} type */
const introduction = (type) => ({ arenascopeProbe: 1, type, run: runId, url: g.location.href, title: g.document?.title || g.name });

/** Profilers in other tabs of the origin. */
export const announceInChannel = () => {
  const channel = openChannel('');
  if (!channel) return;
  const announce = (/** @type {string} */ type) => channel.postMessage(introduction(type));
  channel.addEventListener('message', (/** @type {any} */ { data }) => guard('channel', () => {
    if (data?.type === 'who') announce('hello');
    if (data?.run !== runId) return;
    if (data.type === 'attach') consume(postingSink(openChannel(`/${runId}`), { type: 'batch' }));
    if (data.type === 'detach') consume(null);
  }));
  g.addEventListener('pagehide', () => announce('bye'));
  announce('hello');
};

/** The relay of `arenascope serve`. */
export const announceToRelay = () => {
  if (!config.relay) return;
  const socket = new g.WebSocket(config.relay);
  /** @type {Record<string, any>[]} */
  let unanswered = [];
  const sink = (/** @type {any} */ batch) => new Promise((taken, refused) => {
    unanswered.push({ taken, refused });
    socket.send(batch);
  });
  socket.onopen = () => socket.send(JSON.stringify(introduction('hello')));
  socket.onmessage = (/** @type {any} */ event) => guard('relay', () => {
    const { type } = JSON.parse(event.data);
    if (type === 'attach') {
      unanswered = [];
      consume(sink);
    } else if (type === 'detach') consume(null);
    else unanswered.shift()?.[type]?.(type === 'refused' && type);
  });
  // Only where it is this consumer's: another one goes on.
  socket.onclose = () => unanswered.splice(0).forEach(({ refused }) => refused('closed'));
};

/** @param {string} host */
const isLoopback = (host) => LOOPBACK.test(host);

/** Whether a profiler of that origin may see this page's memory. @param {string} origin */
const mayAttach = (origin) => {
  const { location, URL } = g;
  if (origin === location.origin || config.origins?.includes(origin)) return true;
  if (config.src && origin === new URL(config.src).origin) return true;
  return isLoopback(location.hostname) && origin.startsWith('http') && isLoopback(new URL(origin).hostname);
};

/** The page that opened or embeds this one. */
export const announceToOpener = () => {
  g.addEventListener('message', (/** @type {any} */ event) => guard('attach', () => {
    const { data, origin, ports } = event;
    if (data?.arenascopeProbe !== 1 || data.type !== 'attach' || data.run !== runId) return;
    event.stopImmediatePropagation();
    if (!mayAttach(origin)) return;
    const [port] = ports;
    port.addEventListener('message', (/** @type {any} */ message) => message.data?.type === 'detach' && consume(null));
    consume(postingSink(port, { type: 'batch' }));
    port.start();
  }), true);
  for (const other of new Set([g.opener, g.parent])) {
    if (other && other !== g) guard('opener', () => other.postMessage({ arenascopeProbe: 1, type: 'hello', run: runId }, '*'));
  }
};

/** A driver over the DevTools protocol takes text. */
export const consumeByBinding = () => {
  const binding = g.__arenascope_batch;
  if (typeof binding !== 'function') return false;
  consume((batch) => {
    let text = '';
    for (let from = 0; from < batch.length; from += 8_192) text += String.fromCharCode(...batch.subarray(from, from + 8_192));
    binding(g.btoa(text));
  });
  return true;
};
