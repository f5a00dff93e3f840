// Without a mouse: every control is a tab stop that shows its focus, and the
// keys of the whole page do what the list of keys says.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const CONTROLS = ['Start', 'Reset', 'Pause', 'Snapshot', 'Scenario', 'Policy', 'More', 'Speed', 'Seed', 'Theme'];
const TAB_STOPS_MAX = 80;

const appTest = appSuite();

/** What the focus is on, and whether a person sees that. */
function focusNow() {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const name = element.getAttribute('aria-label') ?? element.labels?.[0]?.textContent ?? element.textContent;
  const outlined = style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) > 0;
  return { name: name.trim(), visible: outlined || style.boxShadow !== 'none' };
}

appTest('the Tab key reaches every control, and each shows its focus', async (app) => {
  await app.ready();
  const reached = [];
  for (let stop = 0; stop < TAB_STOPS_MAX; stop += 1) {
    await app.page.keyboard.press('Tab');
    const focus = await app.page.evaluate(focusNow);
    if (!focus) break;
    reached.push(focus);
  }
  const names = reached.map(({ name }) => name);
  for (const control of [...CONTROLS, 'Overview']) {
    assert.ok(names.some((name) => name.startsWith(control)), `${control} is not among the tab stops: ${names.join(' · ')}`);
  }
  const hidden = reached.filter(({ visible }) => !visible).map(({ name }) => name);
  assert.deepEqual(hidden, [], 'controls that do not show their focus');
});

appTest('the sheet of further settings opens, says what is not as usual, and Escape closes it', async (app) => {
  await app.ready();
  const { keyboard } = app.page;
  const more = app.page.locator('summary', { hasText: 'More' });
  await more.focus();
  await keyboard.press('Enter');
  const names = [];
  for (let stop = 0; stop < 3; stop += 1) {
    await keyboard.press('Tab');
    names.push((await app.page.evaluate(focusNow)).name);
  }
  for (const name of ['Pool mode', 'Mutators', 'Guards']) assert.ok(names.some((it) => it.startsWith(name)), names.join(' · '));
  await app.select('Mutators').selectOption('3');
  assert.match(await more.textContent(), /1 not as usual/);
  await app.page.getByRole('checkbox', { name: 'Guards' }).focus();
  await keyboard.press('Escape');
  assert.equal(await app.page.locator('.more-sheet').isVisible(), false);
  assert.match((await app.page.evaluate(focusNow)).name, /^More/);
  await keyboard.press('Enter');
  await app.button(/^Start/).focus();
  await until(async () => !(await app.page.locator('.more-sheet').isVisible()), 'the sheet to close when the focus goes');
});

appTest('the focused button starts and stops', async (app) => {
  await app.ready();
  await app.button(/^Start/).focus();
  await app.page.keyboard.press('Enter');
  await app.untilMetrics('a run', (m) => m.running);
  await app.button(/^Stop/).focus();
  await app.page.keyboard.press('Enter');
  await app.untilMetrics('a stop', (m) => !m.running);
});

const isSelected = async (app, tab) => (await app.page.getByRole('tab', { name: tab, exact: true }).getAttribute('aria-selected')) === 'true';

appTest('the keys of the page: start, panels, pause, list of keys', async (app) => {
  await app.ready();
  const { keyboard } = app.page;
  await keyboard.press('Control+e');
  await app.untilMetrics('a run', (m) => m.running);
  await keyboard.press('4');
  await until(() => isSelected(app, 'GPU pool'), 'key 4 to show the fourth panel');
  await keyboard.press('1');
  await until(() => isSelected(app, 'Overview'), 'key 1 to show the first panel');
  await keyboard.press('Space');
  const pressed = () => app.button(/^Pause/).getAttribute('aria-pressed');
  await until(async () => (await pressed()) === 'true', 'Space to pause the view');
  await keyboard.press('?');
  const dialog = app.page.getByRole('dialog');
  await dialog.waitFor({ state: 'visible', timeout: 5_000 });
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden', timeout: 5_000 });
  assert.equal((await app.metrics()).running, true);
});

/** What each key of the list does, as the page shows it. */
const EFFECTS = {
  'Ctrl+E': ['Control+e', (app) => app.untilMetrics('a run', (m) => m.running)],
  'Ctrl+Shift+E': ['Control+Shift+e', (app) => app.untilMetrics('a run anew', (m) => m.running && m.time_us < 1_000_000)],
  Space: ['Space', async (app) => until(async () => (await app.button(/^Pause/).getAttribute('aria-pressed')) === 'true', 'a pause')],
  L: ['l', async (app) => until(async () => (await app.button(/^Pause/).getAttribute('aria-pressed')) === 'false', 'live')],
  1: ['1', (app) => until(() => isSelected(app, 'Overview'), 'Overview')],
  2: ['2', (app) => until(() => isSelected(app, 'Timeline'), 'Timeline')],
  3: ['3', (app) => until(() => isSelected(app, 'Arena'), 'Arena')],
  4: ['4', (app) => until(() => isSelected(app, 'GPU pool'), 'GPU pool')],
  5: ['5', (app) => until(() => isSelected(app, 'Budget'), 'Budget')],
  6: ['6', (app) => until(() => isSelected(app, 'Events'), 'Events')],
  7: ['7', (app) => until(() => isSelected(app, 'Leaks'), 'Leaks')],
  8: ['8', (app) => until(() => isSelected(app, 'Stacks'), 'Stacks')],
  9: ['9', (app) => until(() => isSelected(app, 'Snapshots'), 'Snapshots')],
};

appTest('each key of the list does what the list says, and characters can be switched off', async (app) => {
  await app.ready();
  const { keyboard } = app.page;
  await keyboard.press('?');
  const dialog = app.page.getByRole('dialog', { name: 'Keys' });
  await dialog.waitFor({ state: 'visible' });
  const listed = await dialog.locator('dt').allTextContents();
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  for (const [shown, [key, happened]] of Object.entries(EFFECTS)) {
    assert.ok(listed.includes(shown), `${shown} is not in the list: ${listed.join(' · ')}`);
    await keyboard.press(key);
    await happened(app);
  }
  await keyboard.press('?');
  await dialog.getByRole('checkbox').uncheck();
  await keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
  await keyboard.press('1');
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal(await isSelected(app, 'Snapshots'), true, 'a character acts though it is switched off');
  await keyboard.press('Control+e');
  await app.untilMetrics('a stop', (m) => !m.running);
});

appTest('no key of the page acts while a number is typed', async (app) => {
  await app.ready();
  await app.page.getByRole('spinbutton', { name: 'Seed' }).focus();
  for (const key of ['3', 's', 't', '?', ' ']) await app.page.keyboard.press(key);
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.equal((await app.metrics()).running, false);
  assert.equal(await isSelected(app, 'Overview'), true);
  assert.equal(await app.page.getByRole('dialog').count(), 0);
});
