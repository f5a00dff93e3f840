// WebGPU: devices, what is created on them, and what commands use.

import { apply, g, getOwnPropertyDescriptor, guard, nowMs, when } from './realm.js';
import { say } from './batches.js';
import { bufferBytes, textureBytes } from './sizes.js';
import { hook, hookAll, hookHot, hookProperty, remember, stateOf } from './hooks.js';
import { addNewest, findErrors, kindOf, newestOf, scopeBegins, scopeEnds } from './errors.js';
import {
  APART, BUFFER, CANVAS, DESTROYED, ESTIMATE, EXTERNAL, GIVEN_UP, QUERIES, TEXTURE, TRANSIENT,
  addDevice, allocate, devices, lose, newId, relabel, release, resize, tally, tellFailure, tellMapping, touch, use,
} from './resources.js';

const TRANSIENT_USAGE = 0x20;
const onSubmittedWorkDone = g.GPUQueue?.prototype.onSubmittedWorkDone;
const queueOf = g.GPUDevice && getOwnPropertyDescriptor(g.GPUDevice.prototype, 'queue')?.get;

/** @param {any} device @param {any} state */
const watchDevice = (device, state) => {
  when(device.lost, (info) => guard('lost', () => {
    if (state.isLive) lose(state, info.reason === 'destroyed' ? 2 : 1, info.message);
  }));
  device.addEventListener('uncapturederror', (/** @type {any} */ event) => guard('uncapturederror', () => {
    findErrors(device, state, kindOf(event.error), event.error.message);
  }));
};

/** @param {any} limits @returns {[string, number][]} */
const listLimits = (limits) => {
  const all = /** @type {[string, number][]} */ ([]);
  for (const name in limits) if (Number.isSafeInteger(limits[name])) all.push([name, limits[name]]);
  return all;
};

/** What is known of a device; it is told when the page first uses it. @param {any} device */
const deviceOf = (device) => {
  const known = stateOf(device);
  if (known) return known;
  const { vendor = '', architecture = '', description = '' } = device.adapterInfo ?? {};
  const queue = queueOf ? apply(queueOf, device, []) : device.queue;
  const state = {
    id: newId(), kind: 1, label: device.label, adapter: [vendor, architecture, description].filter(Boolean).join(' '),
    limits: listLimits(device.limits), isLive: true, newest: newestOf(), queue: new WeakRef(queue), hasSubmitted: false, isAwaited: false,
  };
  remember(queue, state);
  addDevice(device, state);
  watchDevice(device, state);
  return state;
};

/** The map of a buffer that was asked for, once it is there. @param {any} buffer @param {any} state */
const settleMapping = (buffer, state) => {
  if (!state?.mapping || state.mapping.isTold || buffer.mapState === 'pending') return;
  pending.delete(buffer);
  if (buffer.mapState === 'mapped') {
    state.mapping.isTold = true;
    tellMapping(state);
  } else state.mapping = null;
};

/** Buffers whose mapping was asked for. @type {Set<any>} */
const pending = new Set();

/** @param {any} buffer @param {any} state */
const endMapping = (buffer, state) => {
  pending.delete(buffer);
  if (state?.mapping?.isTold && state.isLive) say(14, state.id);
  if (state) state.mapping = null;
};

/** @param {any} device @param {any[]} args @param {any} error */
const tellThrown = (device, [descriptor], error) => {
  const bytes = Number(descriptor?.size);
  if (stateOf(device)) tellFailure(stateOf(device), 4, null, bytes > 0 && bytes < 2 ** 53 ? Math.floor(bytes) : 0, String(error));
};

/** @param {any} texture @param {string} dimension @returns {[string, number, number, number, number, number, number]} */
const shapeOf = (texture, dimension = texture.dimension) => [
  texture.format, parseInt(dimension, 10), texture.width, texture.height, texture.depthOrArrayLayers,
  texture.mipLevelCount, texture.sampleCount,
];

/** @param {any} texture @param {any} on */
const addTexture = (texture, on) => {
  const shape = shapeOf(texture);
  const isTransient = texture.usage & TRANSIENT_USAGE;
  allocate(texture, isTransient ? TRANSIENT : TEXTURE, textureBytes(...shape), texture.usage, on, shape, isTransient ? APART : 0);
  addNewest(on.newest, texture);
};

/** @param {any} buffer @param {any} on */
const addBuffer = (buffer, on) => {
  const state = allocate(buffer, BUFFER, bufferBytes(buffer.size), buffer.usage, on);
  addNewest(on.newest, buffer);
  if (buffer.mapState !== 'mapped') return;
  state.mapping = { offset: 0, bytes: buffer.size, mode: 3, isTold: true };
  tellMapping(state);
};

/** A region of a texture is written. @param {number} counter @param {any} destination @param {any} size */
const writeRegion = (counter, { texture }, size) => {
  const [width, height = 1, depth = 1] = Array.isArray(size) ? size : [size.width, size.height, size.depthOrArrayLayers];
  use(texture);
  tally(counter, textureBytes(texture.format, 3, width, height, depth, 1, 1) || 0);
};

/** @param {any} descriptor of a pass */
const touchPass = (descriptor = {}) => {
  const { colorAttachments, depthStencilAttachment, occlusionQuerySet, timestampWrites } = descriptor;
  for (const attachment of [...(Array.isArray(colorAttachments) ? colorAttachments : []), depthStencilAttachment, timestampWrites]) {
    for (const name of ['view', 'resolveTarget', 'querySet']) use(attachment?.[name]);
  }
  use(occlusionQuerySet);
};

/** What canvas textures of one canvas take. @param {any} context @param {any} texture @param {any} on */
const seeCanvas = (context, texture, on) => {
  const known = stateOf(context);
  const shape = shapeOf(texture, '2d');
  const bytes = textureBytes(...shape);
  const isSame = known?.isLive && known.device === on && known.details[0] === shape[0] && known.usage === texture.usage;
  if (isSame) {
    known.details = shape;
    resize(known, bytes);
    return known;
  }
  release(known, GIVEN_UP);
  const label = context.canvas?.id ? `canvas#${context.canvas.id}` : 'canvas';
  return allocate(context, CANVAS, bytes, texture.usage, on, shape, APART, label);
};

/** @param {any} context @param {any} descriptor */
const configureCanvas = (context, descriptor) => {
  const { width, height } = context.canvas;
  const { format, usage = 0x10, device } = descriptor;
  const texture = { format, usage, width, height, depthOrArrayLayers: 1, mipLevelCount: 1, sampleCount: 1 };
  seeCanvas(context, texture, deviceOf(device));
};

/** What is only counted when it is created, in the order of the counters from 12. */
const COUNTED = 'BindGroupLayout PipelineLayout ShaderModule RenderPipeline ComputePipeline - Sampler CommandEncoder'.split(' ');

const watchCreation = () => {
  COUNTED.forEach((name, at) => ['', 'Async'].forEach((suffix) => hook(g.GPUDevice, `create${name}${suffix}`, (device) => {
    deviceOf(device);
    tally(12 + at);
  })));
  hook(g.GPU, 'requestAdapter', () => tally(8));
  hook(g.GPUAdapter, 'requestDevice', () => tally(9));
  hook(g.GPUDevice, 'createBuffer', (device, args, buffer) => addBuffer(buffer, deviceOf(device)), tellThrown);
  hookAll(g.GPUDevice, {
    createTexture: (device, args, texture) => addTexture(texture, deviceOf(device)),
    createQuerySet: (device, args, set) =>
      allocate(set, QUERIES, set.count * 8, set.type === 'timestamp' ? 2 : 1, deviceOf(device), [set.count], ESTIMATE),
    importExternalTexture: (device, args, texture) => stateOf(texture) ?? allocate(texture, EXTERNAL, 0, 0, deviceOf(device)),
    createBindGroup(device, [descriptor], group) {
      deviceOf(device);
      tally(11);
      const entries = Array.isArray(descriptor.entries) ? descriptor.entries : [];
      remember(group, entries.flatMap((/** @type {any} */ entry) => statesOf(entry.resource) ?? []));
    },
    pushErrorScope: (device, [filter]) => scopeBegins(deviceOf(device), String(filter)),
    popErrorScope: (device) => scopeEnds(device, deviceOf(device)),
    destroy: (device) => lose(deviceOf(device), 2, ''),
  });
};

const watchResources = () => {
  hookAll(g.GPUTexture, {
    createView(texture, args, view) {
      tally(10);
      remember(view, stateOf(texture));
    },
    destroy(texture) {
      if (stateOf(texture)?.kind !== CANVAS) release(stateOf(texture), DESTROYED);
    },
  });
  hookAll(g.GPUBuffer, {
    mapAsync(buffer, [mode, offset = 0, size = buffer.size - offset]) {
      const state = stateOf(buffer);
      if (!state || buffer.mapState !== 'pending' || state.mapping) return;
      state.mapping = { offset, bytes: size, mode, isTold: false };
      pending.add(buffer);
      touch(state);
    },
    getMappedRange: (buffer) => settleMapping(buffer, stateOf(buffer)),
    unmap: (buffer) => endMapping(buffer, stateOf(buffer)),
    destroy(buffer) {
      const state = stateOf(buffer);
      endMapping(buffer, state);
      release(state, DESTROYED);
    },
  });
  hook(g.GPUQuerySet, 'destroy', (set) => release(stateOf(set), DESTROYED));
  for (const type of [g.GPUBuffer, g.GPUTexture, g.GPUQuerySet]) {
    hookProperty(type, 'label', 'set', (object, [label]) => relabel(stateOf(object), label));
  }
};

const watchCanvas = () => hookAll(g.GPUCanvasContext, {
  configure: (context, [descriptor]) => configureCanvas(context, descriptor),
  unconfigure: (context) => release(stateOf(context), GIVEN_UP),
  getCurrentTexture(context, args, texture) {
    tally(20);
    const on = stateOf(context)?.device;
    if (on) touch(remember(texture, seeCanvas(context, texture, on)));
  },
});

const watchQueue = () => hookAll(g.GPUQueue, {
  submit(queue) {
    tally(1);
    const state = stateOf(queue);
    if (state) state.hasSubmitted = true;
  },
  writeTexture: (queue, [destination, , , size]) => writeRegion(3, destination, size),
  copyExternalImageToTexture: (queue, [, destination, size]) => writeRegion(4, destination, size),
});

/** Methods of encoders whose arguments are what they use. */
const USES = /^(set(Bind|Vert|Index)|execute|copy|clearB|resolve)|Indirect$/;

/** @param {any} argument a resource, what stands for one, or a list @returns {any} states */
const statesOf = (argument) => {
  if (!argument || typeof argument !== 'object') return undefined;
  if (Array.isArray(argument)) return argument.flatMap((item) => statesOf(item) ?? []);
  return stateOf(argument) ?? stateOf(argument.buffer) ?? stateOf(argument.texture);
};

/** @param {any} type @param {(name: string) => void} watch */
const eachUse = (type, watch) => Object.getOwnPropertyNames(type?.prototype ?? {}).filter((name) => USES.test(name)).forEach(watch);

const watchCommands = () => {
  for (const type of [g.GPURenderPassEncoder, g.GPUComputePassEncoder]) {
    eachUse(type, (name) => hookHot(type, name, (self, first, second) => {
      touch(statesOf(first));
      touch(statesOf(second));
    }));
  }
  hookHot(g.GPUQueue, 'writeBuffer', (queue, buffer, offset, data, from = 0, size) => {
    const element = data.BYTES_PER_ELEMENT ?? 1;
    use(buffer);
    tally(2, size === undefined ? data.byteLength - from * element : size * element);
  });
  eachUse(g.GPUCommandEncoder, (name) => hook(g.GPUCommandEncoder, name, (encoder, args) => touch(statesOf(args))));
  eachUse(g.GPURenderBundleEncoder, (name) => hookHot(g.GPURenderBundleEncoder, name, (encoder, first, second) => {
    (stateOf(encoder) ?? remember(encoder, [])).push(statesOf(first) ?? [], statesOf(second) ?? []);
  }));
  hook(g.GPURenderBundleEncoder, 'finish', (encoder, args, bundle) => {
    tally(17);
    remember(bundle, [...new Set((stateOf(encoder) ?? []).flat())]);
  });
  for (const name of ['beginRenderPass', 'beginComputePass']) {
    hook(g.GPUCommandEncoder, name, (encoder, [descriptor]) => touchPass(descriptor));
  }
};

/** Asks when what was submitted is done, one question at a time. @param {any} state */
const awaitWork = (state) => {
  const queue = state.queue.deref();
  if (!state.hasSubmitted || state.isAwaited || !state.isLive || !queue) return;
  state.hasSubmitted = false;
  state.isAwaited = true;
  const startMs = nowMs();
  const answered = () => {
    state.isAwaited = false;
    if (state.isLive) say(19, state.id, Math.round((nowMs() - startMs) * 1000));
  };
  when(apply(onSubmittedWorkDone, queue, []), answered, answered);
};

/** Looks at what cannot be hooked. @returns {boolean} whether it wants to look again soon */
export const lookAtGpu = () => {
  for (const buffer of pending) settleMapping(buffer, stateOf(buffer));
  for (const state of devices) if (state.queue) awaitWork(state);
  return pending.size > 0;
};

export const watchGpu = () => {
  watchCreation();
  watchResources();
  watchCanvas();
  watchQueue();
  watchCommands();
};
