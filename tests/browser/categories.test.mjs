// Categories by rules of the user's, on an opened recording.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();
const KIB = 1024;
const ROUNDS = 5_000;

/** Live at the end: one of 3 KiB for each round, and every other of 1 KiB. */
const text = Array.from({ length: ROUNDS }, (_, round) => `Alloc(${KIB}),\nAlloc(${3 * KIB}),\n${round % 2 ? `Free(${2 * round}),\n` : ''}`).join('');

const open = (app) => app.page.evaluate((text) => window.arenascope.open(new File([text], 'mine.trace')), text);
const shown = async (app) => (await app.call('runs')).find((run) => run.is_shown);
const labels = async (app) => (await shown(app)).manifest.categories.map((category) => category.label);
const dialog = (app) => app.page.getByRole('dialog', { name: 'Categories by rules' });
const usage = async (app) => {
  await app.showTab('Overview');
  return app.page.getByRole('region', { name: 'Usage by category' }).innerText();
};

appTest('rules are typed, applied, changed and taken away', async (app) => {
  await app.ready();
  await open(app);
  const before = await labels(app);
  await app.page.getByRole('button', { name: 'Categories…' }).click();
  await dialog(app).getByRole('textbox', { name: 'Rules' }).fill('size >= 2 KiB => Large ones\nsize 7 => Nothing');
  await dialog(app).getByRole('button', { name: 'Apply' }).click();
  await dialog(app).waitFor({ state: 'detached' });
  assert.deepEqual(await labels(app), ['Large ones', 'Nothing', ...before]);
  const run = await shown(app);
  assert.equal(run.name, 'mine.trace');
  assert.equal(run.events, 1 + 2 * ROUNDS + ROUNDS / 2);
  const notes = run.manifest.notes.map((note) => note.text);
  assert.ok(notes.some((note) => note.includes(`2 rules of yours: ${ROUNDS} allocations; ${ROUNDS} keep`)), notes.join('\n'));
  assert.ok(notes.some((note) => note.includes('no allocation falls under the rule `size 7')), notes.join('\n'));
  await until(async () => /Large ones/.test(await usage(app)), 'the category in the legend');
  // One entry in the row, and the dialog has the rules again.
  assert.equal((await app.call('runs')).length, 2);
  await app.page.getByRole('button', { name: 'Categories…' }).click();
  const box = dialog(app).getByRole('textbox', { name: 'Rules' });
  assert.match(await box.inputValue(), /^size >= 2 KiB => Large ones\n/);
  await dialog(app).getByRole('button', { name: 'Categories of the file' }).click();
  await dialog(app).waitFor({ state: 'detached' });
  assert.deepEqual(await labels(app), before);
});

appTest('a rule that means nothing is named, and changes nothing', async (app) => {
  await app.ready();
  await open(app);
  const before = await labels(app);
  await app.page.getByRole('button', { name: 'Categories…' }).click();
  await dialog(app).getByRole('textbox', { name: 'Rules' }).fill('\nstack contain x => A');
  await dialog(app).getByRole('button', { name: 'Apply' }).click();
  await until(async () => /line 2: .*is no condition/.test(await dialog(app).innerText()), 'what is wrong');
  assert.deepEqual(await labels(app), before);
  await dialog(app).getByRole('button', { name: 'Cancel' }).click();
  assert.match(await app.rejection('set_categories', 'size 1'), /line 1: no `=> category`/);
  assert.match(await app.rejection('set_categories', 7), /takes rules as text/);
});

appTest('the engine’s run keeps its own; closing gives both logs back', async (app) => {
  await app.ready();
  assert.match(await app.rejection('set_categories', 'size 1 => A'), /engine's own categories/);
  const button = app.page.getByRole('button', { name: 'Categories…' });
  assert.equal(await button.getAttribute('aria-disabled'), 'true');
  for (let round = 0; round < 20; round += 1) {
    await open(app);
    await app.call('set_categories', `size >= ${round} => All of them`);
    assert.deepEqual((await labels(app)).slice(0, 1), ['All of them']);
    await app.call('close_run', (await shown(app)).run);
    assert.equal((await app.call('runs')).length, 1);
  }
});

appTest('rules are changed at an earlier moment and while the engine runs', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  await open(app);
  await app.call('show_moment', { event: 100 });
  await app.call('set_categories', 'size >= 2 KiB => Large ones');
  await app.call('set_categories', 'size < 2 KiB => Small ones');
  assert.equal((await labels(app))[0], 'Small ones');
  assert.ok(!(await labels(app)).includes('Large ones'));
  assert.equal((await app.metrics()).running, true);
  await app.call('show_moment', { event: 50 });
});
