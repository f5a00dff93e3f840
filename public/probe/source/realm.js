// What the whole probe stands on: the realm that it watches, and functions of it that are
// kept before the page can replace them. When built, all of `source/` is the body of one
// function whose arguments are the two below, so that a frame and a worker get the same.

/** The global object of the realm. @type {any} */
export const g = globalThis;

/**
 * @typedef {object} Config
 * @property {'off' | 'sampled' | 'all'} [stacks] call stacks; off unless said otherwise
 * @property {number} [sampleBytes] sampled stacks: one for so many bytes; 64 KiB
 * @property {number} [limitBytes] most bytes that wait for a consumer; 4 MiB
 * @property {(batch: Uint8Array) => void | Promise<void>} [sink] takes batches; without one they wait for `save`
 * @property {boolean} [workers] whether workers get a probe; true
 * @property {boolean} [sharedWorkers] whether shared workers do: each page then has its own; false
 * @property {boolean} [frames] whether frames of the same origin do; true
 * @property {boolean} [announce] whether profilers are told that this page can be attached to; true
 * @property {string} [relay] address of the relay of `arenascope serve`, for a profiler of another origin
 * @property {string[]} [origins] origins of profilers that may attach from another window
 * @property {'now' | 'attach' | 'call'} [start] when recording begins
 * @property {string} [src] address of the probe's script
 * @property {string} [run] set by the probe for the realms it starts, as all that follows
 * @property {string} [realm]
 * @property {string} [parent]
 * @property {string} [base]
 * @property {(batch: Uint8Array) => void} [handOver]
 * @property {() => void} [openRelay]
 * @property {WeakMap<object, Function>} [disguised]
 * @property {number} [kind]
 */
/** What the user chose. @type {Config} */
export const config = {};
/** The function that all of this becomes, for other realms. @type {(g: any, config: Config) => any} */
export const probe = () => {};

export const VERSION = '0.1.0';
export const { apply, construct, getOwnPropertyDescriptor } = Reflect;
export const { defineProperty } = Object;
/** @type {() => number} */
export const nowMs = g.performance.now.bind(g.performance);
/** @type {typeof setTimeout} */
export const later = g.setTimeout.bind(g);
const { then } = Promise.prototype;
const nothing = () => {};

/**
 * Observes a promise that is the probe's own, or that never rejects.
 * @param {any} promise
 * @param {(value: any) => void} done
 * @param {(error: any) => void} [failed]
 */
export const when = (promise, done, failed = nothing) => apply(then, promise, [done, failed]);

/** The promise that goes on after `done` saw the value. @param {any} promise @param {(value: any) => any} done */
export const through = (promise, done) => apply(then, promise, [done]);

/** A random number of 64 bits in hexadecimal, not 0. */
export const randomId = () => {
  const words = g.crypto.getRandomValues(new Uint32Array(2));
  words[0] |= 1;
  return [...words].map((word) => word.toString(16).padStart(8, '0')).join('');
};

/** What went wrong inside, told with the next batch. @type {Map<string, [string, string, number]>} */
export const troubles = new Map();

/** @param {string} where @param {any} what */
export const trouble = (where, what) => {
  const text = String(what?.message ?? what);
  const known = troubles.get(where + text);
  if (known) known[2] += 1;
  else if (troubles.size < 64) troubles.set(where + text, [where, text, 1]);
};

/** Runs it; what it throws is told, and goes no further. @param {string} where @param {() => any} what */
export const guard = (where, what) => {
  try {
    return what();
  } catch (error) {
    trouble(where, error);
  }
};

/** What the probe itself takes since it was last told. */
export const cost = { events: 0, eventMs: 0, flushMs: 0, sinceMs: nowMs() };
