// Call stacks: told once each, as a tree from the outermost frame inwards.

import { config, g } from './realm.js';
import { stream, tell, text } from './batches.js';

const FRAMES_MAX = 32;
/** So many different frames are remembered: a page may make code for ever. */
const LINES_MAX = 50_000;

/** @typedef {{line: string, number: number, epoch: number}} Frame */
/** @typedef {{parent: Node | null, frame: Frame | null, children: Map<Frame, Node>, number: number, epoch: number}} Node */

/** Whose frames are left out: the function that the page called. */
export const stacks = {
  caller: /** @type {Function} */ (g.Object),
  /** The stack of the call whose promise was awaited. @type {Node | null | undefined} */
  held: undefined,
};

/** @type {Map<string, Frame>} */
const frames = new Map();
/** @type {Node} */
const root = { parent: null, frame: null, children: new Map(), number: 0, epoch: 0 };
let epoch = 0;
let frameCount = 0;
let stackCount = 0;
let bytesUntilSample = 0;

const modes = ['off', 'sampled', 'all'];
export const stacksMode = () => Math.max(0, modes.indexOf(config.stacks ?? 'off'));
export const sampleBytes = () => config.sampleBytes ?? 65_536;

const isDue = (/** @type {number} */ bytes) => {
  const mode = config.stacks && stacksMode();
  if (mode !== 1) return mode === 2;
  bytesUntilSample -= bytes;
  if (bytesUntilSample > 0) return false;
  // Distances by chance, so that a loop of equal sizes is not always met at the same place.
  bytesUntilSample = -Math.log(1 - Math.random()) * sampleBytes();
  return true;
};

/** The stack's text without the probe's own frames, whatever the page set on `Error`. */
const readText = () => {
  const { Error } = g;
  const [limit, prepare] = [Error.stackTraceLimit, Error.prepareStackTrace];
  const holder = /** @type {{stack?: string}} */ ({});
  try {
    Error.stackTraceLimit = FRAMES_MAX;
    if (prepare) Error.prepareStackTrace = undefined;
    if (Error.captureStackTrace) Error.captureStackTrace(holder, stacks.caller);
    else holder.stack = String(new Error().stack).split('\n').slice(5).join('\n');
    return String(holder.stack);
  } finally {
    Error.stackTraceLimit = limit;
    if (prepare) Error.prepareStackTrace = prepare;
  }
};

/** The stack of whoever asks for so many bytes; nothing where it is not to be taken. @param {number} bytes @returns {Node | null} */
export const takeStack = (bytes) => {
  if (stacks.held !== undefined) return stacks.held;
  if (!isDue(bytes)) return null;
  let node = root;
  const lines = readText().split('\n').filter((line) => /:[\da-fx]+\)?$/.test(line));
  for (const line of lines.reverse()) {
    let frame = frames.get(line);
    if (!frame && frames.size >= LINES_MAX) break;
    if (!frame) frames.set(line, frame = { line, number: 0, epoch: 0 });
    let next = node.children.get(frame);
    if (!next) node.children.set(frame, next = { parent: node, frame, children: new Map(), number: 0, epoch: 0 });
    node = next;
  }
  return node;
};

/** V8's `at name (url:line:column)` and the others' `name@url:line:column`; wasm has an offset instead. */
const FRAME = /^ *(?:at )?(?:(.*?)(?: \(|@))?(.*):(?:(\d+):(\d+)|0x([\da-f]+))\)?$/;

/** Function, address, line and column of a line of any browser's stack. @param {string} line @returns {[string, string, number, number]} */
export const readFrame = (line) => {
  const [, name = '', url = line, row, column, offset] = FRAME.exec(line) ?? [];
  return [name, url, +row || 0, +column || parseInt(offset, 16) || 0];
};

/** @param {Frame} frame */
const frameNumber = (frame) => {
  if (frame.epoch !== epoch) {
    const [name, url, line, column] = readFrame(frame.line);
    const [nameNumber, urlNumber] = [text(name), text(url)];
    frame.epoch = epoch;
    frame.number = ++frameCount;
    tell(2, frame.number, nameNumber, urlNumber, line, column);
  }
  return frame.number;
};

/** The number of a stack, told where it is new. @param {Node | null} node @returns {number} */
export const stackNumber = (node) => {
  if (!node || !node.parent || !node.frame) return 0;
  if (epoch !== stream.epoch) {
    epoch = stream.epoch;
    frameCount = stackCount = 0;
  }
  if (node.epoch !== epoch) {
    const [parent, frame] = [stackNumber(node.parent), frameNumber(node.frame)];
    node.epoch = epoch;
    node.number = ++stackCount;
    tell(3, node.number, parent, frame);
  }
  return node.number;
};
