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
  'fragmentation-storm': (m) => m.arena.free_range_count > 10 && m.arena.external_fragmentation > 0 && refusals(m) > 0,
  'gpu-thrash': (m) => m.pool.created_total > 10 && m.pool.hits_total > 0 && m.gpu.submits_total > 10,
  leak: (m) => m.arena.allocation_count > 10,
  idle: (m) => m.arena.failures_total === 0,
};

// By the arena, or by a category's limit.
const refusals = (metrics) => metrics.budget.categories.reduce((sum, row) => sum + row.failures_total, metrics.arena.failures_total);

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

// What the leak is, by the scenario's own words: one forgotten allocation every
// eight frames, so many that are found by comparing two snapshots.
const LEAK_EVERY_FRAMES = 8;

// Frames 0 to `frame` − 1 are done; frame 0 leaks.
const leaksUpTo = (frame) => Math.ceil(frame / LEAK_EVERY_FRAMES);

function idsByTag({ arena }) {
  const tags = new Map();
  for (const { tag, id } of arena.allocations) tags.set(tag, (tags.get(tag) ?? new Set()).add(id));
  return tags;
}

appTest('leak: one tag is never freed, and grows by one in eight frames', async (app) => {
  await app.ready();
  await app.runTo(90, { scenario: 'leak', seed: 7 });
  const first = await app.call('snapshot');
  await app.untilMetrics('120 frames more', (m) => m.frame >= first.metrics.frame + 120);
  const second = await app.call('snapshot');
  const grown = leaksUpTo(second.metrics.frame) - leaksUpTo(first.metrics.frame);
  const [before, after] = [idsByTag(first), idsByTag(second)];
  const leaks = [...before].filter(([tag, ids]) => {
    const later = after.get(tag) ?? new Set();
    return [...ids].every((id) => later.has(id)) && later.size - ids.size === grown;
  });
  assert.equal(leaks.length, 1, `tags that only grew, by ${grown}: ${leaks.map(([tag]) => tag)}`);
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
  appTest(`${scenario}: a seed fixes what is asked for, another seed changes it`, async (app) => {
    await app.ready();
    const first = await course(app, { scenario, seed: 11 });
    const again = await course(app, { scenario, seed: 11 });
    const other = await course(app, { scenario, seed: 12 });
    const same = [...first.keys()].filter((frame) => again.has(frame));
    assert.ok(same.length >= 10, `only ${same.length} frames were seen in both runs`);
    for (const frame of same) assert.deepEqual(again.get(frame).asked, first.get(frame).asked, `at frame ${frame}`);
    const differs = [...first].some(([frame, { bytes }]) => other.has(frame) && other.get(frame).bytes !== bytes);
    assert.ok(differs, 'seeds 11 and 12 ask for the same bytes');
  });
}

/**
 * Frame → what was asked for up to it, for the frames seen while a run lasts.
 * What is given back is no part of it: uploads are freed when the GPU has read
 * them, and that is the machine's business. Nor are the uploads that took a range
 * of the arena because the GPU had not yet read what fills the staging ring.
 * `bytes` is for telling seeds apart.
 */
async function course(app, config) {
  await app.call('reset');
  await app.call('start', config);
  const entries = await app.page.evaluate(async (frames) => {
    const seen = [];
    const end = performance.now() + 20_000;
    for (let frame = 0; frame < frames && performance.now() < end;) {
      const { running, arena, pool, gpu, frame: now } = window.arenascope.metrics();
      frame = now;
      const placed = arena.allocations_total + arena.failures_total - gpu.staging.overflows_total;
      const asked = [placed, pool.hits_total + pool.misses_total];
      if (running) seen.push([frame, { asked, bytes: arena.requested_bytes }]);
      await new Promise(requestAnimationFrame);
    }
    return seen;
  }, FRAMES);
  await app.settle();
  return new Map(entries);
}
