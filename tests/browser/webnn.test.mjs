// Real WebNN, in the headless shell: graphs run there and agree with the
// reference on the CPU.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { launchShell } from './browsers.mjs';
import { appSuite } from './fixture.mjs';

const appTest = appSuite({ launch: launchShell });

appTest('capabilities: WebNN is ready and names its device', async (app) => {
  await app.ready();
  const { webgpu, webnn } = await app.call('capabilities');
  assert.equal(webgpu.state, 'ready');
  assert.equal(webnn.state, 'ready');
  assert.equal(webnn.device, 'cpu');
});

for (const scenario of ['inference-burst', 'llm-decode']) {
  appTest(`${scenario}: runs on WebNN, and every result agrees`, async (app) => {
    await app.ready();
    await app.runTo(60, { scenario, seed: 7 });
    const metrics = await app.untilMetrics('graph runs', (m) => m.nn.dispatches_total > 5);
    assert.equal(metrics.nn.mode, 'webnn');
    assert.equal(metrics.nn.mismatches_total, 0);
    assert.deepEqual(auditMetrics(metrics), []);
    // Tensors of a burst live for one call: only the peak tells of them.
    const tensors = metrics.budget.categories.find(({ category }) => category === 'npu_tensors');
    assert.ok(tensors.peak_bytes > 0, 'tensors were charged');
  });
}

appTest('tensors go when the run is reset', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'inference-burst', seed: 7 });
  await app.settle();
  await app.call('reset');
  await app.untilMetrics('no tensor', (m) => m.nn.tensors_live === 0 && m.nn.tensor_bytes === 0);
});
