// Browsers that lack something: the page says what and why, and an emulation
// that calls itself one keeps the accounting at work.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { launchWithRefusingWebNn, launchWithoutWebGpu } from './browsers.mjs';
import { appSuite, until } from './fixture.mjs';

const withoutWebGpu = appSuite({ launch: launchWithoutWebGpu });
const withRefusingWebNn = appSuite({ launch: launchWithRefusingWebNn });

withoutWebGpu('no WebGPU: said, with the reason, where people look', async (app) => {
  await app.ready();
  const { webgpu } = await app.call('capabilities');
  assert.ok(['absent', 'rejected'].includes(webgpu.state), webgpu.state);
  assert.ok(webgpu.reason.length > 10, webgpu.reason);
  const text = () => app.page.evaluate(() => document.body.innerText);
  await until(async () => (await text()).includes(webgpu.reason), 'the page to give the reason');
  assert.match(await text(), /emulate/i);
});

for (const scenario of ['game-loop', 'level-streaming', 'llm-decode']) {
  withoutWebGpu(`no WebGPU: ${scenario} runs on the CPU, and every sum is right`, async (app) => {
    await app.ready();
    await app.runTo(60, { scenario, seed: 7 });
    const metrics = await app.settle();
    assert.equal(metrics.gpu.mode, 'cpu-emulated');
    assert.equal(metrics.nn.mode, 'cpu-emulated');
    assert.equal(metrics.nn.mismatches_total, 0);
    assert.ok(metrics.pool.created_total > 0 || scenario === 'llm-decode');
    assert.ok(metrics.nn.dispatches_total > 0 || scenario === 'level-streaming');
    assert.deepEqual(auditMetrics(metrics), []);
  });
}

withoutWebGpu('no WebGPU: there is no device to lose, and the drill says so', async (app) => {
  await app.ready();
  const refusal = await app.page.evaluate(() => arenascope.lose_gpu_device().catch((error) => error.message));
  assert.match(refusal, /no GPU device/);
});

withRefusingWebNn('WebNN that makes no context: the browser\'s own words, and WebGPU instead', async (app) => {
  await app.ready();
  const { webnn } = await app.call('capabilities');
  assert.equal(webnn.state, 'rejected');
  assert.ok(webnn.reason.length > 10, webnn.reason);
  await app.runTo(30, { scenario: 'inference-burst', seed: 7 });
  const metrics = await app.untilMetrics('graph runs', (m) => m.nn.dispatches_total > 5);
  assert.equal(metrics.nn.mode, 'webgpu-emulated');
  assert.equal(metrics.nn.mismatches_total, 0);
});
