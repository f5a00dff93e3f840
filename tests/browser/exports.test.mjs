// Runs on their way out: how far they are, how they are ended, and what goes on beside.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

const ROUNDS = 600_000;
const EVENTS = /[\d\u00a0 ]+ of 1.?800.?001 events, \d+ %/;
const going = (app) => app.page.getByRole('complementary', { name: 'Being saved' });

/** Opens `Alloc`/`Free` text of so many rounds: two taken, one given back. */
async function opened(app) {
  await app.ready();
  await app.page.evaluate((rounds) => {
    const text = Array.from({ length: rounds }, (_, round) => `Alloc(1024),\nAlloc(3072),\nFree(${2 * round}),\n`).join('');
    return window.arenascope.open(new File([text], 'long.trace'));
  }, ROUNDS);
}

/** Asks for a format, by hand. */
async function save(app, format) {
  await app.page.getByRole('button', { name: 'Save as…' }).click();
  await app.page.getByRole('radio', { name: format }).check();
  await app.page.getByRole('button', { name: 'Save', exact: true }).click();
}

appTest('a long export says how far it is, is cancelled, and leaves nothing behind', async (app) => {
  await opened(app);
  const files = [];
  app.page.on('download', (download) => files.push(download.suggestedFilename()));
  await save(app, 'CSV of events');
  await until(async () => EVENTS.test(await going(app).innerText().catch(() => '')), 'how far it is');
  await app.page.getByRole('button', { name: 'Cancel saving long.trace as CSV of events' }).click();
  await until(async () => (await going(app).count()) === 0, 'the end');
  await app.page.getByText('saving long.trace as CSV of events was cancelled').first().waitFor();
  assert.deepEqual(files, []);
  // The next one is written as ever.
  const download = app.page.waitForEvent('download', { timeout: 60_000 });
  await save(app, 'Alloc/Free text');
  assert.equal((await download).suggestedFilename(), 'long.trace.trace');
  await until(async () => (await going(app).count()) === 0, 'no line for what is saved');
});

appTest('a script hears that its export was cancelled', async (app) => {
  await opened(app);
  await app.page.evaluate(() => {
    window.outcome = null;
    window.arenascope.export_run('csv_events').then(() => { window.outcome = 'a file'; }, (error) => { window.outcome = error.message; });
  });
  await app.page.getByRole('button', { name: /^Cancel saving/ }).click();
  const outcome = await until(() => app.page.evaluate(() => window.outcome), 'an outcome');
  assert.equal(outcome, 'saving long.trace as CSV of events was cancelled');
});

appTest('an import does not wait for an export', async (app) => {
  await opened(app);
  const order = await app.page.evaluate(async () => {
    const order = [];
    const exporting = window.arenascope.export_run('csv_events').then((file) => order.push(`export of ${file.size > 1e7}`));
    await window.arenascope.open(new File(['Alloc(64),\nAlloc(32),\nFree(0),\n'], 'small.trace'));
    order.push('import');
    await exporting;
    return order;
  });
  assert.deepEqual(order, ['import', 'export of true']);
});
