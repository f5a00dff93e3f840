// The GPU pool panel: its bars, histograms and lines say what the metrics say;
// it can be sorted, filtered and used by keys.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

const digits = (text) => Number(text.replace(/[^0-9]/g, ''));

/** A run that has stopped, with its figures still on the page. */
async function stopped(app, config) {
  await app.ready();
  await app.showTab('GPU pool');
  await app.runTo(240, config);
  return app.settle();
}

/** The totals of one group of causes, in the order of its rows. */
const totals = (app, title) => app.page.evaluate((title) => {
  const tables = [...document.querySelectorAll('.cause-table')];
  const table = tables.find((table) => table.querySelector('th').textContent === title);
  return [...table.querySelectorAll('tbody tr')].map((row) => row.querySelectorAll('td')[1].textContent);
}, title);

appTest('causes are those of the metrics', async (app) => {
  const { pool } = await stopped(app, { scenario: 'gpu-thrash', seed: 7 });
  for (const [title, group] of [
    ['Hits by cause', pool.hits_by],
    ['Misses by cause', pool.misses_by],
    ['Destroyed by reason', pool.destroyed_by],
  ]) {
    const same = async () => JSON.stringify((await totals(app, title)).map(digits)) === JSON.stringify(Object.values(group));
    await until(same, `${title} to be ${JSON.stringify(group)}`);
  }
});

appTest('histograms read as published, by keys too', async (app) => {
  const { pool } = await stopped(app, { scenario: 'gpu-thrash', seed: 7 });
  const plot = app.page.getByRole('img', { name: /^Reuse distance/ });
  await plot.focus();
  await app.page.keyboard.press('Home');
  const readout = app.page.locator('.histogram-readout').first();
  await until(async () => /^0 acquires: /.test(await readout.innerText()), 'the first bar');
  const count = (await readout.innerText()).match(/: ([0-9\s\u00a0]+) \(/)[1];
  assert.equal(digits(count), pool.reuse_distance_log2[0]);
});

appTest('the live table has a line for everything alive, filtered and sorted', async (app) => {
  const { pool } = await stopped(app, { scenario: 'level-streaming', seed: 7 });
  const { gpu } = await app.call('pool');
  const alive = pool.in_use_count + pool.pending_count + pool.idle_count;
  assert.equal(gpu.resources.length, alive);
  const sum = gpu.resources.reduce((total, row) => total + row.size_bytes, 0);
  assert.equal(sum, pool.in_use_bytes + pool.pending_bytes + pool.idle_bytes);
  assert.ok(gpu.resources.every((row) => row.tag.length > 0), 'each has an owner');
  const table = app.page.getByRole('table', { name: 'Live resources' });
  await until(async () => (await table.getAttribute('aria-rowcount')) === String(alive + 1), `${alive} lines`);
  await app.page.getByRole('searchbox', { name: 'Filter live resources' }).fill('idle');
  const idle = String(pool.idle_count + 1);
  await until(async () => (await table.getAttribute('aria-rowcount')) === idle, `${pool.idle_count} idle lines`);
  const head = table.getByRole('columnheader', { name: /^Size/ });
  assert.equal(await head.getAttribute('aria-sort'), 'descending');
  await head.getByRole('button').click();
  await until(async () => (await head.getAttribute('aria-sort')) === 'ascending', 'the other direction');
});

appTest('the newest miss says why, and the parameter waits for the next start', async (app) => {
  await app.ready();
  await app.showTab('GPU pool');
  await app.runTo(120, { scenario: 'gpu-thrash', seed: 7 });
  await until(async () => (await app.page.locator('.misses-table tbody tr').count()) > 0, 'a miss');
  await app.select('Size classes per doubling').selectOption('16');
  await app.button('Start again').first().click();
  await app.untilMetrics('classes:16', (m) => m.running && m.pool.mode === 'classes:16');
});
