// The Stacks panel: widths, table, search and copy say what a small recording holds, in
// both directions; pointer and keys do the same.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');

const appTest = appSuite();

/** heaptrack's text: texts have their length before them, numbers are hexadecimal. */
const strings = ['/bin/game', 'main', 'main.cpp', 'load_level', 'level.cpp', 'draw', 'draw.cpp', '/lib/libc.so.6', 'malloc'];
const RECORDING = [
  'v 10400 3',
  'X game --level 1',
  ...strings.map((text) => `s ${text.length.toString(16)} ${text}`),
  'i 400100 1 2 3 a',
  'i 400200 1 4 5 14',
  'i 400300 1 6 7 1e',
  'i 7f00 8 9',
  // main, main > load_level > malloc, main > draw > malloc.
  't 1 0', 't 2 1', 't 4 2', 't 3 1', 't 4 4',
  'a 300000 3',
  'a 100000 5',
  '+ 0', 'c 64', '+ 1', '+ 1', 'c c8', '- 1', 'c 12c',
  '',
].join('\n');
const MIB = 1024 * 1024;

const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const canvas = (app) => app.page.locator('.stacks-plot .chart-live');
const total = (app) => region(app, 'Call stacks').locator('.card-figures span').last();
const tip = (app) => app.page.locator('.stacks-tip');
const crumbs = (app) => app.page.locator('.stacks-crumbs .crumb').allInnerTexts();
const spoken = async (app) => plain(await app.page.locator('.stacks-graph .unseen').innerText());
const field = (app) => app.page.getByLabel('Search functions');
const isAll = (app, text) => until(async () => plain(await total(app).innerText()) === `${text} in all`, `${text} in all`);

/** The recording, opened, with its stacks on screen. */
async function opened(app) {
  await app.ready();
  await app.page.evaluate((text) => arenascope.open(new File([text], 'game.heaptrack')), RECORDING);
  await app.showTab('Stacks');
  await isAll(app, '4.0 MiB');
  await until(async () => (await app.page.locator('.stacks-table tbody tr').count()) > 0, 'the table');
}

/** Rows of the table by function. */
async function table(app) {
  const rows = await app.page.locator('.stacks-table tbody tr').all();
  const cells = await Promise.all(rows.map((row) => row.locator('th, td').allInnerTexts()));
  return Object.fromEntries(cells.map(([name, ...rest]) => [name, rest.map(plain)]));
}

/** Points at a part of the width in a row; what the tooltip says. */
async function pointed(app, part, row) {
  const box = await canvas(app).boundingBox();
  await app.page.mouse.move(box.x + box.width * part, box.y + row * 18 + 9);
  await until(async () => (await tip(app).count()) === 1, 'a tooltip');
  return plain(await tip(app).innerText());
}

appTest('a run without call stacks says why', async (app) => {
  await app.ready();
  await app.showTab('Stacks');
  const words = /records tags, not call stacks: open a recording that has them/;
  await until(async () => words.test(await region(app, 'Call stacks').innerText()), 'the words');
});

appTest('widths are in proportion, and the tooltip and the table say the same', async (app) => {
  await opened(app);
  assert.equal(plain(await total(app).getAttribute('title')), `${(4 * MIB).toLocaleString('en').replaceAll(',', ' ')} bytes`);
  // All, main, then load_level with three quarters and draw with one.
  assert.match(await pointed(app, 0.5, 0), /^all/);
  assert.match(await pointed(app, 0.5, 1), /^main\n+main\.cpp:10/);
  const load = await pointed(app, 0.745, 2);
  assert.match(load, /^load_level\n+level\.cpp:20/);
  assert.match(load, /own\s+0 B[\s\S]*total\s+3\.0 MiB 3 145 728 bytes[\s\S]*share\s+75\.0 % 3 145 728 bytes of 4 194 304 bytes[\s\S]*allocations\s+1/);
  assert.match(await pointed(app, 0.755, 2), /^draw/);
  const rows = await table(app);
  assert.deepEqual(rows.load_level, ['level.cpp', '0 B', '3.0 MiB', '75.0 %', '1']);
  assert.deepEqual(rows.malloc.slice(1), ['4.0 MiB', '4.0 MiB', '100.0 %', '2']);
});

appTest('each measure counts what it says', async (app) => {
  await opened(app);
  const measure = app.page.getByLabel('Width', { exact: true });
  // 3 MiB from the start and 1 MiB for half of the 0.2 s up to the last event, twice.
  const expected = { 'Live allocations': '2', 'Allocated bytes': '5.0 MiB', Allocations: '3', 'Bytes × lifetime': '819.2 KiB·s', 'Live bytes': '4.0 MiB' };
  for (const [name, text] of Object.entries(expected)) {
    await measure.selectOption(name);
    await isAll(app, text);
  }
});

appTest('from the other end, frames that only allocate for others are left out', async (app) => {
  await opened(app);
  await app.page.getByRole('button', { name: 'Reverse' }).click();
  await until(async () => (await table(app)).load_level?.[1] === '3.0 MiB', 'the owners');
  assert.equal((await table(app)).malloc, undefined);
  assert.match(await pointed(app, 0.5, 1), /^load_level/);
  assert.match(await pointed(app, 0.5, 2), /^main/);
});

appTest('keys go from frame to frame, zoom and come back', async (app) => {
  await opened(app);
  const { keyboard } = app.page;
  await canvas(app).focus();
  const press = async (key, words) => {
    await keyboard.press(key);
    await until(async () => words.test(await spoken(app)), `${key}: ${words}, but ${await spoken(app)}`);
  };
  await press('ArrowDown', /^all/);
  await press('ArrowDown', /^main · main\.cpp:10/);
  await press('ArrowDown', /^load_level · level\.cpp:20 · own 0 B · total 3\.0 MiB · share 75\.0 % · allocations 1/);
  await press('ArrowRight', /^draw/);
  await press('ArrowLeft', /^load_level/);
  await keyboard.press('Enter');
  await until(async () => (await crumbs(app)).join() === 'all,main,load_level', 'the way back');
  assert.match(await pointed(app, 0.95, 2), /^load_level/);
  await canvas(app).focus();
  await keyboard.press('Escape');
  await until(async () => (await crumbs(app)).join() === 'all,main', 'one step back');
  await keyboard.press('Backspace');
  await until(async () => (await crumbs(app)).join() === 'all', 'all');
  // A click zooms, and a crumb leads back.
  const box = await canvas(app).boundingBox();
  await app.page.mouse.click(box.x + box.width * 0.9, box.y + 2 * 18 + 9);
  await until(async () => (await crumbs(app)).join() === 'all,main,draw', 'the frame that was clicked');
  await app.page.locator('.stacks-crumbs .crumb').first().click();
  await until(async () => (await crumbs(app)).join() === 'all', 'all again');
});

appTest('a search says its part of all, and filters the table', async (app) => {
  await opened(app);
  await canvas(app).focus();
  await app.page.keyboard.press('/');
  await app.page.keyboard.type('DRAW');
  await until(async () => plain(await app.page.locator('.stacks-found').innerText()) === '1 function, on stacks with 25.0 % of all: 1.0 MiB', 'what was found');
  await until(async () => Object.keys(await table(app)).join() === 'draw', 'its row alone');
  await app.page.keyboard.press('Escape');
  assert.equal(await field(app).inputValue(), '');
  await canvas(app).focus();
  await app.page.keyboard.press('Control+f');
  await app.page.keyboard.type('nobody');
  await until(async () => (await app.page.locator('.stacks-found').innerText()) === 'no function matches', 'nothing');
});

appTest('a stack is copied as text', async (app) => {
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await opened(app);
  await canvas(app).focus();
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowDown', 'ArrowDown', 'c']) await app.page.keyboard.press(key);
  await until(async () => (await spoken(app)) === 'The stack is copied', 'the copy');
  const text = plain(await app.page.evaluate(() => navigator.clipboard.readText()));
  assert.match(text, /^Live bytes: own 3\.0 MiB \(3 145 728 bytes\), total 3\.0 MiB/);
  assert.match(text, /\nmalloc \(.*\)\nload_level \(level\.cpp:20\)\nmain \(main\.cpp:10\)\n$/);
});

appTest('the moment that is shown is the one that is counted', async (app) => {
  await opened(app);
  await app.call('show_moment', { time_us: 50_000 });
  await isAll(app, '3.0 MiB');
  await until(async () => Object.keys(await table(app)).sort().join() === 'load_level,main,malloc', 'its functions');
  await app.call('show_moment', { time_us: 150_000 });
  await isAll(app, '5.0 MiB');
});

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`stacks, ${theme}, ${width} px: nothing sticks out, axe is content`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      await app.ready();
      await app.setTheme(theme);
      const look = async (state) => {
        const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
        assert.equal(await app.page.evaluate(overflow), 0, 'sticks out sideways');
        await app.page.screenshot({ path: join(FOLDER, `stacks-${state}-${theme}-${width}.png`) });
        await app.page.evaluate(axe.source);
        const { violations } = await app.page.evaluate(() => window.axe.run());
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => node.target.join(' ')).slice(0, 3).join('; ')}`);
        assert.deepEqual(found, [], state);
      };
      await app.showTab('Stacks');
      await look('none');
      await opened(app);
      await pointed(app, 0.5, 2);
      await look('graph');
      await field(app).fill('level');
      await until(async () => /^1 function/.test(await app.page.locator('.stacks-found').innerText()), 'what was found');
      await look('search');
    });
  }
}
