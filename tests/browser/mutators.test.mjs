// Threads that work on the arena beside the engine: they run, nothing is given
// out twice, what is passed on is freed by others, and they come and go with runs.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

const rows = (m) => m.arena.threads;
const remoteFrees = (m) => rows(m).reduce((sum, row) => sum + row.remote_frees_total, 0);

/** Every byte is accounted for, by the arena and by the budget. */
function assertWhole({ arena, budget }) {
  assert.equal(arena.used_bytes + arena.free_bytes + arena.cached_bytes + arena.metadata_bytes, arena.capacity_bytes);
  assert.equal(budget.categories.reduce((sum, row) => sum + row.arena_bytes, 0), arena.used_bytes);
  assert.equal(arena.overlaps_total, 0);
}

const allWork = (count) => (m) => m.running && rows(m).length === count + 1
  && rows(m).slice(1).every((row) => row.operations_total > 5_000) && (count < 2 || remoteFrees(m) > 50);

appTest('four mutators work, pass on what they hold, and keep the books', async (app) => {
  await app.ready();
  await app.call('start', { mutators: 4, seed: 7 });
  const metrics = await app.untilMetrics('work of four mutators', allWork(4));
  assert.deepEqual(rows(metrics).map(({ name }) => name), ['engine', 'mutator 1', 'mutator 2', 'mutator 3', 'mutator 4']);
  for (let look = 0; look < 40; look += 1) assertWhole(await app.metrics());
  for (const row of rows(metrics).slice(1)) assert.ok(row.cache_hit_ratio > 0.5, `${row.name}: ${row.cache_hit_ratio}`);
  const { config, metrics: inSnapshot } = await app.call('snapshot');
  assert.equal(config.mutators, 4);
  assertWhole(inSnapshot);
});

/** Past the caches, where no free waits for its owner. */
const allWorkGuarded = (count) => (m) => m.running && rows(m).length === count + 1
  && rows(m).every((row, thread) => thread === 0 || row.operations_total > 5_000) && m.frame > 60;

/** What the recorder had to guess; nothing, where nothing was lost. */
async function guesses(app) {
  await app.settle();
  const { lost, refused, inferred, unmatched, corrected } = await app.call('recording');
  return { lost, refused, inferred, unmatched, corrected };
}

const NOTHING = { lost: 0, refused: 0, inferred: 0, unmatched: 0, corrected: 0 };

// With guards a mutator's allocation and its free are told by different threads and of
// different bytes; lossless, so that what is wrong is the telling and not the machine.
appTest('guards and mutators: the recording has to guess nothing, nor has that of the run after', async (app) => {
  await app.ready();
  for (const [guards, mutators] of [[true, 4], [true, 1], [false, 2], [false, 0]]) {
    const before = await guesses(app);
    assert.deepEqual(before, NOTHING, `before ${mutators} mutators, guards ${guards}`);
    await app.call('start', { mutators, guards, seed: 7, arena_bytes: 64 << 20, lossless: true });
    await app.untilMetrics(`${mutators} mutators`, guards ? allWorkGuarded(mutators) : allWork(mutators));
    await app.call('stop');
    assert.deepEqual(await guesses(app), NOTHING, `${mutators} mutators, guards ${guards}`);
  }
});

appTest('stop keeps what is live, start and a change of count begin anew', async (app) => {
  await app.ready();
  await app.call('start', { mutators: 2 });
  await app.untilMetrics('two mutators', allWork(2));
  await app.call('stop');
  const stopped = await app.untilMetrics('a stop', (m) => !m.running);
  assert.ok(stopped.arena.used_bytes > 0);
  for (const [mutators, arena_bytes] of [[3, 64 << 20], [1, 64 << 20], [0, 32 << 20], [2, 32 << 20]]) {
    await app.call('start', { mutators, arena_bytes });
    assertWhole(await app.untilMetrics(`${mutators} mutators`, allWork(mutators)));
  }
  await app.call('reset');
  const { arena, budget } = await app.untilMetrics('a reset', (m) => !m.running && m.arena.used_bytes === 0);
  assert.equal(budget.current_bytes, 0);
  assert.equal(arena.overlaps_total, 0);
});

appTest('the toolbar chooses them, the card shows them, the link keeps them', async (app) => {
  await app.ready();
  await app.showArena('Threads');
  const card = app.page.getByRole('region', { name: 'Threads' });
  assert.match(await card.innerText(), /No mutators in this run/);
  await app.openMoreSettings();
  await app.select('Mutators').selectOption('3');
  await app.button(/^Start/).click();
  await app.untilMetrics('three mutators', allWork(3));
  await until(async () => (await card.locator('tbody tr').count()) === 4, 'a row for each thread');
  assert.match(await card.innerText(), /Mutator 3/);
  await until(() => new URL(app.page.url()).search.includes('mutators=3'), 'the address');
});
