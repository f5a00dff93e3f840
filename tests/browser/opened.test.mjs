// What panels show of a recording of another tool: its own words, and nothing of the engine.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();
const KIB = 1024;
const ROUNDS = 500;

/** `Alloc`/`Free` text of so many rounds: two taken, one given back. */
const allocText = Array.from({ length: ROUNDS }, (_, round) => `Alloc(${KIB}),\nAlloc(${3 * KIB}),\nFree(${2 * round}),\n`).join('');

/** Opens it, and waits until its end is shown. */
const open = async (app) => {
  await app.page.evaluate((text) => window.arenascope.open(new File([text], 'mine.trace')), allocText);
  const moment = app.page.getByRole('status', { name: 'Moment' });
  await until(async () => /event 1.?501 of 1.?501/.test(await moment.innerText().catch(() => '')), 'the end of the file');
  return moment;
};
const panel = (app) => app.page.locator('#panel');
const card = (app, name) => app.page.getByRole('region', { name, exact: true });
const says = (app, pattern) => until(async () => pattern.test(await panel(app).innerText()), `a panel with ${pattern}`);

appTest('the Overview of a file has its categories and what is to be known of it', async (app) => {
  await app.ready();
  await open(app);
  await app.showTab('Overview');
  await says(app, /About this recording/);
  for (const engines of ['Budget', 'GPU pool', 'Fragmentation']) assert.equal(await card(app, engines).count(), 0, engines);
  const about = card(app, 'About this recording');
  await until(async () => /Allocations\s+1.?000/.test(await about.innerText()), 'the number of allocations');
  const usage = card(app, 'Usage by category').getByRole('img');
  await until(async () => /Usage 1\.5 MiB, highest 1\.5 MiB/.test(await usage.getAttribute('aria-label')), 'usage of the file');
  assert.doesNotMatch(await panel(app).innerText(), /press Start|GPU buffers|NPU/);
});

appTest('the peak of a file is a moment to go to', async (app) => {
  await app.ready();
  const moment = await open(app);
  await app.showTab('Overview');
  await card(app, 'About this recording').getByRole('button', { name: /at/ }).first().click();
  await until(async () => /event 1.?500 of 1.?501/.test(await moment.innerText()), 'the moment of the peak');
});

appTest('the Timeline of a file has its rows, its jumps and its figures, and all of it is on screen', async (app) => {
  await app.ready();
  await open(app);
  await app.showTab('Timeline');
  const rows = app.page.getByRole('list', { name: 'Rows' });
  await until(async () => /Thread 1/.test(await rows.innerText()), 'the row of the thread');
  assert.doesNotMatch(await rows.innerText(), /Engine|NPU|pressure|limits/);
  assert.equal(await app.page.getByRole('group', { name: /Jump to/ }).count(), 1);
  const memory = card(app, 'Memory');
  await until(async () => /Live bytes\s+1\.5 MiB/.test(await memory.innerText()), 'live bytes');
  assert.match(await memory.innerText(), /Freed 1\.0 KiB/);
  assert.match(await memory.innerText(), /Live allocations\s+500/);
  assert.doesNotMatch(await memory.innerText(), /Arena used|Budget|Tensors|GPU/);
  const shown = await app.page.locator('#timeline-canvas').getAttribute('aria-label');
  assert.match(shown, /shown: .*0(\.000000 s)? to /);
  assert.doesNotMatch(shown, /to 30\./);
});

appTest('the Arena panel of a file says what the file does not hold', async (app) => {
  await app.ready();
  await open(app);
  await app.showTab('Arena');
  await app.page.getByRole('tab', { name: /^Refusals/ }).click();
  await says(app, /No allocation failed up to this moment/);
  await app.page.getByRole('tab', { name: 'Threads' }).click();
  await says(app, /a row for each thread of the file/);
  await app.page.getByRole('tab', { name: 'Fragmentation' }).click();
  assert.equal(await card(app, 'Internal waste and caches').count(), 0);
});

appTest('the engine’s own panels come back with its run', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  await open(app);
  await app.showTab('Overview');
  await says(app, /About this recording/);
  await app.page.getByRole('navigation', { name: 'Open runs' }).getByRole('button', { name: 'Engine · running', exact: true }).click();
  await card(app, 'Budget').waitFor();
  await card(app, 'GPU pool').waitFor();
  await app.showTab('Timeline');
  await until(async () => /Engine/.test(await app.page.getByRole('list', { name: 'Rows' }).innerText()), 'the engine’s row');
});
