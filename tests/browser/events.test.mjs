// The Events panel: what it counts is what the engine counts, every row can be
// reached, and the keys do what they say.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const MIB = 1024 * 1024;
const STORM = { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 64 * MIB, speed: 8 };

const appTest = appSuite();

const plain = (text) => text.replaceAll('\u00a0', ' ');
const digits = (text) => Number(text.replaceAll(/\D/g, ''));
const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
const grid = (app) => app.page.getByRole('grid', { name: 'Events' });
const rows = (app) => app.page.locator('.event-window .event-row');
const filter = (app, name) => app.page.getByRole('search').getByLabel(name, { exact: true });

/** The number of rows that the table says it has. */
const rowCount = async (app) => Number(await grid(app).getAttribute('aria-rowcount')) - 1;

/** What the panel says it found, once it is done counting. */
async function found(app) {
  return until(async () => {
    const text = plain(await app.page.locator('.events-count').innerText());
    const match = /^([\d ]+?)(?: of ([\d ]+))? events$/.exec(text);
    return match && { matching: digits(match[1]), whole: digits(match[2] ?? match[1]) };
  }, 'a count');
}

/** A run of at least so many events, stopped and recorded to the end. */
async function recorded(app, events, config = STORM) {
  await app.call('start', config);
  await app.untilMetrics(`${events} events`, (m) => m.self.events_total >= events, 60_000);
  const metrics = await app.settle();
  assert.equal(metrics.self.events_lost_total, 0, 'events were lost');
  await app.showTab('Events');
  await until(async () => (await found(app)).whole === (await app.metrics()).self.events_total, 'all events in the table');
  return app.metrics();
}

async function choose(app, name, label) {
  const select = filter(app, name);
  await select.selectOption({ label });
}

appTest('counts are the engine\'s: all, by operation, by result, by words', async (app) => {
  await app.ready();
  const { self: own, arena, pool } = await recorded(app, 20_000);
  assert.deepEqual(await found(app), { matching: own.events_total, whole: own.events_total });
  const cases = [['Allocate', arena.allocations_total], ['Free', arena.frees_total], ['Allocation failed', arena.failures_total],
    ['Create resource', pool.created_total], ['Destroy resource', pool.destroyed_total]];
  for (const [label, expected] of cases) {
    await choose(app, 'Operation', label);
    await until(async () => (await found(app)).matching === expected, `${expected} × ${label}`);
    assert.equal(await rowCount(app), expected, label);
  }
  await choose(app, 'Operation', 'All');
  await filter(app, 'Words').fill('allocation failed');
  await until(async () => (await found(app)).matching === arena.failures_total, 'failures by words');
  await filter(app, 'Words').fill('');
  await choose(app, 'Result', 'Refused or failed');
  await until(async () => (await found(app)).matching >= arena.failures_total, 'failures by result');
  await app.button('Clear filters').first().click();
  await until(async () => (await found(app)).matching === own.events_total, 'everything again');
});

appTest('what is typed is a range, or is said to be none', async (app) => {
  await app.ready();
  const { self: own } = await recorded(app, 20_000);
  const size = filter(app, 'Size');
  await size.fill('<= 4 KiB');
  const small = await until(async () => { const { matching } = await found(app); return matching < own.events_total && matching; }, 'fewer');
  await size.fill('> 4 KiB');
  await until(async () => (await found(app)).matching === own.events_total - small, 'the others');
  await size.fill('many');
  await until(async () => (await size.getAttribute('aria-invalid')) === 'true', 'a complaint');
  assert.equal((await found(app)).matching, own.events_total - small, 'what was asked before stays');
  await size.fill('');
  await filter(app, 'Words').fill('no such thing');
  const nothing = app.page.getByText('No event of this run matches.');
  await nothing.waitFor();
  await app.page.locator('.events-nothing').getByRole('button', { name: 'Clear filters' }).click();
  await until(async () => (await found(app)).matching === own.events_total, 'everything again');
});

appTest('the last of more than 100 000 events is reached exactly, and the first again', async (app) => {
  await app.ready();
  const { self: own } = await recorded(app, 100_000, { ...STORM, speed: 8 });
  await grid(app).focus();
  await app.page.keyboard.press('End');
  const active = () => app.page.locator('.event-row.active');
  const at = async (row) => until(async () => (await active().count()) === 1 && Number(await active().getAttribute('aria-rowindex')) === row + 2, `row ${row}`);
  await at(own.events_total - 1);
  assert.equal(plain(await active().getAttribute('title')).replaceAll(' ', '').startsWith('Event'), true);
  const bottom = await app.page.evaluate(() => {
    const view = document.querySelector('.event-grid').getBoundingClientRect();
    const all = [...document.querySelectorAll('.event-window .event-row')];
    const last = all.at(-1).getBoundingClientRect();
    return { gap: view.bottom - last.bottom, rows: all.length };
  });
  assert.ok(bottom.gap > -2 && bottom.gap < 24, `the last row ends ${bottom.gap} px above the view's end`);
  assert.ok(bottom.rows < 80, `${bottom.rows} elements for ${own.events_total} events`);
  await app.page.keyboard.press('PageUp');
  await app.page.keyboard.press('ArrowUp');
  await until(async () => Number(await active().getAttribute('aria-rowindex')) < own.events_total - 10, 'a page up');
  await app.page.keyboard.press('Home');
  await at(0);
  assert.match(plain(await active().innerText()), /Run start/);
  // The scroll bar reaches the last row too.
  await app.page.evaluate(() => { document.querySelector('.event-grid').scrollTop = 1e9; });
  await until(async () => Number(await rows(app).last().getAttribute('aria-rowindex')) === own.events_total + 1, 'the last row by the scroll bar');
});

appTest('sorted by size: the largest first, then the smallest; by time again', async (app) => {
  await app.ready();
  const { arena } = await recorded(app, 20_000);
  await choose(app, 'Operation', 'Allocate');
  const matching = arena.allocations_total;
  await until(async () => (await found(app)).matching === matching, 'every allocation');
  const head = (name) => app.page.getByRole('columnheader', { name }).getByRole('button');
  const sizes = async () => (await rows(app).locator('span:nth-child(6)').allInnerTexts()).map((text) => {
    const [, number, unit] = /^([\d.]+).*?([KMG]?)i?B$/.exec(plain(text));
    return Number(number) * { '': 1, K: 1024, M: MIB, G: 1024 * MIB }[unit];
  });
  const isSorted = (values, sign) => values.length > 5 && values.every((value, at) => at === 0 || sign * (value - values[at - 1]) >= 0);
  await head('Size').click();
  await until(async () => isSorted(await sizes(), -1), 'the largest first');
  const [largest] = await sizes();
  await head('Size').click();
  await until(async () => isSorted(await sizes(), 1) && (await sizes())[0] < largest, 'the smallest first');
  assert.equal(await rowCount(app), matching);
  assert.equal(await app.page.getByRole('columnheader', { name: 'Size' }).getAttribute('aria-sort'), 'ascending');
  await head('Time, s').click();
  const times = async () => (await rows(app).locator('span:first-child').allInnerTexts()).map(Number);
  await until(async () => isSorted(await times(), 1), 'in the order of time');
});

appTest('rows are copied as tab-separated values', async (app) => {
  await app.ready();
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const { self: own } = await recorded(app, 5_000);
  await grid(app).focus();
  await app.page.keyboard.press('Home');
  for (let row = 0; row < 3; row += 1) await app.page.keyboard.press('Shift+ArrowDown');
  await until(async () => (await app.page.locator('.event-row[aria-selected=true]').count()) === 4, 'four rows');
  const clipboard = () => app.page.evaluate(() => navigator.clipboard.readText());
  await app.page.keyboard.press('Control+c');
  await app.page.getByText('Copied 4 rows').waitFor();
  const lines = (await clipboard()).split('\n').map((line) => line.split('\t'));
  assert.deepEqual(lines[0].slice(0, 4), ['event', 'time_us', 'thread', 'operation']);
  assert.deepEqual([lines.length, lines[1][3]], [5, 'run_start']);
  await app.button('Copy all').click();
  await app.page.getByText(/^Copied (the first )?\d+/).waitFor();
  await until(async () => (await clipboard()).split('\n').length === own.events_total + 1, 'every row');
  const all = (await clipboard()).split('\n').slice(1).map((line) => line.split('\t'));
  const allocated = all.filter((line) => line[3] === 'arena_allocate').length;
  assert.equal(allocated, (await app.metrics()).arena.allocations_total);
});

appTest('a row moves the page to its moment, and undo moves it back', async (app) => {
  await app.ready();
  await recorded(app, 5_000);
  await grid(app).focus();
  await app.page.keyboard.press('Home');
  for (let row = 0; row < 5; row += 1) await app.page.keyboard.press('ArrowDown');
  const active = async () => Number(await app.page.locator('.event-row.active').getAttribute('aria-rowindex')) - 2;
  await until(async () => (await active()) === 5, 'row 5');
  await app.page.keyboard.press('Control+z');
  await until(async () => (await active()) === 4, 'row 4 after undo');
  await app.page.keyboard.press('Control+Shift+z');
  await until(async () => (await active()) === 5, 'row 5 after redo');
});

appTest('live: new events arrive while following, and stand still while not', async (app) => {
  await app.ready();
  await app.showTab('Events');
  await app.page.getByText('will be listed here').waitFor();
  await app.call('start', { scenario: 'game-loop', seed: 7 });
  const follow = app.button('Follow');
  const last = async () => Number(await rows(app).last().getAttribute('aria-rowindex'));
  await until(async () => (await rowCount(app)) > 200 && (await last()) > 200, 'rows');
  assert.equal(await follow.getAttribute('aria-pressed'), 'true');
  const before = await last();
  await until(async () => (await last()) > before, 'newer rows in view');
  await follow.click();
  const stopped = await until(async () => (await follow.getAttribute('aria-pressed')) === 'false' && last(), 'no following');
  const counted = await rowCount(app);
  await until(async () => (await rowCount(app)) > counted + 100, 'more rows below');
  assert.ok(Math.abs((await last()) - stopped) < 60, 'what is in view stays');
  await app.button('Pause').click();
  const paused = await until(async () => {
    const [before, { self: own }] = [await rowCount(app), await app.metrics()];
    await app.untilMetrics('a hundred more', (m) => m.self.events_total > own.events_total + 100);
    return (await rowCount(app)) === before && before;
  }, 'a table that stands still');
  await app.button('Pause').click();
  await until(async () => (await rowCount(app)) > paused, 'a table that goes on');
});

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`screenshots, ${theme}, ${width} px`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      const shoot = (name) => app.page.screenshot({ path: join(FOLDER, `events-${theme}-${width}-${name}.png`) });
      await app.ready();
      await app.setTheme(theme);
      await app.showTab('Events');
      await shoot('empty');
      await recorded(app, 20_000, { ...STORM, arena_bytes: 16 * MIB });
      await grid(app).focus();
      await app.page.keyboard.press('PageUp');
      await app.page.keyboard.press('Shift+ArrowUp');
      await shoot('data');
      await filter(app, 'Size').fill('64 KiB - 4 KiB');
      await choose(app, 'Result', 'Refused or failed');
      await shoot('wrong');
      await filter(app, 'Size').fill('> 3 GiB');
      await app.page.getByText('No event of this run matches.').waitFor();
      await shoot('nothing');
      assert.equal(await app.page.evaluate(overflow), 0, 'sticks out sideways');
    });
  }
}
