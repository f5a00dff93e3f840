// A page cannot tell: the same slice of what pages do and look at, with and without the probe.

import assert from 'node:assert/strict';
import { pages, probeSuite, withProbe, withoutProbe } from './probe/site.mjs';

const probeTest = probeSuite();

/** In the page: everything that it could notice, as text. */
async function slice() {
  const seen = {};
  const text = (value) => {
    try {
      return String(typeof value === 'function' ? value() : value);
    } catch (error) {
      return `${error.constructor.name}: ${error.message}`;
    }
  };
  const types = ['GPU', 'GPUAdapter', 'GPUDevice', 'GPUBuffer', 'GPUTexture', 'GPUQuerySet', 'GPUQueue', 'GPUCanvasContext', 'GPUCommandEncoder',
    'GPURenderPassEncoder', 'GPUComputePassEncoder', 'GPURenderBundleEncoder', 'MLContext', 'MLTensor', 'MLGraph', 'MLGraphBuilder'];
  const owners = types.filter((name) => globalThis[name]).map((name) => [`${name}.prototype`, globalThis[name].prototype]);
  owners.push(['WebAssembly', WebAssembly], ['WebAssembly.Memory', WebAssembly.Memory.prototype], ['WebAssembly.Instance', WebAssembly.Instance.prototype],
    ['Function.prototype', Function.prototype], ['URL', URL], ['Worker.prototype', Worker.prototype]);
  const functionFacts = (f) => f && [f.name, f.length, Function.prototype.toString.call(f), f.toString(), Object.getOwnPropertyNames(f).sort().join(), Object.getPrototypeOf(f) === Function.prototype, 'prototype' in f, text(() => new f())];
  for (const [name, owner] of owners) {
    seen[`${name} names`] = Object.getOwnPropertyNames(owner).join();
    for (const key of Object.getOwnPropertyNames(owner)) {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(owner, key);
      seen[`${name}.${key}`] = JSON.stringify([flags, ...[value, get, set].map((part) => (typeof part === 'function' ? functionFacts(part) : typeof part))]);
    }
  }
  for (const name of ['Worker', 'SharedWorker', 'requestAnimationFrame', 'MLGraphBuilder']) {
    const { value, ...flags } = Object.getOwnPropertyDescriptor(globalThis, name) ?? {};
    seen[name] = JSON.stringify([flags, value && functionFacts(value), value?.prototype?.constructor === value]);
  }
  seen.identity = JSON.stringify([WebAssembly.Memory.prototype.constructor === WebAssembly.Memory, new WebAssembly.Memory({ initial: 1 }) instanceof WebAssembly.Memory, String(new (class extends WebAssembly.Memory {})({ initial: 1 }).constructor.name)]);
  seen.global = JSON.stringify(Object.keys(globalThis).filter((key) => /probe|arena/i.test(key)));

  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice({ label: 'd' });
  const buffer = device.createBuffer({ size: 64, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.COPY_DST, label: 'b' });
  const facts = (object) => {
    const all = {};
    for (const key in object) if (typeof object[key] !== 'function') all[key] = text(object[key]);
    return JSON.stringify([all, Object.getOwnPropertyNames(object), Object.getOwnPropertySymbols(object).length, Object.prototype.toString.call(object)]);
  };
  const texture = device.createTexture({ size: [8, 8], format: 'rgba8unorm', usage: 20 });
  Object.entries({ device, buffer, texture, view: texture.createView(), queue: device.queue }).forEach(([name, object]) => { seen[`facts ${name}`] = facts(object); });
  seen.same = JSON.stringify([device.queue === device.queue, device.lost === device.lost, device.lost instanceof Promise, buffer instanceof GPUBuffer]);
  seen.illegal = text(() => GPUDevice.prototype.createBuffer.call({}, {}));
  seen.noArgs = text(() => device.createBuffer());
  seen.badArgs = text(() => device.createTexture({ size: [], format: 'nothing', usage: 1 }));
  seen.memory = text(() => new WebAssembly.Memory({ initial: 2, maximum: 1 }));
  seen.memoryCall = text(() => WebAssembly.Memory({ initial: 1 }));
  seen.worker = text(() => new Worker());
  seen.workerCall = text(() => Worker('x'));
  seen.returns = JSON.stringify([typeof buffer.destroy, buffer.unmap(), device.queue.writeBuffer(buffer, 0, new Uint8Array(4)), device.queue.submit([]), device.pushErrorScope('validation')].map(String));
  const scope = device.popErrorScope();
  seen.scope = JSON.stringify([scope instanceof Promise, await scope]);

  // The order in which promises settle, and who hears of errors that nobody handles.
  const order = [];
  const unhandled = [];
  addEventListener('unhandledrejection', (event) => {
    unhandled.push(event.reason.name);
    event.preventDefault();
  });
  const rejects = device.popErrorScope();
  rejects.catch((error) => order.push(`scope ${error.name}`));
  Promise.resolve().then(() => order.push('one')).then(() => order.push('two')).then(() => order.push('three'));
  const mapping = buffer.mapAsync(GPUMapMode.READ).then(() => order.push('mapped'));
  const bad = buffer.mapAsync(99).catch((error) => order.push(`map ${error.name}`));
  const work = device.queue.onSubmittedWorkDone().then(() => order.push('done'));
  // Wasm compiles on a thread of its own: its place among the others is chance.
  seen.wasm = await WebAssembly.instantiate(new Uint8Array(3)).catch((error) => error.name);
  await Promise.all([mapping, bad, work, rejects.catch(() => {})]);
  void adapter.requestDevice();
  void WebAssembly.instantiate(new Uint8Array(5));
  await new Promise((resolve) => setTimeout(resolve, 200));
  seen.order = order.join();
  seen.unhandled = unhandled.join();
  seen.range = String(buffer.getMappedRange().byteLength);
  seen.twice = text(() => buffer.getMappedRange());

  // Descriptors are read as often as without the probe.
  let reads = 0;
  device.createBuffer({ get size() { reads += 1; return 4; }, get usage() { reads += 1; return 8; }, get label() { reads += 1; return 'x'; } });
  seen.reads = String(reads);
  const frame = await new Promise((resolve) => requestAnimationFrame(resolve));
  seen.frame = typeof frame;
  Object.defineProperty(Error, 'prepareStackTrace', { value: () => 'page', writable: true, configurable: true });
  seen.stack = String(device.createBuffer({ size: 4, usage: 8 }) instanceof GPUBuffer && Error.prepareStackTrace());
  return seen;
}

const sliceOf = async (probed, head) => {
  pages.set('/', `${head}<title>slice</title>`);
  await probed.open();
  return probed.run(slice);
};

// A wrapped function is called from the probe, so the browser's own words for a call that went wrong
// may name it; nothing else may differ.
for (const options of ['', 'data-stacks="all"']) {
  probeTest(`the slice is equal with the probe ${options}`, async (probed) => {
    const without = await sliceOf(probed, withoutProbe);
    const given = await sliceOf(probed, withProbe(options));
    assert.ok(Object.keys(without).length > 150, `${Object.keys(without).length} facts`);
    for (const key of Object.keys(without)) assert.equal(given[key], without[key], key);
    assert.deepEqual(Object.keys(given), Object.keys(without));
    assert.ok(await probed.run(() => globalThis.arenascopeProbe.session.stats().live > 0), 'it did record');
  });
}

probeTest('frozen prototypes: what cannot be hooked is told, and the page goes on', async (probed) => {
  pages.set('/', `<!doctype html><script>Object.freeze(GPUDevice.prototype); Object.freeze(WebAssembly.Memory.prototype);
globalThis.taken = []; globalThis.ARENASCOPE_PROBE = { sink: (batch) => { taken.push(batch); } };</script>
<script src="/probe/arenascope-probe.classic.js"></script><script>Object.freeze(GPUBuffer.prototype);</script>`);
  await probed.open();
  assert.equal(await probed.run(async () => {
    const device = await (await navigator.gpu.requestAdapter()).requestDevice();
    const buffer = device.createBuffer({ size: 4, usage: 8 });
    buffer.destroy();
    return new WebAssembly.Memory({ initial: 1 }).buffer.byteLength;
  }), 65_536);
  await probed.page.waitForTimeout(200);
  const told = (await probed.decode()).named('trouble').map((trouble) => trouble.where);
  assert.ok(told.includes('hook createBuffer') && told.includes('hook grow'), told.join());
  assert.deepEqual(probed.problems, []);
});

probeTest('a page without WebGPU: what there is is recorded', async (probed) => {
  pages.set('/', `<!doctype html><script>globalThis.taken = []; globalThis.ARENASCOPE_PROBE = { sink: (batch) => { taken.push(batch); } };</script>
<script src="/probe/arenascope-probe.classic.js"></script>`);
  await probed.page.goto(probed.url.replace('127.0.0.1', 'plain.test'));
  assert.equal(await probed.run(() => typeof GPUDevice), 'undefined');
  await probed.run(() => { globalThis.memory = new WebAssembly.Memory({ initial: 1 }); });
  const decoder = await probed.decode();
  assert.deepEqual(decoder.named('allocate', 'trouble').map((record) => record.bytes), [65_536]);
});

probeTest('devices and rings that the page drops can be collected', async (probed) => {
  pages.set('/', `<!doctype html><script>globalThis.taken = []; globalThis.ARENASCOPE_PROBE = { sink: (batch) => { taken.push(batch); } };</script>
<script src="/probe/arenascope-probe.classic.js"></script>`);
  await probed.open();
  await probed.run(async () => {
    const device = await (await navigator.gpu.requestAdapter()).requestDevice();
    device.createBuffer({ size: 8, usage: 8 });
    device.queue.submit([]);
    globalThis.weak = [new WeakRef(device), new WeakRef(new WebAssembly.Memory({ initial: 1 }))];
  });
  let left;
  for (let round = 0; round < 60; round += 1) {
    await probed.page.waitForTimeout(100);
    left = await probed.run(() => {
      gc();
      return weak.filter((ref) => ref.deref()).length;
    });
    if (left === 0) break;
  }
  assert.equal(left, 0);
  await probed.page.waitForTimeout(300);
  assert.deepEqual((await probed.run(() => arenascopeProbe.session.stats())).live, 0);
});

probeTest('a sink that throws, and one that never answers, hold nothing up', async (probed) => {
  pages.set('/', `<!doctype html><script>globalThis.ARENASCOPE_PROBE = { limitBytes: 100000, sink: () => { throw new Error('full'); } };</script>
<script src="/probe/arenascope-probe.classic.js"></script>`);
  await probed.open();
  const work = async () => {
    const device = await (await navigator.gpu.requestAdapter()).requestDevice();
    for (let round = 0; round < 30_000; round += 1) device.createBuffer({ size: 4, usage: 8 }).destroy();
    return globalThis.arenascopeProbe.session.stats();
  };
  const thrown = await probed.run(work);
  assert.deepEqual([thrown.live, thrown.lost > 0], [0, true]);
  await probed.open();
  await probed.run(() => { globalThis.arenascopeProbe.record({ sink: () => new Promise(() => {}) }); });
  const silent = await probed.run(work);
  assert.ok(silent.lost > 0 && silent.waitingBytes <= 100_000 + 65_536, JSON.stringify(silent));
  assert.deepEqual(probed.problems, []);
});
