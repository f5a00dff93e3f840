// What lives in this realm: told when it comes and goes, and told again to whoever attaches later.

import { g, guard, trouble } from './realm.js';
import { begin, beginTables, close, end, hasRoom, isOpen, put, say, stream, tell, text } from './batches.js';
import { stackNumber, takeStack } from './stacks.js';
import { remember, stateOf } from './hooks.js';

export const BUFFER = 1;
export const TEXTURE = 2;
export const CANVAS = 3;
export const EXTERNAL = 4;
export const QUERIES = 5;
export const MEMORY = 7;
export const FOREIGN_MEMORY = 8;
export const TENSOR = 9;
export const CONSTANT = 10;
export const GRAPH = 11;
export const TRANSIENT = 13;

export const DESTROYED = 1;
export const COLLECTED = 2;
export const RETRACTED = 3;
export const GIVEN_UP = 4;

const BEFORE = 1;
export const ESTIMATE = 2;
export const APART = 4;

/** Most ids of a `use` record. */
const USES_MAX = 2_000;

/**
 * @typedef {object} State of a resource
 * @property {number} id
 * @property {number} kind its class
 * @property {number} bytes
 * @property {number} usage
 * @property {any} device
 * @property {string} label
 * @property {number} flags
 * @property {any[]} details a name and numbers, by class
 * @property {any} stack
 * @property {boolean} isLive
 * @property {number} usedIn the period in which it was used last
 * @property {{offset: number, bytes: number, mode: number, isTold?: boolean} | null} mapping
 */

/** @type {Set<State>} */
export const live = new Set();
/** @type {Set<any>} */
export const devices = new Set();
/** @type {number[]} */
let used = [];
let period = 1;
let lastId = 0;

export const newId = () => ++lastId;

const registry = g.FinalizationRegistry && new g.FinalizationRegistry((/** @type {any} */ state) => {
  guard('collected', () => release(state, COLLECTED) || lose(state, 1, 'collected'));
});

/** @param {State} state @param {number} flags */
const writeAllocate = (state, flags) => {
  const { details } = state;
  const label = text(state.label);
  const stack = stackNumber(state.stack);
  const isNamed = typeof details[0] === 'string';
  const name = isNamed ? text(details[0]) : 0;
  begin(10);
  put(state.id);
  put(state.kind);
  put(state.bytes);
  put(state.usage);
  put(state.device ? state.device.id : 0);
  put(label);
  put(stack);
  put(flags);
  if (isNamed) put(name);
  for (let at = isNamed ? 1 : 0; at < details.length; at += 1) put(details[at]);
  end();
};

const noDetails = /** @type {any[]} */ ([]);

/**
 * Something new lives.
 * @param {any} object the page's own
 * @param {number} kind
 * @param {number} bytes
 * @param {number} usage
 * @param {any} device
 * @param {any[]} [details]
 * @param {number} [flags]
 * @param {string} [label]
 * @returns {State}
 */
export const allocate = (object, kind, bytes, usage, device, details = noDetails, flags = 0, label = object.label) => {
  if (Number.isNaN(bytes)) {
    trouble('size', `unknown format ${details[0]}`);
    bytes = 0;
  }
  const state = {
    id: newId(), kind, bytes, usage, device, label, flags, details, stack: takeStack(bytes), isLive: true, usedIn: 0, mapping: null,
  };
  remember(object, state);
  // What is created on a lost device takes nothing.
  if (device && !device.isLive) {
    state.isLive = false;
    return state;
  }
  if (registry) registry.register(object, state);
  if (hasRoom()) writeAllocate(state, flags);
  live.add(state);
  return state;
};

/** It lives no more. @param {State | undefined} state @param {number} reason */
export const release = (state, reason) => {
  if (!state || !live.delete(state)) return false;
  state.isLive = false;
  if (hasRoom()) tell(11, state.id, reason);
  return true;
};

/** It has another size. @param {State} state @param {number} bytes */
export const resize = (state, bytes) => {
  if (state.bytes === bytes || !state.isLive) return;
  state.bytes = bytes;
  say(12, state.id, bytes);
};

/** @param {State | undefined} state @param {any} label */
export const relabel = (state, label) => {
  if (!state || !state.isLive) return;
  state.label = String(label);
  say(15, state.id, state.label);
};

/** It, or all of a list, was used. @param {State | State[] | undefined} what */
export const touch = (what) => {
  if (!what) return;
  if (Array.isArray(what)) {
    for (const state of what) touchOne(state);
  } else touchOne(what);
};

/** @param {State} state */
const touchOne = (state) => {
  if (state.usedIn === period || !state.isLive || !stream.on) return;
  state.usedIn = period;
  if (used.push(state.id) === 1) stream.wake();
};

/** The page's object was used. @param {any} object */
export const use = (object) => touch(stateOf(object));

/** Tells what was used since it was told last. */
export const tellUses = () => {
  const ids = used.sort((a, b) => a - b);
  used = [];
  period += 1;
  for (let from = 0; from < ids.length && hasRoom(); from += USES_MAX) {
    const part = ids.slice(from, from + USES_MAX);
    begin(16, part.length * 7 + 16);
    put(part.length);
    part.forEach((id, at) => put(at ? id - part[at - 1] : id));
    end();
  }
};

/** @param {State} state */
export const tellMapping = (state) => {
  const { mapping } = state;
  if (mapping) say(13, state.id, mapping.offset, mapping.bytes, mapping.mode);
};

/**
 * @typedef {object} Device a WebGPU device, or a context of WebNN
 * @property {number} id
 * @property {number} kind
 * @property {string} label
 * @property {string} adapter
 * @property {[string, number][]} limits
 * @property {boolean} isLive
 */

/** A device or context that the page uses for the first time. @param {any} object @param {Device} device */
export const addDevice = (object, device) => {
  remember(object, device);
  registry?.register(object, device);
  devices.add(device);
  tellDevice(device);
};

/** @param {Device} device */
const tellDevice = ({ id, kind, label, adapter, limits }) => say(8, id, kind, label, adapter, limits.length, ...limits.flat());

/** A device is gone, and all that is on it. @param {any} device @param {number} reason @param {string} message */
export const lose = (device, reason, message) => {
  if (!devices.delete(device)) return;
  device.isLive = false;
  for (const state of live) {
    if (state.device !== device) continue;
    state.isLive = false;
    live.delete(state);
  }
  say(9, device.id, reason, message);
};

/** @param {any} device @param {number} kind @param {State | null} state @param {number} bytes @param {string} message */
export const tellFailure = (device, kind, state, bytes, message) => say(21, device.id, kind, state?.id ?? 0, bytes, message);

/** @type {Map<number, [number, number]>} */
const tallies = new Map();

/** Counts a piece of work. @param {number} counter @param {number} [bytes] */
export const tally = (counter, bytes = 0) => {
  const known = tallies.get(counter);
  if (known) {
    known[0] += 1;
    known[1] += bytes;
  } else {
    tallies.set(counter, [1, bytes]);
    stream.wake();
  }
};

export const tellTallies = () => {
  if (!tallies.size || !isOpen()) return;
  tell(18, tallies.size, ...[...tallies].flatMap(([counter, [calls, bytes]]) => [counter, calls, bytes]));
  tallies.clear();
};

/** Begins the stream anew: all that lives is told again. @param {() => void} tellHello */
export const tellAll = (tellHello) => {
  beginTables();
  tellHello();
  for (const device of devices) tellDevice(device);
  // In a realm's first batch there is nothing that could have been told before.
  if (live.size || stream.epoch > 2) {
    tell(22, live.size);
    for (const state of live) {
      writeAllocate(state, state.flags | BEFORE);
      if (state.mapping?.isTold) tellMapping(state);
    }
    tell(23);
  }
  close();
};
