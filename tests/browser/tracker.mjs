// A count of what is on the device that knows nothing of the engine's own.

// Wraps the device's functions inside the worker that uses them, and counts all
// that exists on the device. What emulated networks create, whose labels begin
// with "nn/", is not the pool's and is summed apart. What a texture takes is
// summed from its own attributes: whole texels of every mip of every layer.
export function installTracker() {
  const TEXEL_BYTES = { rgba8unorm: 4 };
  const counts = { created: 0, destroyed: 0, bytes: 0, network_bytes: 0, unknown: [] };
  globalThis.tracker = counts;
  const bytes = new WeakMap();
  const networks = new WeakMap();
  const textureBytes = (texture) => {
    if (!(texture.format in TEXEL_BYTES)) counts.unknown.push(texture.format);
    let texels = 0;
    for (let mip = 0; mip < texture.mipLevelCount; mip += 1) {
      texels += Math.max(1, texture.width >> mip) * Math.max(1, texture.height >> mip) * texture.depthOrArrayLayers;
    }
    return texels * texture.sampleCount * TEXEL_BYTES[texture.format];
  };
  const bytesOf = (resource) => (resource instanceof GPUTexture ? textureBytes(resource) : resource.size);
  for (const name of ['createBuffer', 'createTexture']) {
    const create = GPUDevice.prototype[name];
    GPUDevice.prototype[name] = function tracked(descriptor) {
      const resource = create.call(this, descriptor);
      if (descriptor.label?.startsWith('nn/')) {
        networks.set(resource, resource.size);
        counts.network_bytes += resource.size;
      } else {
        bytes.set(resource, bytesOf(resource));
        counts.created += 1;
        counts.bytes += bytes.get(resource);
      }
      return resource;
    };
  }
  for (const { prototype } of [GPUBuffer, GPUTexture]) {
    const { destroy } = prototype;
    prototype.destroy = function tracked() {
      if (bytes.has(this)) {
        counts.destroyed += 1;
        counts.bytes -= bytes.get(this);
        bytes.delete(this);
      }
      if (networks.has(this)) {
        counts.network_bytes -= networks.get(this);
        networks.delete(this);
      }
      return destroy.call(this);
    };
  }
}

export const inWorkers = (app, what) => Promise.all(app.page.workers().map((worker) => worker.evaluate(what)));

/** What the trackers counted. A worker that began after they were installed, as the one that reads documents, has none. */
export const trackersOf = async (app) => (await inWorkers(app, () => globalThis.tracker)).filter(Boolean);

export const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);
