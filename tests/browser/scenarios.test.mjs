// Every scenario runs on a real WebGPU device, does what its name promises, and
// keeps every sum right while it runs.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { appSuite } from './fixture.mjs';

const FRAMES = 120;
const AUDITS = 20;

// Scenario → the sign, in the figures, that it does what it says.
const SIGNS = {
  'game-loop': (m) => m.arena.frees_total > 0 && m.gpu.submits_total > 0,
  'level-streaming': (m) => m.gpu.uploaded_bytes_total > 0 && bytes(m, 'gpu_textures') > 0,
  'llm-decode': (m) => m.nn.dispatches_total > 0 && bytes(m, 'npu_tensors') > 0,
  'inference-burst': (m) => m.nn.dispatches_total > 0 && bytes(m, 'npu_models') > 0,
  'fragmentation-storm': (m) => m.arena.free_range_count > 10 && m.arena.external_fragmentation > 0,
  'gpu-thrash': (m) => m.pool.created_total > 10 && m.pool.hits_total > 0 && m.gpu.submits_total > 10,
  leak: (m) => m.arena.allocation_count > 10,
  idle: (m) => m.arena.failures_total === 0,
};

const bytes = (metrics, category) => metrics.budget.categories.find((row) => row.category === category).peak_bytes;

const appTest = appSuite();

appTest('scenarios: all eight, each with words', async (app) => {
  await app.ready();
  const scenarios = await app.call('scenarios');
  assert.deepEqual(scenarios.map(({ key }) => key).sort(), Object.keys(SIGNS).sort());
  for (const { key, label, description } of scenarios) {
    assert.ok(label.length > 0 && description.length > 10, `${key} is not described`);
  }
});

for (const [scenario, sign] of Object.entries(SIGNS)) {
  appTest(`${scenario}: runs, does what it says, and every sum is right`, async (app) => {
    await app.ready();
    await app.runTo(FRAMES, { scenario, seed: 7 });
    const metrics = await app.untilMetrics(`the sign of ${scenario}`, sign);
    assert.equal(metrics.gpu.errors_total, 0);
    assert.equal(metrics.gpu.device_losses_total, 0);
    assert.equal(metrics.nn.mismatches_total, 0);
    for (let audit = 0; audit < AUDITS; audit += 1) assert.deepEqual(auditMetrics(await app.metrics()), []);
  });
}

appTest('leak: live allocations only grow, and are not freed', async (app) => {
  await app.ready();
  const counts = [];
  let { frame, arena } = await app.runTo(30, { scenario: 'leak', seed: 7 });
  for (let sample = 0; sample < 4; sample += 1) {
    counts.push(arena.allocation_count);
    ({ frame, arena } = await app.untilMetrics('30 frames more', (m) => m.frame >= frame + 30));
  }
  for (let sample = 1; sample < counts.length; sample += 1) {
    assert.ok(counts[sample] > counts[sample - 1], `live allocations every 30 frames: ${counts}`);
  }
});

appTest('stop: no frame is stepped afterwards', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  const { frame, arena } = await app.settle();
  await new Promise((resolve) => setTimeout(resolve, 500));
  const later = await app.metrics();
  assert.equal(later.frame, frame);
  assert.equal(later.arena.allocations_total, arena.allocations_total);
});

appTest('reset: every total is zero and the arena is one free range', async (app) => {
  await app.ready();
  await app.runTo(FRAMES, { scenario: 'fragmentation-storm', seed: 7 });
  await app.settle();
  await app.call('reset');
  const { frame, running, arena, pool, budget, gpu, nn } = await app.untilMetrics('frame 0', (m) => m.frame === 0);
  assert.equal(frame, 0);
  assert.equal(running, false);
  for (const total of ['used_bytes', 'allocation_count', 'allocations_total', 'frees_total', 'failures_total']) {
    assert.equal(arena[total], 0, `arena.${total}`);
  }
  assert.equal(arena.free_range_count, 1);
  for (const total of ['hits_total', 'misses_total', 'in_use_count', 'pending_count']) assert.equal(pool[total], 0, `pool.${total}`);
  assert.equal(budget.current_bytes, 0);
  assert.equal(gpu.submits_total, 0);
  assert.equal(nn.dispatches_total, 0);
});

for (const scenario of ['game-loop', 'fragmentation-storm']) {
  appTest(`${scenario}: a seed fixes what is allocated, another seed changes it`, async (app) => {
    await app.ready();
    const first = await course(app, { scenario, seed: 11 });
    const again = await course(app, { scenario, seed: 11 });
    const other = await course(app, { scenario, seed: 12 });
    const same = [...first.keys()].filter((frame) => again.has(frame));
    assert.ok(same.length >= 10, `only ${same.length} frames were seen in both runs`);
    for (const frame of same) assert.deepEqual(again.get(frame), first.get(frame), `at frame ${frame}`);
    const differs = [...first].some(([frame, figures]) => other.has(frame) && other.get(frame).join() !== figures.join());
    assert.ok(differs, 'seeds 11 and 12 allocate the same');
  });
}

/** Frame → what was allocated up to it, for the frames seen while a run lasts. */
async function course(app, config) {
  await app.call('reset');
  await app.call('start', config);
  const entries = await app.page.evaluate(async (frames) => {
    const seen = [];
    const end = performance.now() + 20_000;
    for (let frame = 0; frame < frames && performance.now() < end;) {
      const m = window.arenascope.metrics();
      ({ frame } = m);
      if (m.running) seen.push([frame, [m.arena.allocations_total, m.arena.frees_total, m.arena.requested_bytes]]);
      await new Promise(requestAnimationFrame);
    }
    return seen;
  }, FRAMES);
  await app.settle();
  return new Map(entries);
}
