// A second count of what is on the device, simpler than the probe's and knowing nothing of it:
// put into a page before the probe. Texels are counted one mip after the other.

/** In the page: counts under `globalThis.tracker`. */
export function installTracker() {
  const TEXEL_BYTES = {
    r8unorm: 1, r8uint: 1, rg8unorm: 2, rgba8unorm: 4, 'rgba8unorm-srgb': 4, bgra8unorm: 4, 'bgra8unorm-srgb': 4, r16float: 2, rg16float: 4,
    rgba16float: 8, r32float: 4, r32uint: 4, rg32float: 8, rgba32float: 16, rgb10a2unorm: 4, rg11b10ufloat: 4, depth16unorm: 2, depth24plus: 4, depth32float: 4,
    'depth24plus-stencil8': 5, 'depth32float-stencil8': 5, stencil8: 1,
  };
  const tracker = { buffers: 0, textures: 0, queries: 0, live: 0, created: 0, destroyed: 0, writes: 0, submits: 0, unknown: [] };
  globalThis.tracker = tracker;
  const known = new WeakMap();
  const textureBytes = (texture) => {
    const texel = TEXEL_BYTES[texture.format];
    if (!texel) tracker.unknown.push(texture.format);
    let texels = 0;
    let [width, height, depth] = [texture.width, texture.height, texture.depthOrArrayLayers];
    for (let mip = 0; mip < texture.mipLevelCount; mip += 1) {
      texels += width * height * depth;
      width = Math.max(1, Math.floor(width / 2));
      height = Math.max(1, Math.floor(height / 2));
      if (texture.dimension === '3d') depth = Math.max(1, Math.floor(depth / 2));
    }
    return texels * texture.sampleCount * (texel ?? 0);
  };
  const size = {
    buffers: (buffer) => buffer.size + ((4 - (buffer.size % 4)) % 4),
    textures: textureBytes,
    queries: (set) => set.count * 8,
  };
  const wrap = (prototype, name, after) => {
    const native = prototype[name];
    prototype[name] = function tracked(...args) {
      const result = native.apply(this, args);
      after.call(this, result, args);
      return result;
    };
  };
  for (const [kind, create, type] of [['buffers', 'createBuffer', GPUBuffer], ['textures', 'createTexture', GPUTexture], ['queries', 'createQuerySet', GPUQuerySet]]) {
    wrap(GPUDevice.prototype, create, (thing) => {
      known.set(thing, size[kind](thing));
      tracker[kind] += known.get(thing);
      tracker.live += 1;
      tracker.created += 1;
    });
    wrap(type.prototype, 'destroy', function gone() {
      if (!known.has(this)) return;
      tracker[kind] -= known.get(this);
      tracker.live -= 1;
      tracker.destroyed += 1;
      known.delete(this);
    });
  }
  wrap(GPUQueue.prototype, 'writeBuffer', (result, [, , data, from = 0, count]) => {
    const element = ArrayBuffer.isView(data) && !(data instanceof DataView) ? data.BYTES_PER_ELEMENT : 1;
    tracker.writes += (count ?? data.byteLength / element - from) * element;
  });
  wrap(GPUQueue.prototype, 'submit', () => {
    tracker.submits += 1;
  });
}
