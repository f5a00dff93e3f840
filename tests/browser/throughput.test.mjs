// The throughput measurement: what it accepts, that it is one at a time, that
// the engine goes on beside it, and the card that shows it.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

// Policies that take part a second time, behind a thread's cache.
const THREADED = ['first_fit + threads', 'best_fit + threads', 'tlsf + threads', 'bins + threads'];
const QUICK = { seconds: 1 };

/** Begins a measurement and keeps its promise in the page, to be asked later. */
const begin = (app, args) => app.page.evaluate((args) => {
  window.measurement = window.arenascope.bench(args).then((rows) => ({ rows }), (error) => ({ message: error.message }));
}, args);
const outcome = (app) => app.page.evaluate(() => window.measurement);

appTest('bench: a row for each policy and for talc, the fastest first', async (app) => {
  await app.ready();
  const rows = await app.call('bench', QUICK);
  const policies = (await app.call('policies')).map(({ key }) => key);
  const keys = [...policies, ...THREADED];
  assert.deepEqual(rows.map(({ policy }) => policy).sort(), [...keys, 'talc'].sort());
  const talc = rows.find(({ policy }) => policy === 'talc');
  assert.equal(talc.ratio_to_talc, 1);
  for (const { policy, ns_per_operation: ns, ratio_to_talc: ratio, operations, failures } of rows) {
    assert.ok(ns.minimum > 0 && ns.minimum <= ns.median, `${policy}: ${ns.minimum} and ${ns.median} ns`);
    assert.ok(Math.abs(ratio - ns.minimum / talc.ns_per_operation.minimum) < 1e-9, `${policy}: ratio ${ratio}`);
    assert.ok(operations >= 10_000, `${policy}: ${operations} operations`);
    assert.equal(failures, 0, `${policy} refused`);
  }
  const times = rows.map((row) => row.ns_per_operation.minimum);
  assert.deepEqual(times, times.toSorted((a, b) => a - b));
  console.log(rows.map((row) => `${row.policy} ${row.ns_per_operation.minimum.toFixed(1)} ns × ${row.ratio_to_talc.toFixed(2)}`).join(', '));
});

appTest('bench: chosen policies and live allocations', async (app) => {
  await app.ready();
  const rows = await app.call('bench', { ...QUICK, policies: ['tlsf', 'bins'], live: 100 });
  assert.deepEqual(rows.map(({ policy }) => policy).sort(), ['bins', 'bins + threads', 'talc', 'tlsf', 'tlsf + threads']);
});

appTest('bench: what cannot be used is named with what can', async (app) => {
  await app.ready();
  const cases = [
    [{ policies: ['magic'] }, /`policies` is "magic"; allowed: first_fit/],
    [{ policies: [] }, /`policies`.*a list/],
    [{ live: 1 }, /`live` is 1; allowed: an integer from 100 to 10000/],
    [{ seconds: 0 }, /`seconds` is 0; allowed: a number from 1 to 60/],
    [{ second: 1 }, /`second` is unknown; allowed: policies, live, seconds/],
    ['fast', /an object/],
  ];
  for (const [args, message] of cases) assert.match(await app.rejection('bench', args), message);
});

appTest('bench: one at a time, it can be cancelled, and begun again', async (app) => {
  await app.ready();
  await begin(app, { seconds: 60 });
  assert.match(await app.rejection('bench', QUICK), /measured already/);
  const progress = app.page.locator('progress');
  await app.showArena('Threads');
  await until(async () => (await progress.count()) === 1 && (await progress.evaluate((bar) => bar.value)) > 0, 'progress');
  await app.call('cancel_bench');
  assert.match((await outcome(app)).message, /cancelled/);
  await until(async () => (await progress.count()) === 0, 'the progress to go');
  const rows = await app.call('bench', { ...QUICK, policies: ['tlsf'] });
  assert.equal(rows.length, 3);
  await app.call('cancel_bench');
});

appTest('bench: cancelled before the worker is up', async (app) => {
  await app.ready();
  const message = await app.page.evaluate(async () => {
    const measured = window.arenascope.bench().then(() => 'done', (error) => error.message);
    await window.arenascope.cancel_bench();
    return measured;
  });
  assert.match(message, /cancelled/);
  assert.equal((await app.call('bench', { ...QUICK, policies: ['tlsf'] })).length, 3);
});

appTest('bench: the engine runs on beside it, and its figures stay whole', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  await begin(app, QUICK);
  const { frame } = await app.metrics();
  await app.untilMetrics('the engine to go on', (m) => m.frame > frame + 20);
  const { rows } = await outcome(app);
  assert.ok(rows.length > 1);
  const { arena } = await app.metrics();
  assert.equal(arena.used_bytes + arena.free_bytes + arena.cached_bytes + arena.metadata_bytes, arena.capacity_bytes);
});

appTest('the card says what it will do, measures, and shows every policy', async (app) => {
  await app.ready();
  await app.showArena('Threads');
  const card = app.page.getByRole('region', { name: 'Throughput on this machine' });
  assert.match(await card.innerText(), /take turns/);
  await card.getByRole('button', { name: 'Run' }).click();
  await card.getByRole('button', { name: 'Cancel' }).waitFor();
  const rows = card.locator('table').first().locator('tbody tr');
  const count = (await app.call('policies')).length + THREADED.length + 1;
  await until(async () => (await rows.count()) === count, 'the table');
  const text = await card.innerText();
  assert.match(text, /talc \(reference\)/);
  assert.match(text, /1.000 live allocations/);
  assert.equal(await card.getByRole('button', { name: 'Copy' }).count(), 1);
  const recording = card.getByRole('table', { name: 'What recording costs' });
  await recording.waitFor();
  assert.equal(await recording.locator('tbody tr').count(), 4);
  assert.match(await recording.innerText(), /Recorder, one thread\s+[\d.]+ M\/s\s+[\d.]+ B an event/);
  await card.getByRole('button', { name: 'Run' }).waitFor();
});

appTest('bench_recording: what events cost who tells them and who takes them in', async (app) => {
  await app.ready();
  const costs = await app.call('bench_recording');
  for (const { ns_without: without, ns_with: with_, ratio, lost } of [costs.bare, costs.threaded]) {
    assert.ok(without > 0 && with_ > 0 && Math.abs(ratio - with_ / without) < 1e-9, `${without} and ${with_} ns, × ${ratio}`);
    assert.equal(lost, 0);
  }
  for (const [{ events, per_second: perSecond, bytes_per_event: bytes, has_gaps: hasGaps }, least] of [[costs.one_thread, 1_000_000], [costs.four_threads, 250_000]]) {
    assert.ok(events >= least && perSecond > 0 && bytes > 10 && bytes < 32, `${events} events, ${perSecond} a second, ${bytes} B`);
    assert.equal(hasGaps, false);
  }
  console.log(JSON.stringify(costs));
});

appTest('bench_recording: one at a time with bench, and it can be cancelled', async (app) => {
  await app.ready();
  await app.page.evaluate(() => { window.measurement = window.arenascope.bench_recording().then(() => 'done', (error) => error.message); });
  assert.match(await app.rejection('bench', QUICK), /measured already/);
  await app.call('cancel_bench');
  assert.match(await outcome(app), /cancelled/);
});

appTest('the palette knows the measurement', async (app) => {
  await app.ready();
  await app.page.keyboard.press('Control+k');
  await app.page.keyboard.type('throughput');
  await app.page.keyboard.press('Enter');
  await app.page.locator('progress').waitFor();
  await app.call('cancel_bench');
});
