// Firefox: another engine, another WebGPU, no WebNN.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { auditMetrics, auditSnapshot } from './audit.mjs';
import { launchFirefox } from './browsers.mjs';
import { OUT, appSuite } from './fixture.mjs';

const appTest = appSuite({ launch: launchFirefox });

appTest('firefox: capabilities', async (app) => {
  await app.ready();
  const { webgpu, webnn } = await app.call('capabilities');
  assert.equal(webgpu.state, 'ready');
  assert.equal(webnn.state, 'absent');
});

for (const scenario of ['game-loop', 'gpu-thrash', 'inference-burst']) {
  appTest(`firefox: ${scenario} runs, and every sum is right`, async (app) => {
    await app.ready();
    const metrics = await app.runTo(60, { scenario, seed: 7 });
    assert.equal(metrics.gpu.errors_total, 0);
    assert.equal(metrics.nn.mismatches_total, 0);
    assert.deepEqual(auditMetrics(metrics), []);
    assert.deepEqual(auditSnapshot(await app.call('snapshot')), []);
  });
}

appTest('firefox: a screenshot', async (app) => {
  await app.ready();
  await app.runTo(120, { scenario: 'game-loop', seed: 7 });
  await mkdir(join(OUT, 'screenshots'), { recursive: true });
  await app.page.screenshot({ path: join(OUT, 'screenshots/firefox-overview.png') });
});
