// Everything that the probe says it sees, it sees: pages of our own, decoded by a second reader.

import assert from 'node:assert/strict';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { replay, totals } from './probe/decode.mjs';

const probeTest = probeSuite();

/** In the page: a device under `window.device`. */
const getDevice = () => `const adapter = await navigator.gpu.requestAdapter();
globalThis.device = await adapter.requestDevice({ label: 'main' });`;

const openWithDevice = async (probed, options) => {
  pages.set('/', `${withSink(options)}<script type="module">${getDevice()}; globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready);
};

probeTest('a page, its device, buffers and textures', async (probed) => {
  await openWithDevice(probed);
  await probed.run(() => {
    const a = device.createBuffer({ size: 10, usage: GPUBufferUsage.VERTEX, label: 'ten' });
    device.createBuffer({ size: 256, usage: GPUBufferUsage.COPY_SRC | GPUBufferUsage.MAP_WRITE, mappedAtCreation: true }).unmap();
    device.createTexture({ size: [64, 64, 3], format: 'rgba8unorm', mipLevelCount: 7, usage: GPUTextureUsage.TEXTURE_BINDING, label: 'tiles' });
    device.createQuerySet({ type: 'occlusion', count: 5 });
    a.destroy();
    a.destroy();
  });
  const decoder = await probed.decode();
  console.log(decoder.records.map((r) => JSON.stringify(r).slice(0, 300)).join('\n'));
  assert.deepEqual(decoder.named('trouble'), []);
});
