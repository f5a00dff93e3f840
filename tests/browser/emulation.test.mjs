// Browsers that lack something: the page says what and why, and an emulation
// that calls itself one keeps the accounting at work.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { launchWithRefusingWebNn, launchWithoutWebGpu } from './browsers.mjs';
import { appSuite, until } from './fixture.mjs';
import { inWorkers, installTracker, sum, trackersOf } from './tracker.mjs';

const withoutWebGpu = appSuite({ launch: launchWithoutWebGpu });
const withRefusingWebNn = appSuite({ launch: launchWithRefusingWebNn });

withoutWebGpu('no WebGPU: said, with the reason, where people look', async (app) => {
  await app.ready();
  const { webgpu } = await app.call('capabilities');
  assert.ok(['absent', 'rejected'].includes(webgpu.state), webgpu.state);
  assert.ok(webgpu.reason.length > 10, webgpu.reason);
  const text = () => app.page.evaluate(() => document.body.innerText);
  await until(async () => (await text()).includes(webgpu.reason), 'the page to give the reason');
  await until(async () => /emulate/i.test(await text()), 'the page to say what runs instead');
});

for (const scenario of ['game-loop', 'level-streaming', 'llm-decode', 'inference-burst']) {
  withoutWebGpu(`no WebGPU: ${scenario} runs on the CPU, and every sum is right`, async (app) => {
    await app.ready();
    await app.runTo(60, { scenario, seed: 7 });
    const metrics = await app.settle();
    assert.equal(metrics.gpu.mode, 'cpu-emulated');
    assert.equal(metrics.nn.mode, 'cpu-emulated');
    assert.equal(metrics.nn.mismatches_total, 0);
    assert.ok(metrics.pool.created_total > 0 || ['llm-decode', 'inference-burst'].includes(scenario));
    assert.ok(metrics.nn.dispatches_total > 0 || scenario === 'level-streaming');
    assert.deepEqual(auditMetrics(metrics), []);
  });
}

withoutWebGpu('no WebGPU: there is no device to lose, and the drill says so', async (app) => {
  await app.ready();
  const refusal = await app.page.evaluate(() => arenascope.lose_gpu_device().catch((error) => error.message));
  assert.match(refusal, /no GPU device/);
  assert.match(await app.rejection('lose_nn_context'), /no WebNN context to lose: networks are cpu-emulated/);
});

withRefusingWebNn('WebNN that makes no context: the browser\'s own words, and WebGPU instead', async (app) => {
  await app.ready();
  const { webnn } = await app.call('capabilities');
  assert.equal(webnn.state, 'rejected');
  assert.ok(webnn.reason.length > 10, webnn.reason);
});

for (const scenario of ['game-loop', 'inference-burst', 'llm-decode']) {
  withRefusingWebNn(`no WebNN: the networks of ${scenario} run on WebGPU, and every result agrees`, async (app) => {
    await app.ready();
    await inWorkers(app, installTracker);
    await app.runTo(100, { scenario, seed: 7 });
    const { nn, budget } = await app.settle();
    const trackers = await trackersOf(app);
    const seen = (figure) => sum(trackers, (tracker) => tracker[figure]);
    const charged = (figure) => sum(budget.categories, (row) => row[figure]);
    assert.ok(seen('network_bytes') > 0, 'the tracker saw nothing');
    assert.deepEqual(
      [seen('network_bytes'), seen('bytes')], [charged('npu_bytes'), charged('device_bytes')],
      'every byte on the device is charged',
    );
    assert.equal(nn.mode, 'webgpu-emulated');
    assert.ok(nn.dispatches_total > 20, `${nn.dispatches_total} runs`);
    assert.deepEqual([nn.mismatches_total, nn.failures_total], [0, 0]);
    assert.deepEqual(auditMetrics(await app.metrics()), []);
  });
}

// Chromium says of the drill itself that the device is gone.
const DRILL = { tolerate: [/lost|destroyed|external Instance/i] };

withRefusingWebNn('no WebNN: emulated networks come back with the GPU device', DRILL, async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'llm-decode', seed: 7 });
  await app.call('lose_gpu_device');
  const lost = await app.untilMetrics('the loss', (m) => m.gpu.device_losses_total === 1);
  const later = await app.untilMetrics(
    'runs on the new device', (m) => m.nn.dispatches_total > lost.nn.dispatches_total + 40 && m.nn.tensors_live > 0,
  );
  assert.deepEqual([later.nn.mode, later.nn.mismatches_total], ['webgpu-emulated', 0]);
  assert.deepEqual(auditMetrics(later), []);
});
