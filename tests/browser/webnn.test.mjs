// Real WebNN, in the headless shell: graphs of every kind run there and agree
// with the reference on the CPU; tensors are reused; a lost context comes back.

import assert from 'node:assert/strict';
import { auditMetrics } from './audit.mjs';
import { launchShell } from './browsers.mjs';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite({ launch: launchShell });

const inWorkers = (app, what) => Promise.all(app.page.workers().map((worker) => worker.evaluate(what)));

const sum = (rows, of) => rows.reduce((total, row) => total + of(row), 0);

// Wraps WebNN inside the worker that uses it: a count that knows nothing of
// the engine's own, and the operators that graphs are really made of.
function installTracker() {
  const counts = { created: 0, destroyed: 0, bytes: 0, dispatches: 0, operators: {} };
  globalThis.nnTracker = counts;
  if (!globalThis.MLContext) return;
  const alive = new WeakMap();
  const wrap = (prototype, name, wrapper) => {
    const original = prototype[name];
    prototype[name] = function tracked(...args) {
      return wrapper.call(this, original, args);
    };
  };
  wrap(MLContext.prototype, 'createTensor', async function create(original, [descriptor]) {
    const tensor = await original.call(this, descriptor);
    const bytes = descriptor.shape.reduce((product, extent) => product * extent, 4);
    alive.set(tensor, bytes);
    counts.created += 1;
    counts.bytes += bytes;
    return tensor;
  });
  wrap(MLContext.prototype, 'dispatch', function dispatch(original, args) {
    counts.dispatches += 1;
    return original.apply(this, args);
  });
  wrap(MLTensor.prototype, 'destroy', function destroy(original) {
    if (alive.has(this)) {
      counts.destroyed += 1;
      counts.bytes -= alive.get(this);
      alive.delete(this);
    }
    return original.call(this);
  });
  for (const name of ['matmul', 'gemm', 'conv2d', 'maxPool2d', 'softmax', 'concat', 'relu']) {
    wrap(MLGraphBuilder.prototype, name, function operator(original, args) {
      counts.operators[name] = (counts.operators[name] ?? 0) + 1;
      return original.apply(this, args);
    });
  }
}

async function tracked(app) {
  const trackers = await inWorkers(app, () => globalThis.nnTracker);
  const operators = Object.assign({}, ...trackers.map((tracker) => tracker.operators));
  const counts = ['created', 'destroyed', 'bytes', 'dispatches'].map((name) => [name, sum(trackers, (t) => t[name])]);
  return { operators, ...Object.fromEntries(counts) };
}

appTest('capabilities: WebNN is ready and names its device and its largest tensor', async (app) => {
  await app.ready();
  const { webgpu, webnn } = await app.call('capabilities');
  assert.equal(webgpu.state, 'ready');
  assert.equal(webnn.state, 'ready');
  assert.equal(webnn.device, 'cpu');
  assert.ok(webnn.max_tensor_bytes >= 1 << 20, `${webnn.max_tensor_bytes}`);
});

// The operators that tell each kind of network by.
const KINDS = [
  { scenario: 'game-loop', operators: ['matmul', 'relu'] },
  { scenario: 'inference-burst', operators: ['conv2d', 'relu', 'maxPool2d', 'gemm', 'matmul'] },
  { scenario: 'llm-decode', operators: ['matmul', 'gemm', 'softmax', 'concat'] },
];

for (const { scenario, operators } of KINDS) {
  for (const mode of ['exact', 'classes']) {
    appTest(`${scenario}, ${mode}: runs on WebNN, every result agrees, tensors are counted`, async (app) => {
      await app.ready();
      await inWorkers(app, installTracker);
      await app.runTo(100, { scenario, pool_mode: mode, seed: 7 });
      await app.untilMetrics('graph runs', (m) => m.nn.dispatches_total > 20);
      const metrics = await app.settle();
      const { nn } = metrics;
      assert.equal(nn.mode, 'webnn');
      assert.deepEqual([nn.mismatches_total, nn.failures_total], [0, 0]);
      assert.deepEqual(auditMetrics(metrics), []);
      const seen = await tracked(app);
      assert.deepEqual(
        [seen.created, seen.destroyed, seen.bytes, seen.dispatches],
        [nn.pool.created_total, nn.pool.destroyed_total, nn.tensor_bytes, nn.dispatches_total],
      );
      for (const operator of operators) assert.ok(seen.operators[operator] > 0, `${operator} was never built`);
    });
  }
}

appTest('game-loop: after a warm-up no tensor is created', async (app) => {
  await app.ready();
  await app.runTo(240, { scenario: 'game-loop', pool_mode: 'classes', seed: 7, speed: 4 });
  const warm = (await app.metrics()).nn;
  const later = (await app.untilMetrics('more runs', (m) => m.nn.dispatches_total > warm.dispatches_total + 60)).nn;
  assert.equal(later.pool.created_total, warm.pool.created_total);
  assert.ok(later.pool.hits_total > warm.pool.hits_total + 60);
});

appTest('llm-decode: 64 tensors grow, and classes make reuse of it', async (app) => {
  await app.ready();
  await app.runTo(400, { scenario: 'llm-decode', pool_mode: 'classes', seed: 7, speed: 2 });
  const { nn, budget } = await app.settle();
  assert.equal(nn.mismatches_total, 0);
  assert.ok(nn.pool.in_use_count >= 64, `${nn.pool.in_use_count} tensors in use`);
  // Exact sizes would make it half: inputs and outputs alone.
  assert.ok(nn.pool.hit_ratio > 0.6, `hit ratio ${nn.pool.hit_ratio}`);
  const row = budget.categories.find(({ category }) => category === 'npu_tensors');
  assert.equal(row.npu_bytes, nn.tensor_bytes);
});

appTest('tensors and graphs go when the run is reset', async (app) => {
  await app.ready();
  await inWorkers(app, installTracker);
  await app.runTo(60, { scenario: 'llm-decode', seed: 7 });
  await app.settle();
  await app.call('reset');
  const none = (m) => m.nn.tensors_live === 0 && m.nn.tensor_bytes === 0 && m.nn.graphs_live === 0;
  await app.untilMetrics('no tensor', none);
  await until(async () => (await tracked(app)).bytes === 0, 'WebNN to have no tensor of ours');
});

for (const scenario of ['llm-decode', 'game-loop']) {
  appTest(`${scenario}: a lost context comes back, and the run goes on`, async (app) => {
    await app.ready();
    await app.runTo(60, { scenario, seed: 7 });
    await app.call('lose_nn_context');
    const lost = await app.untilMetrics('the loss', (m) => m.nn.context_losses_total === 1);
    const later = await app.untilMetrics(
      'new runs on a new context',
      (m) => m.nn.dispatches_total > lost.nn.dispatches_total + 20 && m.nn.tensors_live > 0,
    );
    assert.deepEqual([later.nn.mode, later.nn.mismatches_total], ['webnn', 0]);
    assert.equal(later.nn.context_losses_total, 1);
    assert.deepEqual(auditMetrics(later), []);
    assert.equal((await app.call('capabilities')).webnn.state, 'ready');
  });
}

appTest('an operator that a context refuses: said by name, and WebGPU instead', async (app) => {
  await app.ready();
  await inWorkers(app, () => {
    if (!globalThis.MLContext) return;
    const { opSupportLimits } = MLContext.prototype;
    MLContext.prototype.opSupportLimits = function without() {
      return { ...opSupportLimits.call(this), softmax: { input: { dataTypes: ['float16'] }, output: { dataTypes: [] } } };
    };
  });
  await app.runTo(60, { scenario: 'llm-decode', seed: 7 });
  // Limits are read when a context is opened.
  await app.call('lose_nn_context');
  const metrics = await app.untilMetrics(
    'runs on WebGPU', (m) => m.nn.mode === 'webgpu-emulated' && m.frame > 120,
  );
  assert.equal(metrics.nn.mismatches_total, 0);
  assert.deepEqual(auditMetrics(metrics), []);
  const { webnn } = await app.call('capabilities');
  assert.equal(webnn.state, 'rejected');
  assert.match(webnn.reason, /softmax takes no float32 as input/);
  await until(
    () => app.page.evaluate(() => document.body.innerText.includes('emulated on WebGPU')), 'the page to say so',
  );
});

appTest('a wrong number in a result is a mismatch', async (app) => {
  await app.ready();
  await inWorkers(app, () => {
    if (!globalThis.MLContext) return;
    const { readTensor } = MLContext.prototype;
    MLContext.prototype.readTensor = async function wrong(tensor, view) {
      await readTensor.call(this, tensor, view);
      // The highest byte of the first number: sign and exponent.
      view[3] ^= 0x80;
    };
  });
  for (const { scenario } of KINDS) {
    await app.call('start', { scenario, seed: 7 });
    const { nn } = await app.untilMetrics('mismatches', (m) => m.nn.mismatches_total > 8);
    assert.ok(nn.mismatches_total >= nn.dispatches_total - 1, `${nn.mismatches_total} of ${nn.dispatches_total}`);
  }
});

appTest('tensors that cannot be created: counted, undone, and no result is wrong', async (app) => {
  await app.ready();
  await inWorkers(app, () => {
    if (!globalThis.MLContext) return;
    let creations = 0;
    const { createTensor } = MLContext.prototype;
    MLContext.prototype.createTensor = function seldom(descriptor) {
      creations += 1;
      return creations % 5 ? createTensor.call(this, descriptor) : Promise.reject(new Error('no room for a tensor'));
    };
  });
  await inWorkers(app, installTracker);
  await app.runTo(100, { scenario: 'llm-decode', seed: 7 });
  const metrics = await app.settle();
  assert.ok(metrics.nn.failures_total > 0 && metrics.nn.dispatches_total > 20, JSON.stringify(metrics.nn));
  assert.equal(metrics.nn.mismatches_total, 0);
  assert.deepEqual(auditMetrics(metrics), []);
  assert.equal((await tracked(app)).bytes, metrics.nn.tensor_bytes);
});
