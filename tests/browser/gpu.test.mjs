// The GPU side: the pool's own counts against a tracker that knows nothing of
// it, and a lost device.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

// Wraps the device's functions inside the worker that uses them. The emulated
// network's own buffers, whose labels begin with "nn/", are not the pool's. What a
// texture takes is summed from its own attributes: whole texels of every mip of
// every layer.
function installTracker() {
  const TEXEL_BYTES = { rgba8unorm: 4 };
  const counts = { created: 0, destroyed: 0, bytes: 0, unknown: [] };
  globalThis.tracker = counts;
  const bytes = new WeakMap();
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
      if (!descriptor.label?.startsWith('nn/')) {
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
      return destroy.call(this);
    };
  }
}

const inWorkers = (app, what) => Promise.all(app.page.workers().map((worker) => worker.evaluate(what)));

const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

// Every scenario in the default mode; those that use the pool most, in the original's too.
const RUNS = [
  ...['idle', 'game-loop', 'level-streaming', 'gpu-thrash', 'inference-burst', 'llm-decode', 'fragmentation-storm', 'leak']
    .map((scenario) => [scenario, 'classes']),
  ['gpu-thrash', 'exact'], ['level-streaming', 'exact'],
];

for (const [scenario, mode] of RUNS) {
  appTest(`${scenario}, ${mode}: the pool counts what the device saw`, async (app) => {
    await app.ready();
    assert.ok((await app.call('scenarios')).some(({ key }) => key === scenario));
    await inWorkers(app, installTracker);
    await app.runTo(180, { scenario, pool_mode: mode, seed: 5 });
    const { pool, budget } = await app.settle();
    const snapshot = await app.call('snapshot');
    const trackers = await inWorkers(app, () => globalThis.tracker);
    assert.deepEqual(trackers.flatMap(({ unknown }) => unknown), [], 'formats that the tracker cannot weigh');
    const seen = (figure) => sum(trackers, (tracker) => tracker[figure]);
    assert.deepEqual([seen('created'), seen('destroyed')], [pool.created_total, pool.destroyed_total]);
    assert.equal(seen('bytes'), sum(snapshot.pool.buffers, ({ size }) => size), 'bytes of what is alive');
    assert.equal(seen('bytes'), sum(budget.categories, (row) => row.device_bytes), 'bytes charged for the device');
    if (['game-loop', 'level-streaming', 'gpu-thrash'].includes(scenario)) assert.ok(seen('created') > 0, 'the tracker saw nothing');
  });
}

appTest('classes pool: reuse begins, and waste is visible', async (app) => {
  await app.ready();
  await app.call('start', { scenario: 'gpu-thrash', pool_mode: 'classes', seed: 5 });
  const { pool } = await app.untilMetrics('hits', (m) => m.pool.hits_total > 20);
  assert.ok(pool.hit_ratio > 0 && pool.hit_ratio <= 1);
});

// Chromium says of the drill itself that the device is gone.
const DRILL = { tolerate: [/lost|destroyed|external Instance/i] };

appTest('a lost device is counted, and the run goes on with a new one', DRILL, async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'gpu-thrash', seed: 5 });
  await app.call('lose_gpu_device');
  const lost = await app.untilMetrics('the loss', (m) => m.gpu.device_losses_total === 1);
  const later = await app.untilMetrics(
    'new work on a new device',
    (m) => m.frame > lost.frame + 60 && m.gpu.submits_total > lost.gpu.submits_total && m.pool.in_use_count + m.pool.idle_count > 0,
  );
  assert.equal(later.gpu.device_losses_total, 1);
  assert.deepEqual(auditMetrics(later), []);
  assert.equal((await app.call('capabilities')).webgpu.state, 'ready');
});

appTest('a loss while nothing runs is survived too, twice', DRILL, async (app) => {
  await app.ready();
  for (const losses of [1, 2]) {
    await app.call('lose_gpu_device');
    await app.untilMetrics(`loss ${losses}`, (m) => m.gpu.device_losses_total === losses);
  }
  await until(async () => (await app.call('capabilities')).webgpu.state === 'ready', 'a new device');
  const { gpu } = await app.runTo(30, { scenario: 'gpu-thrash', seed: 5 });
  assert.equal(gpu.errors_total, 0);
});
