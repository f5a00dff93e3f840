// Everything that the probe says it sees, it sees: pages of our own, decoded by a second reader.

import assert from 'node:assert/strict';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { decodeFile, totals } from './probe/decode.mjs';

const probeTest = probeSuite();
const GET_DEVICE = `const adapter = await navigator.gpu.requestAdapter();
globalThis.device = await adapter.requestDevice({ label: 'main' });`;

const openWithDevice = async (probed, options, before) => {
  pages.set('/', `${withSink(options, before)}<canvas id="stage" width="64" height="32"></canvas><script type="module">${GET_DEVICE}; globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready);
};

const noTrouble = (decoder) => assert.deepEqual(decoder.named('trouble'), []);
const live = (decoder, kind) => totals(decoder.records).live.filter((thing) => thing.class === kind);

probeTest('a page says what it is, and its device what it can', async (probed) => {
  await openWithDevice(probed);
  await probed.run(() => device.createBuffer({ size: 4, usage: 8 }));
  const decoder = await probed.decode();
  const [hello] = decoder.named('hello');
  assert.equal(hello.kind, 1);
  assert.equal(hello.url, probed.url);
  assert.match(hello.agent, /Chrome/);
  assert.equal(Math.round(hello.timeOrigin / 1000), Math.round(await probed.run(() => performance.timeOrigin)));
  const [told] = decoder.named('device');
  assert.equal(told.label, 'main');
  assert.equal(told.limits.maxBufferSize, await probed.run(() => device.limits.maxBufferSize));
  noTrouble(decoder);
});

probeTest('bytes and objects are those of the independent count at 20 moments', async (probed) => {
  await openWithDevice(probed);
  for (let moment = 0; moment < 20; moment += 1) {
    await probed.run((seed) => {
      globalThis.kept ??= [];
      let state = seed * 7919 + 1;
      const random = (below) => (state = (state * 48271) % 2147483647) % below;
      const formats = ['rgba8unorm', 'r8unorm', 'rgba16float', 'depth24plus-stencil8', 'rgba32float', 'depth16unorm'];
      for (let step = 0; step < 40; step += 1) {
        const kind = random(5);
        if (kind < 2) kept.push(device.createBuffer({ size: random(5000), usage: GPUBufferUsage.COPY_DST, label: `b${step}` }));
        else if (kind === 2) {
          const is3d = random(3) === 0;
          const format = is3d ? formats[random(3)] : formats[random(formats.length)];
          kept.push(device.createTexture({
            size: [1 + random(60), 1 + random(60), 1 + random(6)], dimension: is3d ? '3d' : '2d', format,
            mipLevelCount: 1, usage: GPUTextureUsage.TEXTURE_BINDING,
          }));
        } else if (kind === 3) kept.push(device.createTexture({ size: [64, 32], mipLevelCount: 1 + random(6), format: 'rgba8unorm', usage: 4 }));
        else kept.push(device.createQuerySet({ type: 'occlusion', count: 1 + random(9) }));
        if (random(3) === 0) kept.splice(random(kept.length), 1)[0].destroy();
      }
      kept.push(device.createTexture({ size: [33, 17], sampleCount: 4, format: 'bgra8unorm', usage: GPUTextureUsage.RENDER_ATTACHMENT }));
    }, moment);
    const { tracker, told, decoder } = await probed.moment();
    assert.deepEqual(told, { buffers: tracker.buffers, textures: tracker.textures, queries: tracker.queries, live: tracker.live }, `moment ${moment}`);
    assert.deepEqual(tracker.unknown, []);
    noTrouble(decoder);
  }
});

probeTest('mapped ranges have shadows, at creation and later', async (probed) => {
  await openWithDevice(probed);
  const shadow = async () => totals((await probed.decode()).records).mapped;
  await probed.run(() => {
    globalThis.a = device.createBuffer({ size: 1000, usage: GPUBufferUsage.COPY_SRC, mappedAtCreation: true });
    globalThis.b = device.createBuffer({ size: 4096, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST });
  });
  assert.equal(await shadow(), 1000);
  await probed.run(async () => {
    a.unmap();
    await b.mapAsync(GPUMapMode.READ, 256, 512);
    b.getMappedRange(256, 16);
  });
  assert.equal(await shadow(), 512);
  await probed.run(() => b.destroy());
  assert.equal(await shadow(), 0);
  await probed.run(async () => {
    globalThis.c = device.createBuffer({ size: 64, usage: GPUBufferUsage.MAP_WRITE });
    await c.mapAsync(GPUMapMode.WRITE);
  });
  assert.equal(await shadow(), 64, 'a mapping whose range nobody reads');
  assert.deepEqual((await probed.decode()).named('map').map((map) => [map.offset, map.bytes, map.mode]), [[0, 1000, 3], [256, 512, 1], [0, 64, 2]]);
});

// Software WebGPU imports no video frame, so a stand-in does.
const IMPORTS_ANYTHING = 'GPUDevice.prototype.importExternalTexture = function importExternalTexture() { return { label: "video" }; }';

probeTest('canvas and external textures are classes of their own', async (probed) => {
  await openWithDevice(probed, {}, IMPORTS_ANYTHING);
  await probed.run(() => {
    globalThis.context = document.querySelector('canvas').getContext('webgpu');
    context.configure({ device, format: 'bgra8unorm' });
  });
  let decoder = await probed.decode();
  assert.deepEqual(live(decoder, 3).map((canvas) => [canvas.bytes, canvas.label, canvas.flags, canvas.format]), [[64 * 32 * 4, 'canvas#stage', 4, 'bgra8unorm']]);
  await probed.run(() => {
    const canvas = document.querySelector('canvas');
    context.getCurrentTexture();
    canvas.width = 128;
    context.getCurrentTexture().destroy();
    globalThis.external = device.importExternalTexture({});
  });
  decoder = await probed.decode();
  assert.deepEqual(live(decoder, 3).map((canvas) => canvas.bytes), [128 * 32 * 4]);
  assert.deepEqual(live(decoder, 4).map((texture) => texture.bytes), [0]);
  assert.equal(totals(decoder.records).device, 0, 'neither is in the total');
  await probed.run(() => context.unconfigure());
  decoder = await probed.decode();
  assert.deepEqual(live(decoder, 3), []);
  noTrouble(decoder);
});

probeTest('transient textures are apart, and images copied into textures are counted', async (probed) => {
  await openWithDevice(probed);
  const has = await probed.run(async () => {
    const to = device.createTexture({ size: [8, 8], format: 'rgba8unorm', usage: GPUTextureUsage.COPY_DST | GPUTextureUsage.RENDER_ATTACHMENT });
    device.queue.copyExternalImageToTexture({ source: new ImageData(8, 8) }, { texture: to }, [4, 8]);
    device.queue.copyExternalImageToTexture({ source: new ImageData(8, 8) }, { texture: to }, { width: 2 });
    device.createTexture({ size: [8, 8], format: 'rgba8unorm', usage: GPUTextureUsage.RENDER_ATTACHMENT | 0x20 });
    return 'TRANSIENT_ATTACHMENT' in GPUTextureUsage;
  });
  const decoder = await probed.decode();
  assert.deepEqual(decoder.named('tally').at(-1).counts[4], [2, 4 * 8 * 4 + 2 * 4]);
  assert.deepEqual(live(decoder, 13).map((texture) => [texture.bytes, texture.flags]), [[256, 4]], `the browser has them: ${has}`);
  assert.equal(totals(decoder.records).device, 256);
  noTrouble(decoder);
});

probeTest('what commands use is told, with writes, submits and frames', async (probed) => {
  await openWithDevice(probed);
  await probed.run(async () => {
    const uniform = device.createBuffer({ size: 256, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST, label: 'uniform' });
    const vertex = device.createBuffer({ size: 64, usage: GPUBufferUsage.VERTEX, label: 'vertex' });
    const index = device.createBuffer({ size: 64, usage: GPUBufferUsage.INDEX, label: 'index' });
    const target = device.createTexture({ size: [4, 4], format: 'rgba8unorm', usage: GPUTextureUsage.RENDER_ATTACHMENT | GPUTextureUsage.COPY_DST, label: 'target' });
    const sampled = device.createTexture({ size: [4, 4], format: 'rgba8unorm', usage: GPUTextureUsage.TEXTURE_BINDING | GPUTextureUsage.COPY_DST, label: 'sampled' });
    device.createBuffer({ size: 64, usage: GPUBufferUsage.VERTEX, label: 'idle' });
    const layout = device.createBindGroupLayout({ entries: [
      { binding: 0, visibility: GPUShaderStage.VERTEX, buffer: {} }, { binding: 1, visibility: GPUShaderStage.FRAGMENT, texture: {} }] });
    const group = device.createBindGroup({ layout, entries: [{ binding: 0, resource: { buffer: uniform } }, { binding: 1, resource: sampled.createView() }] });
    const bundleEncoder = device.createRenderBundleEncoder({ colorFormats: ['rgba8unorm'] });
    bundleEncoder.setIndexBuffer(index, 'uint16');
    const bundle = bundleEncoder.finish();
    globalThis.draw = (withGroup) => {
      const encoder = device.createCommandEncoder();
      const pass = encoder.beginRenderPass({ colorAttachments: [{ view: target.createView(), loadOp: 'clear', storeOp: 'store' }] });
      if (withGroup) pass.setBindGroup(0, group);
      pass.setVertexBuffer(0, vertex);
      pass.executeBundles([bundle]);
      pass.end();
      device.queue.submit([encoder.finish()]);
    };
    device.queue.writeBuffer(uniform, 0, new Float32Array(16), 4, 8);
    device.queue.writeBuffer(uniform, 0, new ArrayBuffer(24), 8);
    device.queue.writeTexture({ texture: sampled }, new Uint8Array(64), { bytesPerRow: 16 }, [4, 2]);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    draw(true);
    await new Promise((resolve) => requestAnimationFrame(resolve));
    draw(false);
    await new Promise((resolve) => requestAnimationFrame(resolve));
  });
  const decoder = await probed.decode();
  const names = new Map(decoder.named('allocate').map((thing) => [thing.id, thing.label]));
  const uses = decoder.named('use').map((record) => record.ids.map((id) => names.get(id)).sort());
  assert.deepEqual(uses, [['sampled', 'uniform'], ['index', 'sampled', 'target', 'uniform', 'vertex'], ['index', 'target', 'vertex']]);
  const counts = {};
  for (const { counts: told } of decoder.named('tally')) {
    for (const [counter, [calls, bytes]] of Object.entries(told)) {
      const sum = counts[counter] ??= [0, 0];
      sum[0] += calls;
      sum[1] += bytes;
    }
  }
  assert.deepEqual(counts, { 1: [2, 0], 2: [2, 32 + 16], 3: [1, 32], 8: [1, 0], 9: [1, 0], 10: [3, 0], 11: [1, 0], 12: [1, 0], 17: [1, 0], 19: [2, 0] });
  assert.deepEqual(decoder.named('frame_tick').map((tick) => tick.number), [1, 2, 3]);
  await probed.page.waitForTimeout(300);
  assert.ok((await probed.decode()).named('work_done').length > 0, 'the device is known to be done');
  noTrouble(decoder);
});

probeTest('labels and stacks', async (probed) => {
  await openWithDevice(probed, { stacks: 'all' });
  pages.set('/make.js', `function inner() { return device.createBuffer({ size: 8, usage: 8, label: 'first' }); }
function outer() { return inner(); }
const made = outer();
made.label = 'second';`);
  await probed.page.addScriptTag({ url: '/make.js' });
  const decoder = await probed.decode();
  const [made] = decoder.named('allocate');
  assert.equal(made.label, 'first');
  assert.equal(live(decoder, 1)[0].label, 'second');
  const [url] = [`${probed.url}make.js`];
  assert.deepEqual(made.frames.map((frame) => [frame.function, frame.url, frame.line, frame.column]), [['inner', url, 1, 34], ['outer', url, 2, 27], ['', url, 3, 14]]);
  noTrouble(decoder);
});

probeTest('sampled stacks: one for so many bytes, each told once', async (probed) => {
  await openWithDevice(probed, { stacks: 'sampled', sampleBytes: 10_000 });
  await probed.run(() => {
    for (let at = 0; at < 1000; at += 1) device.createBuffer({ size: 1000, usage: 8 }).destroy();
  });
  const decoder = await probed.decode();
  const sampled = decoder.named('allocate').filter((thing) => thing.stack);
  assert.ok(sampled.length > 50 && sampled.length < 150, `${sampled.length} of 1000 have stacks: about 100 were to be`);
  assert.equal(decoder.named('stack').length, new Set(decoder.named('stack').map((stack) => `${stack.parent} ${stack.frame}`)).size);
});

probeTest('what is left to the garbage collector is told', async (probed) => {
  await openWithDevice(probed);
  await probed.run(() => {
    device.createBuffer({ size: 512, usage: 8, label: 'dropped' });
    globalThis.kept = device.createBuffer({ size: 512, usage: 8, label: 'kept' });
  });
  await probed.page.waitForTimeout(2500);
  for (let round = 0; round < 20; round += 1) {
    await probed.run(() => gc());
    await probed.page.waitForTimeout(100);
    if ((await probed.decode()).named('free').length) break;
  }
  const decoder = await probed.decode();
  assert.deepEqual(decoder.named('free').map((free) => free.reason), [2]);
  assert.deepEqual(live(decoder, 1).map((thing) => thing.label), ['kept']);
});

const MEMORY_MODULE = [
  0, 97, 115, 109, 1, 0, 0, 0, 1, 6, 1, 0x60, 1, 0x7f, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 14, 2, 6, ...Buffer.from('memory'), 2, 0, 1, ...Buffer.from('g'), 0, 0, 10, 8, 1, 6, 0, 0x20, 0, 0x40, 0, 0x0b,
];

probeTest('wasm memories: made, imported, exported, grown from inside and outside', async (probed) => {
  await openWithDevice(probed);
  const bytes = async () => live(await probed.decode(), 7).map((memory) => memory.bytes / 65_536);
  await probed.run(() => {
    globalThis.made = new WebAssembly.Memory({ initial: 2, maximum: 10 });
    globalThis.shared = new WebAssembly.Memory({ initial: 3, maximum: 10, shared: true });
  });
  assert.deepEqual(await bytes(), [2, 3]);
  await probed.run(async (code) => {
    const { instance } = await WebAssembly.instantiate(new Uint8Array(code), {});
    globalThis.grow = instance.exports.g;
    made.grow(4);
  }, MEMORY_MODULE);
  assert.deepEqual(await bytes(), [6, 3, 1]);
  await probed.run(() => grow(7));
  assert.deepEqual(await bytes(), [6, 3, 8]);
  const decoder = await probed.decode();
  assert.deepEqual(live(decoder, 7).map((memory) => memory.usage), [0, 1, 0]);
  noTrouble(decoder);
});

probeTest('allocations inside a wasm memory: Emscripten’s hooks, and a ring', async (probed) => {
  await openWithDevice(probed);
  await probed.run((code) => {
    globalThis.calls = [];
    globalThis.Module = { wasmMemory: new WebAssembly.Memory({ initial: 1 }), HEAPU8: null, onMalloc: (...args) => calls.push(args) };
    const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)), {});
    globalThis.inside = instance.exports.memory;
    if (Object.keys(Module).includes('onFree')) throw new Error('a property more');
    Module.onMalloc(1024, 16);
    Module.onRealloc(1024, 2048, 32);
    Module.onFree(2048);
  }, MEMORY_MODULE);
  let decoder = await probed.decode();
  const [module] = live(decoder, 7);
  assert.deepEqual(decoder.named('wasm_allocate', 'wasm_reallocate', 'wasm_free').map(({ name, memory, address, old, bytes }) => [name, memory, address, old, bytes]), [
    ['wasm_allocate', module.id, 1024, undefined, 16], ['wasm_reallocate', module.id, 2048, 1024, 32], ['wasm_free', module.id, 2048, undefined, undefined]]);
  assert.deepEqual(await probed.run(() => calls), [[1024, 16]], 'the page’s own hook is called');

  // The module: memory, a ring of 4 records at 256, `arenascope_ring_ptr`.
  const ring = [0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 0x60, 0, 1, 0x7f, 3, 2, 1, 0, 5, 3, 1, 0, 1, 7, 32, 2, 6, ...Buffer.from('memory'), 2, 0, 19, ...Buffer.from('arenascope_ring_ptr'), 0, 0, 10, 7, 1, 5, 0, 0x41, 0x80, 0x02, 0x0b];
  await probed.run((code) => {
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(code)), {});
    const view = new DataView(exports.memory.buffer);
    let written = 0;
    globalThis.view = view;
    globalThis.push = (kind, address, old, bytes) => {
      const at = 256 + 32 + 32 * (written % 4);
      [kind, 3, address, 0, old, 0, bytes, 0].forEach((word, index) => view.setUint32(at + index * 4, word, true));
      view.setUint32(256 + 12, ++written, true);
    };
    [0x474e5241, 1, 4, 0, 0, 0].forEach((word, at) => view.setUint32(256 + 4 * at, word, true));
    push(1, 4096, 0, 100);
    push(1, 8192, 0, 200);
    push(3, 12288, 4096, 300);
  }, ring);
  await probed.decode();
  await probed.run(() => {
    push(2, 8192, 0, 0);
    push(1, 8192, 0, 50);
    view.setUint32(256 + 20, 7, true);
  });
  decoder = await probed.decode();
  const of = (name) => decoder.named(name).filter((record) => record.memory === live(decoder, 7)[2].id);
  assert.deepEqual(of('wasm_allocate').map((record) => [record.thread, record.address, record.bytes]), [[3, 4096, 100], [3, 8192, 200], [3, 8192, 50]]);
  assert.deepEqual(of('wasm_reallocate').map((record) => [record.old, record.address, record.bytes]), [[4096, 12288, 300]]);
  assert.deepEqual(of('wasm_free').map((record) => record.address), [8192]);
  assert.deepEqual(of('wasm_lost').map((record) => record.count), [7]);
  assert.equal(await probed.run(() => view.getUint32(256 + 16, true)), 5, 'read');
  noTrouble(decoder);
});

probeTest('the module records from when it is called, what lived before told first; a file is saved', async (probed) => {
  pages.set('/', `<!doctype html><script type="module">import { record } from '/probe/arenascope-probe.js';
${GET_DEVICE}
device.createBuffer({ size: 100, usage: 8, label: 'before' });
device.createBuffer({ size: 100, usage: 8, label: 'gone' }).destroy();
globalThis.session = record({ stacks: 'sampled' });
device.createBuffer({ size: 200, usage: 8, label: 'after' });
session.mark('here');
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready);
  const file = await probed.run(async () => {
    const saved = await session.save();
    return { name: saved.name, text: btoa(String.fromCharCode(...new Uint8Array(await saved.arrayBuffer()))) };
  });
  assert.match(file.name, /\.arenascope$/);
  const decoder = decodeFile(Buffer.from(file.text, 'base64'));
  assert.deepEqual(decoder.named('allocate').map((thing) => [thing.label, thing.bytes, thing.flags]), [['before', 100, 1], ['after', 200, 0]]);
  assert.deepEqual(decoder.named('mark').map((mark) => mark.text), ['here']);
  assert.deepEqual([...decoder.realms.values()].map((realm) => realm.lost), [0]);
  const stats = await probed.run(() => session.stats());
  assert.equal(stats.bytes, 300);
});

probeTest('what the probe costs is told', async (probed) => {
  await openWithDevice(probed);
  await probed.run(async () => {
    for (let round = 0; round < 15; round += 1) {
      for (let at = 0; at < 200; at += 1) device.createBuffer({ size: 16, usage: 8 }).destroy();
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  });
  const costs = (await probed.decode()).named('cost');
  assert.ok(costs.length > 0);
  const { events, eventUs } = costs[0];
  console.log(`  ${events} events, ${(eventUs / events).toFixed(2)} µs an event`);
  assert.ok(events >= 400 && eventUs / events < 200);
});
