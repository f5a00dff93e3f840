// WebGPU: devices, what is created on them, and what commands use.

import { apply, defineProperty, g, getOwnPropertyDescriptor, guard, nowMs, when } from './realm.js';
import { hasRoom, tell } from './batches.js';
import { blockOf, bufferBytes, textureBytes } from './sizes.js';
import { hook, hookAll, hookProperty, remember, stateOf } from './hooks.js';
import { addNewest, dropNewest, findErrors, kindOf, newestOf, scopeBegins, scopeEnds } from './errors.js';
import {
  APART, BUFFER, CANVAS, DESTROYED, ESTIMATE, EXTERNAL, GIVEN_UP, QUERIES, TEXTURE, TRANSIENT,
  allocate, devices, live, lose, newId, relabel, release, resize, tally, tellDevice, tellFailure, tellMapping, touch, use,
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
    limits: listLimits(device.limits), isLive: true, newest: newestOf(), queue, hasSubmitted: false, isAwaited: false,
  };
  remember(device, state);
  remember(queue, state);
  devices.add(state);
  tellDevice(state);
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
  if (state?.mapping?.isTold && state.isLive && hasRoom()) tell(14, state.id);
  if (state) state.mapping = null;
};

/** @param {any} device @param {any} descriptor @param {any} error */
const tellThrown = (device, descriptor, error) => {
  const bytes = Number(descriptor?.size);
  if (stateOf(device)) tellFailure(stateOf(device), 4, null, bytes > 0 && bytes < 2 ** 53 ? Math.floor(bytes) : 0, String(error));
};

/** @param {any} texture @param {string} dimension @returns {[string, number, number, number, number, number, number]} */
const shapeOf = (texture, dimension = texture.dimension) => [
  texture.format, parseInt(dimension, 10), texture.width, texture.height, texture.depthOrArrayLayers, texture.mipLevelCount, texture.sampleCount,
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

/** What a binding refers to: a view, texture or buffer as it is, or a range of a buffer. @param {any} resource */
const bound = (resource) => stateOf(resource) ?? stateOf(resource?.buffer);

/** Bytes of a region of a texture. @param {any} destination @param {any} size */
const regionBytes = (destination, size) => {
  const [width, height = 1, depth = 1] = Array.isArray(size) ? size : [size.width, size.height, size.depthOrArrayLayers];
  const { format } = destination.texture;
  return blockOf(format) ? textureBytes(format, 3, width, height, depth, 1, 1) : 0;
};

/** @param {any[]} args of writeBuffer */
const writtenBytes = ([, , data, from = 0, size]) => {
  const element = data.BYTES_PER_ELEMENT ?? 1;
  return size === undefined ? data.byteLength - from * element : size * element;
};

/** @param {any} descriptor of a pass */
const touchPass = (descriptor) => {
  const { colorAttachments, depthStencilAttachment, occlusionQuerySet, timestampWrites } = descriptor ?? {};
  for (const attachment of Array.isArray(colorAttachments) ? colorAttachments : []) {
    use(attachment?.view);
    use(attachment?.resolveTarget);
  }
  use(depthStencilAttachment?.view);
  use(occlusionQuerySet);
  use(timestampWrites?.querySet);
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
  const { format, usage = 0x10 } = descriptor;
  seeCanvas(context, { format, usage, width, height, depthOrArrayLayers: 1, mipLevelCount: 1, sampleCount: 1 }, deviceOf(descriptor.device));
};

const watchCreation = () => {
  const counted = {
    createBindGroupLayout: 12, createPipelineLayout: 13, createShaderModule: 14, createRenderPipeline: 15, createRenderPipelineAsync: 15,
    createComputePipeline: 16, createComputePipelineAsync: 16, createSampler: 18, createCommandEncoder: 19,
  };
  for (const [name, counter] of Object.entries(counted)) {
    hook(g.GPUDevice, name, (device) => {
      deviceOf(device);
      tally(counter);
    });
  }
  hook(g.GPU, 'requestAdapter', () => tally(8));
  hook(g.GPUAdapter, 'requestDevice', () => tally(9));
  hook(g.GPUDevice, 'createBuffer', (device, args, buffer) => addBuffer(buffer, deviceOf(device)), (device, [descriptor], error) => tellThrown(device, descriptor, error));
  hookAll(g.GPUDevice, {
    createTexture: (device, args, texture) => addTexture(texture, deviceOf(device)),
    createQuerySet: (device, args, set) =>
      allocate(set, QUERIES, set.count * 8, set.type === 'timestamp' ? 2 : 1, deviceOf(device), [set.count], ESTIMATE),
    importExternalTexture: (device, args, texture) => stateOf(texture) ?? allocate(texture, EXTERNAL, 0, 0, deviceOf(device)),
    createBindGroup(device, [descriptor], group) {
      deviceOf(device);
      tally(11);
      const entries = Array.isArray(descriptor.entries) ? descriptor.entries : [];
      remember(group, entries.map((/** @type {any} */ entry) => bound(entry.resource)).filter(Boolean));
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
  writeBuffer(queue, args) {
    use(args[0]);
    tally(2, writtenBytes(args));
  },
  writeTexture(queue, [destination, , , size]) {
    use(destination.texture);
    tally(3, regionBytes(destination, size));
  },
  copyExternalImageToTexture(queue, [, destination, size]) {
    use(destination.texture);
    tally(4, regionBytes(destination, size));
  },
});

/** @param {any} encoder of a bundle @param {any} what */
const addToBundle = (encoder, what) => {
  const list = stateOf(encoder) ?? remember(encoder, []);
  if (Array.isArray(what)) list.push(...what);
  else if (what) list.push(what);
};

const watchCommands = () => {
  /** @type {(encoder: any, args: any[]) => void} */
  const first = (encoder, args) => use(args[0]);
  /** @type {(encoder: any, args: any[]) => void} */
  const second = (encoder, args) => use(args[1]);
  const draws = { setVertexBuffer: second, setIndexBuffer: first, drawIndirect: first, drawIndexedIndirect: first };
  hookAll(g.GPURenderPassEncoder, {
    ...draws,
    setBindGroup: second,
    executeBundles(encoder, [bundles]) {
      if (Array.isArray(bundles)) bundles.forEach(use);
    },
  });
  hookAll(g.GPUComputePassEncoder, { setBindGroup: second, dispatchWorkgroupsIndirect: first });
  const adds = (/** @type {number} */ at) => (/** @type {any} */ encoder, /** @type {any[]} */ args) => addToBundle(encoder, stateOf(args[at]));
  hookAll(g.GPURenderBundleEncoder, {
    setBindGroup: adds(1), setVertexBuffer: adds(1), setIndexBuffer: adds(0), drawIndirect: adds(0), drawIndexedIndirect: adds(0),
    finish(encoder, args, bundle) {
      tally(17);
      remember(bundle, [...new Set(stateOf(encoder))]);
    },
  });
  hookAll(g.GPUCommandEncoder, {
    beginRenderPass: (encoder, [descriptor]) => touchPass(descriptor),
    beginComputePass: (encoder, [descriptor]) => touchPass(descriptor),
    clearBuffer: first,
    copyBufferToBuffer(encoder, [source, second, third]) {
      use(source);
      use(stateOf(second) ? second : third);
    },
    copyBufferToTexture: (encoder, [source, to]) => [source.buffer, to.texture].forEach(use),
    copyTextureToBuffer: (encoder, [source, to]) => [source.texture, to.buffer].forEach(use),
    copyTextureToTexture: (encoder, [source, to]) => [source.texture, to.texture].forEach(use),
    resolveQuerySet: (encoder, [set, , , to]) => [set, to].forEach(use),
  });
};

/** Asks when what was submitted is done, one question at a time. @param {any} state */
const awaitWork = (state) => {
  if (!state.hasSubmitted || state.isAwaited || !state.isLive) return;
  state.hasSubmitted = false;
  state.isAwaited = true;
  const startMs = nowMs();
  when(apply(onSubmittedWorkDone, state.queue, []), () => {
    state.isAwaited = false;
    if (state.isLive && hasRoom()) tell(19, state.id, Math.round((nowMs() - startMs) * 1000));
  }, () => {
    state.isAwaited = false;
  });
};

/** Looks at what cannot be hooked. @returns {boolean} whether it wants to look again soon */
export const lookAtGpu = () => {
  for (const buffer of pending) settleMapping(buffer, stateOf(buffer));
  let isHeld = false;
  for (const state of devices) {
    if (state.kind !== 1) continue;
    awaitWork(state);
    isHeld = dropNewest(state.newest) || isHeld;
  }
  return isHeld || pending.size > 0;
};

export const watchGpu = () => {
  watchCreation();
  watchResources();
  watchCanvas();
  watchQueue();
  watchCommands();
};
