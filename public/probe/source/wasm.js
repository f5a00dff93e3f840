// WebAssembly: memories and their growth, and what allocators inside them tell.

import { apply, defineProperty, g, getOwnPropertyDescriptor, guard } from './realm.js';
import { hasRoom, say, tell } from './batches.js';
import { hook, hookConstructor, hookProperty, hookStatic, remember, stateOf } from './hooks.js';
import { stackNumber, stacks, takeStack } from './stacks.js';
import { FOREIGN_MEMORY, MEMORY, allocate, resize } from './resources.js';

const RING_MAGIC = 0x474e5241;
const RECORD_AT = 32;
/** Records of a ring that are told at once, so that a frame never waits long for them. */
const DRAIN_MAX = 100_000;

const wasm = g.WebAssembly;
const bufferGetter = wasm && getOwnPropertyDescriptor(wasm.Memory.prototype, 'buffer')?.get;
/** @param {any} memory */
const bufferOf = (memory) => apply(/** @type {any} */ (bufferGetter), memory, []);

/** @type {WeakRef<any>[]} */
let memories = [];
/** @typedef {{place: WeakRef<() => any>, memory: WeakRef<any>, lost: number}} Ring */
/** @type {Ring[]} */
const rings = [];
/** The memory that was seen last: that of an instance that exports none. @type {any} */
let newest;

/** @param {any} memory @param {string} label @param {boolean} isImport */
const seeMemory = (memory, label, isImport) => {
  newest = new WeakRef(memory);
  if (stateOf(memory)) return;
  const buffer = bufferOf(memory);
  const isShared = buffer[Symbol.toStringTag] === 'SharedArrayBuffer';
  // A shared memory that came from elsewhere is told by the realm that made it.
  const isForeign = isShared && isImport;
  allocate(memory, isForeign ? FOREIGN_MEMORY : MEMORY, isForeign ? 0 : buffer.byteLength, isShared ? 1 : 0, null, [], 0, label);
  if (!isForeign) memories.push(new WeakRef(memory));
};

/** @param {any} memory */
const measure = (memory) => {
  const state = stateOf(memory);
  if (state?.kind === MEMORY) resize(state, bufferOf(memory).byteLength);
};

/** @param {any} imports */
const seeImports = (imports) => {
  seeEmscripten();
  for (const [module, names] of Object.entries(imports ?? {})) {
    for (const [name, value] of Object.entries(names ?? {})) {
      if (value instanceof wasm.Memory) seeMemory(value, `${module}.${name}`, true);
    }
  }
};

/** @param {any} instance @param {any[]} args @param {any} exported */
const seeExports = (instance, args, exported) => {
  if (stateOf(instance)) return;
  remember(instance, {});
  for (const name of Object.keys(exported)) {
    if (exported[name] instanceof wasm.Memory) seeMemory(exported[name], name, false);
  }
  seeEmscripten();
  const place = exported.arenascope_ring_ptr;
  const memory = exported.memory instanceof wasm.Memory ? new WeakRef(exported.memory) : newest;
  if (typeof place === 'function' && memory) rings.push({ place: new WeakRef(place), memory, lost: 0 });
};

/** What an allocator did. @param {number} kind of the record @param {number} bytes that were asked for @param {number[]} numbers */
const tellHeap = (kind, bytes, ...numbers) => {
  if (!hasRoom()) return;
  if (bytes) numbers.push(bytes, stackNumber(takeStack(bytes)));
  tell(kind, ...numbers);
};

/** @param {any} module */
const memoryId = (module) => {
  const given = stateOf(module.wasmMemory);
  return (given ?? stateOf(newest?.deref()))?.id ?? 0;
};

/**
 * Listens to the allocator of an Emscripten program, built with `--memoryprofiler` or `--tracing`.
 * @param {any} module Emscripten's `Module`
 */
export const attachEmscripten = (module) => {
  if (!module || typeof module !== 'object' || stateOf(module)) return;
  remember(module, {});
  /** @type {Record<string, (...args: any[]) => void>} */
  const hooks = {
    onMalloc: (address, bytes) => address && tellHeap(26, bytes, memoryId(module), 0, address),
    onFree: (address) => address && tellHeap(27, 0, memoryId(module), 0, address),
    onRealloc: (old, address, bytes) => tellHeap(28, bytes, memoryId(module), 0, old, address),
  };
  for (const name of Object.keys(hooks)) {
    let pages = module[name];
    const ours = (/** @type {any[]} */ ...args) => {
      stacks.caller = ours;
      guard(name, () => hooks[name](...args));
      return pages?.(...args);
    };
    defineProperty(module, name, { get: () => ours, set: (value) => { pages = value; }, configurable: true, enumerable: name in module });
  }
};

/** A global `Module` of Emscripten: one with a heap, or with hooks already. */
const seeEmscripten = () => {
  const { Module } = g;
  if (Module?.HEAPU8 || Module?.onMalloc) attachEmscripten(Module);
};

/**
 * Tells what a program's own allocator wrote into its ring. The layout is in docs/probe-protocol.md.
 * @param {Ring} ring
 */
const drainRing = (ring) => {
  const memory = ring.memory.deref();
  const at = memory && Number(ring.place.deref()?.());
  if (!at) return;
  const { id, kind: memoryKind } = stateOf(memory);
  // A shared memory's ring has one reader: the realm that tells the memory's bytes.
  if (memoryKind !== MEMORY) return;
  const words = new Int32Array(bufferOf(memory));
  const header = at >>> 2;
  const read32 = (/** @type {number} */ word) => Atomics.load(words, word) >>> 0;
  if (read32(header) !== RING_MAGIC || read32(header + 1) !== 1) return;
  const [capacity, written] = [read32(header + 2), read32(header + 3)];
  let read = read32(header + 4);
  for (let left = DRAIN_MAX; read !== written && left > 0; left -= 1) {
    const word = header + (RECORD_AT >>> 2) + (read & (capacity - 1)) * 8;
    const kind = read32(word);
    if (!kind) break;
    const thread = read32(word + 1);
    const [address, old, bytes] = [2, 4, 6].map((from) => read32(word + from) + read32(word + from + 1) * 2 ** 32);
    if (kind < 4) tellHeap(25 + kind, kind === 2 ? 0 : bytes, id, thread, ...(kind === 3 ? [old] : []), address);
    Atomics.store(words, word, 0);
    read = (read + 1) >>> 0;
  }
  Atomics.store(words, header + 4, read);
  const lost = read32(header + 5);
  if (lost !== ring.lost) say(29, id, (lost - ring.lost) >>> 0);
  ring.lost = lost;
};

/** Looks at what grew from inside, and at rings. @returns {boolean} whether there is something to look at */
export const lookAtMemories = () => {
  if (memories.length) seeEmscripten();
  for (const known of memories) {
    const memory = known.deref();
    if (memory) measure(memory);
    else memories = memories.filter((other) => other !== known);
  }
  stacks.held = null;
  for (const ring of rings) guard('ring', () => drainRing(ring));
  stacks.held = undefined;
  return memories.length > 0;
};

export const watchWasm = () => {
  if (!wasm) return;
  hookConstructor(wasm, 'Memory', (args, make) => {
    const memory = make(args);
    guard('Memory', () => seeMemory(memory, '', false));
    return memory;
  });
  hookConstructor(wasm, 'Instance', (args, make) => {
    guard('Instance', () => seeImports(args[1]));
    return make(args);
  });
  for (const name of ['instantiate', 'instantiateStreaming']) hookStatic(wasm, name, (self, args) => seeImports(args[1]));
  hook(wasm.Memory, 'grow', measure);
  hookProperty(wasm.Instance, 'exports', 'get', seeExports);
};
