// The Budget panel: the tree says what the metrics say and is walked by keys;
// limits are tried before they are set, refused at their field, and taken back.

import assert from 'node:assert/strict';
import { appSuite, fixed, until } from './fixture.mjs';

const appTest = appSuite();
const MIB = 2 ** 20;

/** The texts of a row of the tree, in the order of its columns. */
const row = (app, path) => app.page.evaluate((path) => {
  const row = document.getElementById(`budget-${path}`);
  return row && [...row.querySelectorAll('td.number')].map((cell) => cell.textContent);
}, path);

const input = (app, name) => app.page.getByRole('textbox', { name });

appTest('rows of the tree are those of the metrics', async (app) => {
  await app.ready();
  await app.showTab('Budget');
  await app.runTo(200, { scenario: 'level-streaming', seed: 7 });
  const { budget } = await app.settle();
  const text = (bytes) => fixed(bytes / MIB, 1);
  for (const category of budget.categories) {
    const expected = [category.current_bytes, category.reserved_bytes, category.min_bytes, category.high_bytes, category.limit_bytes];
    const path = `total/categories/${category.category}`;
    const same = async () => JSON.stringify((await row(app, path))?.slice(0, 5)) === JSON.stringify(expected.map(text));
    await until(same, `${path} to be ${expected.map(text)}`);
  }
});

appTest('arrow keys open, close and walk', async (app) => {
  await app.ready();
  await app.showTab('Budget');
  await app.runTo(60, { scenario: 'game-loop', seed: 7 });
  await until(async () => (await row(app, 'total/categories/ecs')) !== null, 'the categories');
  const focused = () => app.page.evaluate(() => document.activeElement.id);
  await app.page.locator('[id="budget-total"]').focus();
  await app.page.keyboard.press('ArrowDown');
  assert.equal(await focused(), 'budget-total/heaps');
  await app.page.keyboard.press('ArrowLeft');
  await until(async () => (await row(app, 'total/heaps/arena')) === null, 'the heaps to close');
  await app.page.keyboard.press('ArrowRight');
  await until(async () => (await row(app, 'total/heaps/arena')) !== null, 'the heaps to open');
  await app.page.locator('[id="budget-total/categories/ecs"]').focus();
  await app.page.keyboard.press('ArrowRight');
  const expanded = () => app.page.locator('[id="budget-total/categories/ecs"]').getAttribute('aria-expanded');
  await until(async () => (await expanded()) === 'true', 'the tags of ECS');
});

appTest('a limit is tried, applied and taken back', async (app) => {
  await app.ready();
  await app.showTab('Budget');
  await app.runTo(120, { scenario: 'game-loop', seed: 7, budget_mode: 'lending' });
  await app.call('stop');
  const ecs = (metrics) => metrics.budget.categories.find((row) => row.category === 'ecs');
  const before = ecs(await app.metrics());
  const max = input(app, 'ECS, maximum, MiB');
  await max.fill('ten');
  await until(() => app.page.getByText('"ten" is no number').isVisible(), 'the error at the field');
  assert.equal(await app.button('Apply').getAttribute('aria-disabled'), 'true');
  await input(app, 'ECS, minimum, MiB').fill('0');
  await input(app, 'ECS, share, MiB').fill('0.5');
  await max.fill('1');
  const tried = await app.call('what_if', { categories: { ecs: { min_bytes: 0, high_bytes: MIB / 2, max_bytes: MIB } } });
  assert.ok(tried.newly_refused_total > 0, 'the edit would have refused something');
  const refused = app.page.locator('.what-if .figure', { hasText: 'Newly refused, by estimate' }).locator('dd');
  await until(async () => (await refused.count()) === 1 && Number((await refused.innerText()).replace(/\D/g, '')) === tried.newly_refused_total,
    `${tried.newly_refused_total} newly refused`);
  assert.deepEqual(ecs(await app.metrics()).limit_bytes, before.limit_bytes, 'nothing has changed yet');
  await app.button('Apply').click();
  await app.untilMetrics('the new limit', (m) => ecs(m).limit_bytes === MIB && ecs(m).high_bytes === MIB / 2);
  await app.button('Undo').click();
  await app.untilMetrics('the limits of before', (m) => ecs(m).limit_bytes === before.limit_bytes && ecs(m).min_bytes === before.min_bytes);
});

appTest('a handle is dragged by keys, and Cancel forgets it', async (app) => {
  await app.ready();
  await app.showTab('Budget');
  await app.runTo(60, { scenario: 'game-loop', seed: 7 });
  const handle = app.page.getByRole('slider', { name: 'Temporary, maximum, MiB' });
  const before = await input(app, 'Temporary, maximum, MiB').inputValue();
  await handle.focus();
  await app.page.keyboard.press('ArrowLeft');
  await until(async () => (await input(app, 'Temporary, maximum, MiB').inputValue()) !== before, 'the text to follow the handle');
  await app.button('Cancel').click();
  await until(async () => (await input(app, 'Temporary, maximum, MiB').inputValue()) === before, 'the limit of before');
});

appTest('Ctrl+Z takes an applied limit back and Ctrl+Shift+Z applies it again, typed or dragged', async (app) => {
  await app.ready();
  await app.showTab('Budget');
  await app.runTo(120, { scenario: 'game-loop', seed: 7 });
  const { keyboard } = app.page;
  const temporary = (metrics) => metrics.budget.categories.find((row) => row.category === 'temporary').limit_bytes;
  const first = temporary(await app.metrics());
  await input(app, 'Temporary, maximum, MiB').fill('5');
  await app.button('Apply').click();
  await app.untilMetrics('the typed limit', (m) => temporary(m) === 5 * MIB);
  const handle = app.page.getByRole('slider', { name: 'Temporary, maximum, MiB' });
  await until(async () => Number(await handle.inputValue()) === 5, 'the handle at the limit');
  const box = await handle.boundingBox();
  const top = Number(await handle.getAttribute('max'));
  const at = (mib) => [box.x + 4 + (box.width - 8) * (mib / top), box.y + box.height / 2];
  await app.page.mouse.move(...at(5));
  await app.page.mouse.down();
  await app.page.mouse.move(...at(60), { steps: 8 });
  await app.page.mouse.up();
  await app.button('Apply').click();
  const { budget } = await app.untilMetrics('the dragged limit', (m) => temporary(m) > 20 * MIB);
  const dragged = budget.categories.find((row) => row.category === 'temporary').limit_bytes;
  // What is looked at is a step of the same history.
  await keyboard.press('m');
  await keyboard.press('Control+z');
  await keyboard.press('Control+z');
  await app.untilMetrics('the typed limit again', (m) => temporary(m) === 5 * MIB);
  await keyboard.press('Control+z');
  await app.untilMetrics('the limit of before', (m) => temporary(m) === first);
  await keyboard.press('Control+Shift+Z');
  await app.untilMetrics('the typed limit, redone', (m) => temporary(m) === 5 * MIB);
  await keyboard.press('Control+Shift+Z');
  await app.untilMetrics('the dragged limit, redone', (m) => temporary(m) === dragged);
  await keyboard.press('?');
  assert.match(await app.page.getByRole('dialog', { name: 'Keys' }).innerText(), /Ctrl\+Z\s+Undo the last step: what is looked at, or limits that were applied/);
  await keyboard.press('Escape');
  // A new run has limits of its own, and nothing to undo.
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  await keyboard.press('Control+z');
  const { frame } = await app.metrics();
  assert.equal(temporary(await app.untilMetrics('some frames', (m) => m.frame > frame + 20)), first);
});

appTest('the untracked row tells what the browser counts, less what we know of', async (app) => {
  await app.ready();
  await app.showTab('Budget');
  await app.call('start', { scenario: 'game-loop', seed: 7 });
  const supported = await app.page.evaluate(() => typeof performance.measureUserAgentSpecificMemory === 'function');
  assert.ok(supported, 'Chromium has the interface on isolated pages');
  const metrics = await app.untilMetrics('an answer, after a garbage collection', (m) => m.budget.browser_bytes !== null);
  const { arena, budget } = metrics;
  assert.ok(budget.browser_bytes > arena.capacity_bytes, 'the shared memory is part of it');
  assert.ok(budget.untracked_bytes < budget.browser_bytes - arena.capacity_bytes + 1);
  await until(async () => /reported by the browser/.test(await app.page.locator('.untracked').innerText()), 'the row');
});
