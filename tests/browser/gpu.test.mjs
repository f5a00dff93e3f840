// The GPU side: the pool's own counts against a tracker that knows nothing of
// it, and a lost device.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { appSuite, until } from './fixture.mjs';
import { inWorkers, installTracker, sum, trackersOf } from './tracker.mjs';

const appTest = appSuite();

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
    const { pool, budget, nn } = await app.settle();
    const snapshot = await app.call('snapshot');
    const trackers = await trackersOf(app);
    assert.deepEqual(trackers.flatMap(({ unknown }) => unknown), [], 'formats that the tracker cannot weigh');
    const seen = (figure) => sum(trackers, (tracker) => tracker[figure]);
    assert.deepEqual([seen('created'), seen('destroyed')], [pool.created_total, pool.destroyed_total]);
    assert.equal(seen('bytes'), sum(snapshot.pool.buffers, ({ size }) => size), 'bytes of what is alive');
    assert.equal(seen('bytes'), sum(budget.categories, (row) => row.device_bytes), 'bytes charged for the device');
    const emulated = nn.mode === 'webgpu-emulated' ? sum(budget.categories, (row) => row.npu_bytes) : 0;
    assert.equal(seen('network_bytes'), emulated, 'bytes charged for networks on the device');
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
