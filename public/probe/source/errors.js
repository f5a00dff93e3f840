// Which creations gave an error object. WebGPU tells that something failed, never which. So
// when an error is told, or a scope of the page ends, the newest creations are each put
// to a harmless test in a scope of the probe's own, which the page does not notice.

import { apply, g, guard, later, when } from './realm.js';
import { stateOf } from './hooks.js';
import { BUFFER, RETRACTED, release, tellFailure } from './resources.js';

/** So many creations may still turn out to be errors. Held strongly, so for a while only. */
const NEWEST_MAX = 256;
const NEWEST_MS = 2_000;
const SAYS_INVALID = /\binvalid (buffer|texture)|is invalid/i;
const KINDS = /** @type {Record<string, number>} */ ({ 'out-of-memory': 1, validation: 2, internal: 3 });

const { pushErrorScope, popErrorScope, createCommandEncoder } = g.GPUDevice?.prototype ?? {};
const { createView } = g.GPUTexture?.prototype ?? {};
const { clearBuffer, finish } = g.GPUCommandEncoder?.prototype ?? {};

/**
 * @typedef {object} Newest creations of a device
 * @property {any[]} objects
 * @property {number} next
 * @property {boolean} isHeld whether a timer will let go of them
 * @property {string[]} filters of the page's open scopes
 */
/** @returns {Newest} */
export const newestOf = () => ({ objects: [], next: 0, isHeld: false, filters: [] });

/** Lets go of creations once there were no more for a while. @param {Newest} newest @param {number} [next] as it was then */
const dropNewest = (newest, next) => {
  newest.isHeld = newest.next !== next || newest.filters.length > 0;
  if (newest.isHeld) later(dropNewest, NEWEST_MS, newest, newest.next);
  else newest.objects = [];
};

/** @param {Newest} newest @param {any} object */
export const addNewest = (newest, object) => {
  newest.objects[newest.next++ % NEWEST_MAX] = object;
  if (!newest.isHeld) dropNewest(newest);
};

/** @param {any} device @param {any} object @param {number} kind */
const useHarmlessly = (device, object, kind) => {
  if (kind !== BUFFER) return apply(createView, object, []);
  const encoder = apply(createCommandEncoder, device, []);
  apply(clearBuffer, encoder, [object, 0, 0]);
  apply(finish, encoder, []);
};

/** @param {any} device @param {any} object @param {number} kind @param {(message: string) => void} done */
const test = (device, object, kind, done) => {
  apply(pushErrorScope, device, ['validation']);
  guard('error test', () => useHarmlessly(device, object, kind));
  when(apply(popErrorScope, device, []), (error) => done(error ? error.message : ''), () => done(''));
};

/**
 * Finds the error objects among the newest creations and retracts them.
 * @param {any} device the page's own
 * @param {any} state
 * @param {number} kind of the failure
 * @param {string | null} message of the error; null where the page alone got it
 */
export const findErrors = (device, state, kind, message) => {
  const { newest } = state;
  const suspects = newest.objects.filter((/** @type {any} */ object) => stateOf(object)?.isLive);
  newest.objects = [];
  let pending = suspects.length;
  let found = 0;
  const finished = () => {
    if (!pending && !found && message !== null) tellFailure(state, kind, null, 0, message);
  };
  for (const object of suspects) {
    const suspect = stateOf(object);
    test(device, object, suspect.kind, (answer) => guard('retract', () => {
      pending -= 1;
      if (SAYS_INVALID.test(answer) && release(suspect, RETRACTED)) {
        found += 1;
        tellFailure(state, kind, suspect, suspect.bytes, message ?? answer);
      }
      finished();
    }));
  }
  finished();
};

/** @param {any} error */
export const kindOf = (error) =>
  g.GPUOutOfMemoryError && error instanceof g.GPUOutOfMemoryError ? 1 : g.GPUInternalError && error instanceof g.GPUInternalError ? 3 : 2;

/** The page's scopes: its filter says which kind a failure would be. @param {any} state @param {string} filter */
export const scopeBegins = (state, filter) => state.newest.filters.push(filter);

/** @param {any} device @param {any} state */
export const scopeEnds = (device, state) => {
  const filter = state.newest.filters.pop();
  if (filter && state.newest.objects.length) findErrors(device, state, KINDS[filter] ?? 2, null);
};
