// The scripting interface: what it says of the platform, what it accepts, and
// what it answers to nonsense.

import assert from 'node:assert/strict';
import { appSuite } from './fixture.mjs';

const MIB = 1024 * 1024;
const SCENARIOS = [
  'game-loop', 'level-streaming', 'llm-decode', 'inference-burst', 'fragmentation-storm', 'gpu-thrash', 'leak', 'idle',
];

const appTest = appSuite();

appTest('version is the crate\'s', async (app) => {
  await app.ready();
  assert.match(await app.call('version'), /^\d+\.\d+\.\d+/);
});

appTest('capabilities: isolated, threads, a WebGPU that is named as software', async (app) => {
  await app.ready();
  const { cross_origin_isolated: isolated, threads, webgpu, webnn } = await app.call('capabilities');
  assert.equal(isolated, true);
  assert.ok(threads, 'threads are there');
  assert.equal(webgpu.state, 'ready');
  assert.equal(webgpu.software, true, 'SwiftShader is a software adapter');
  assert.ok(webgpu.adapter.length > 0, 'the adapter has a name');
  assert.ok(['absent', 'rejected'].includes(webnn.state), `this Chromium has no WebNN, but it says ${webnn.state}`);
  if (webnn.state === 'rejected') assert.ok(webnn.reason.length > 0, 'the browser\'s reason is told');
});

appTest('without WebNN the emulation says that it is one', async (app) => {
  await app.ready();
  const { nn } = await app.runTo(60, { scenario: 'inference-burst', seed: 7 });
  assert.match(nn.mode, /^(webgpu|cpu)-emulated$/);
});

appTest('start: every choice is accepted and shows in the figures', async (app) => {
  await app.ready();
  for (const policy of ['first_fit', 'seed_compat']) {
    for (const mode of ['exact', 'classes']) {
      await app.call('start', { scenario: 'idle', policy, pool_mode: mode });
      const { arena, pool } = await app.untilMetrics('the run', (m) => m.running && m.arena.policy === policy && m.pool.mode === mode);
      assert.deepEqual([arena.policy, pool.mode], [policy, mode]);
    }
  }
});

// Argument, bad values, and what the message must name beside the argument.
const REFUSALS = [
  ['scenario', ['no-such', '', 7], SCENARIOS],
  ['policy', ['best', 3], ['first_fit', 'seed_compat']],
  ['pool_mode', ['buddy', false], ['exact', 'classes']],
  ['seed', [-1, 1.5, 'x', Number.MAX_VALUE], ['integer']],
  ['speed', [-1, 0, 'fast', 1e9], ['0.25', '8']],
  ['mutators', [-1, 9, 1.5, 'all'], ['0 to 8']],
  ['recording_bytes', [0, 1 << 20, 2 ** 31, 'much'], ['4194304 to 1073741824']],
  ['recording_full', ['wait', 1, ''], ['drop_oldest, stop']],
  ['lossless', ['yes', 1], ['true, false']],
  ['arena_bytes', [0, 1, 16 * MIB - 1, 1024 * MIB + 1, -16 * MIB, 32 * MIB + 0.5, 'big'], [`${16 * MIB}`, `${1024 * MIB}`]],
];

for (const [argument, values, allowed] of REFUSALS) {
  appTest(`start: refuses a bad ${argument}, names it and what is allowed`, async (app) => {
    await app.ready();
    for (const value of values) {
      const message = await app.rejection('start', { scenario: 'idle', [argument]: value });
      for (const words of [argument, ...allowed]) {
        assert.ok(message.includes(words), `${argument} = ${JSON.stringify(value)}: "${message}" does not name ${words}`);
      }
    }
    const { running } = await app.metrics();
    assert.equal(running, false, 'a refused start leaves the engine as it was');
  });
}

appTest('start: refuses what is no object, and unknown arguments', async (app) => {
  await app.ready();
  for (const value of [7, 'game-loop', []]) assert.ok((await app.rejection('start', value)).length > 0);
  assert.match(await app.rejection('start', { scenario: 'idle', sede: 1 }), /sede/);
});

appTest('arena_bytes: 16 MiB to 1 GiB; a refused size leaves the one before', async (app) => {
  await app.ready();
  for (const size of [16 * MIB, 256 * MIB, 1024 * MIB, 64 * MIB]) {
    await app.call('start', { scenario: 'game-loop', arena_bytes: size });
    const { arena } = await app.untilMetrics(`an arena of ${size / MIB} MiB at work`, (m) => m.arena.capacity_bytes === size && m.frame >= 5);
    assert.equal(arena.capacity_bytes, size);
  }
  await app.rejection('start', { scenario: 'game-loop', arena_bytes: 2048 * MIB });
  const { arena } = await app.metrics();
  assert.equal(arena.capacity_bytes, 64 * MIB);
});

appTest('start without arguments runs the defaults, and answers with them', async (app) => {
  await app.ready();
  const applied = await app.call('start');
  assert.deepEqual(Object.keys(applied).sort(), ['arena_bytes', 'budget_mode', 'guards', 'lossless', 'mutators', 'policy', 'pool_mode', 'recording_bytes', 'recording_file', 'recording_full', 'scenario', 'seed', 'speed']);
  const { arena, pool } = await app.untilMetrics('the run', (m) => m.running && m.frame > 5);
  assert.deepEqual([arena.policy, arena.capacity_bytes, pool.mode], [applied.policy, applied.arena_bytes, applied.pool_mode]);
});

appTest('set_speed: changes the run in progress, and refuses nonsense', async (app) => {
  await app.ready();
  await app.runTo(5, { scenario: 'idle', speed: 8 });
  for (const speed of [0, -1, 'fast', 100]) assert.match(await app.rejection('set_speed', speed), /speed/);
  await app.call('set_speed', 0.25);
  const { config } = await app.call('snapshot');
  assert.equal(config.speed, 0.25);
  assert.equal((await app.metrics()).running, true);
});

appTest('start, stop and reset hold in any order', async (app) => {
  await app.ready();
  await app.call('stop');
  await app.call('reset');
  await app.runTo(5, { scenario: 'game-loop' });
  await app.runTo(5, { scenario: 'llm-decode' });
  await app.call('reset');
  await app.call('stop');
  await app.call('stop');
  await app.runTo(5, { scenario: 'gpu-thrash' });
});
