// Puts functions of the probe in the place of the page's, so that nobody can tell.

import { apply, config, construct, cost, defineProperty, g, getOwnPropertyDescriptor, guard, nowMs, through, trouble } from './realm.js';
import { stacks, takeStack } from './stacks.js';

/** One call in so many is timed: two readings of the clock cost as much as an event. */
const TIMED_ONE_OF = 16;

/** What each function of the probe stands for. Frames share it with their page. */
export const disguised = config.disguised ?? new WeakMap();

/** Private fields on the page's own objects: unseen, faster than a WeakMap, and gone with them. */
const Base = /** @type {any} */ (function base(/** @type {object} */ object) { return object; });
class Stamp extends Base {
  /** @type {any} */
  #state;

  /** @param {object} object @param {any} state */
  constructor(object, state) {
    super(object);
    this.#state = state;
  }

  /** @param {any} object */
  static read(object) {
    return object !== null && typeof object === 'object' && #state in object ? object.#state : undefined;
  }

  /** @param {any} object @param {any} state */
  static write(object, state) {
    if (#state in object) object.#state = state;
    else new Stamp(object, state);
    return state;
  }
}

/** What the probe knows of an object. @type {(object: any) => any} */
export const stateOf = Stamp.read;
/** Remembers something of an object. @type {(object: any, state: any) => any} */
export const remember = Stamp.write;

/** @param {any} ours @param {Function} native */
const disguise = (ours, native) => {
  for (const key of ['name', 'length']) {
    const property = getOwnPropertyDescriptor(native, key);
    if (property) defineProperty(ours, key, property);
  }
  disguised.set(ours, disguised.get(native) ?? native);
  return ours;
};

/**
 * @callback After what is to be done after a call
 * @param {any} self
 * @param {any[]} args
 * @param {any} result what the call returned, or threw
 * @returns {any}
 */

/**
 * @param {After} after @param {any} self @param {any[]} args @param {any} result @param {Function} caller
 */
const note = (after, self, args, result, caller) => {
  cost.events += 1;
  const isTimed = cost.events % TIMED_ONE_OF === 0;
  const startMs = isTimed ? nowMs() : 0;
  stacks.caller = caller;
  try {
    return after(self, args, result);
  } catch (error) {
    trouble(caller.name, error);
  } finally {
    if (isTimed) cost.eventMs += (nowMs() - startMs) * TIMED_ONE_OF;
  }
};

/** @param {any} native @param {After} after @param {After} [thrown] */
const wrapped = (native, after, thrown) => {
  // A method, as natives are: it has no prototype and is no constructor.
  const ours = {
    /** @this {any} @param {any[]} args */
    method(...args) {
      let result;
      try {
        result = apply(native, this, args);
      } catch (error) {
        if (thrown) note(thrown, this, args, error, ours);
        throw error;
      }
      note(after, this, args, result, ours);
      return result;
    },
  }.method;
  return ours;
};

/**
 * Replaces a function by one of the same descriptor, name, length and text.
 * @param {any} owner nothing where the browser does not have it
 * @param {string} name
 * @param {(native: any) => any} make
 * @param {'value' | 'get' | 'set'} [part]
 */
export const replace = (owner, name, make, part = 'value') => {
  const property = owner && getOwnPropertyDescriptor(owner, name);
  const native = /** @type {any} */ (property)?.[part];
  if (!property || !native) return;
  try {
    defineProperty(owner, name, { ...property, [part]: disguise(make(native), native) });
  } catch (error) {
    trouble(`hook ${name}`, error);
  }
};

/**
 * Runs `after` after each call of a method; `thrown` where it threw.
 * @param {any} type nothing where the browser does not have it
 * @param {string} name
 * @param {After} after
 * @param {After} [thrown]
 */
export const hook = (type, name, after, thrown) => replace(type?.prototype, name, (native) => wrapped(native, after, thrown));

/** The same for many of one class. @param {any} type @param {Record<string, After>} all */
export const hookAll = (type, all) => {
  for (const name of Object.keys(all)) hook(type, name, all[name]);
};

/**
 * For what is called a thousand times a frame: nothing but the call and a look at its first
 * arguments; `arguments` is never made where the compiler sees that it is only handed on.
 * @param {any} type @param {string} name @param {(self: any, a: any, b: any, c: any, d: any, e: any) => void} act
 */
export const hookHot = (type, name, act) => replace(type?.prototype, name, (native) => ({
  /** @this {any} @param {any} a @param {any} b @param {any} c @param {any} d @param {any} e */
  method(a, b, c, d, e) {
    const result = apply(native, this, arguments);
    try {
      act(this, a, b, c, d, e);
    } catch (error) {
      trouble(name, error);
    }
    return result;
  },
}).method);

/** For a function that is no method. @param {any} owner @param {string} name @param {After} after */
export const hookStatic = (owner, name, after) => replace(owner, name, (native) => wrapped(native, after));

/** For what is read or set. @param {any} type @param {string} name @param {'get' | 'set'} part @param {After} after */
export const hookProperty = (type, name, part, after) =>
  replace(type?.prototype, name, (native) => wrapped(native, after), part);

/**
 * For a method whose promise is awaited first. What the page gets settles one microtask
 * later: only so an error that it does not handle stays unhandled.
 * @param {any} type @param {string} name @param {After} after
 */
export const hookAsync = (type, name, after) => replace(type?.prototype, name, (native) => {
  const ours = {
    /** @this {any} @param {any[]} args */
    method(...args) {
      const promise = apply(native, this, args);
      stacks.caller = ours;
      const stack = guard(name, () => takeStack(0)) ?? null;
      return through(promise, (result) => {
        stacks.held = stack;
        note(after, this, args, result, ours);
        stacks.held = undefined;
        return result;
      });
    },
  }.method;
  return ours;
});

/**
 * Replaces a constructor; statics, prototype and `instanceof` are the native's.
 * @param {any} owner
 * @param {string} name
 * @param {(args: any[], make: (args: any[]) => any) => any} build
 */
export const hookConstructor = (owner, name, build) => {
  const native = owner?.[name];
  if (!native) return;
  replace(owner, name, () => {
    /** @param {any} target @param {any[]} args @param {any} newTarget */
    const trap = (target, args, newTarget) => {
      stacks.caller = trap;
      return build(args, (given) => construct(target, given, newTarget === ours ? target : newTarget));
    };
    const ours = new Proxy(native, { construct: trap });
    return ours;
  });
  replace(native.prototype, 'constructor', () => owner[name]);
};

/** From here on, functions of the probe have the text of those that they stand for. */
export const hideText = () => replace(g.Function.prototype, 'toString', (native) => ({
  /** @this {any} */
  toString() {
    return apply(native, disguised.get(this) ?? this, []);
  },
}).toString);
