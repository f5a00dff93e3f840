// Charts as pictures: in shapes, which hold the values; in pixels, saved and copied; the menu
// by keys.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();
const KIB = 1024;
const ROUNDS = 500;

const card = (app, name) => app.page.getByRole('region', { name, exact: true });

/** A run that ends with 1.5 MiB, which is its most. */
async function opened(app) {
  await app.ready();
  const text = Array.from({ length: ROUNDS }, (_, round) => `Alloc(${KIB}),\nAlloc(${3 * KIB}),\nFree(${2 * round}),\n`).join('');
  await app.page.evaluate((text) => window.arenascope.open(new File([text], 'mine.trace')), text);
  await app.showTab('Overview');
  const usage = card(app, 'Usage by category').getByRole('img');
  await until(async () => /highest 1\.5 MiB/.test(await usage.getAttribute('aria-label')), 'usage of the file');
}

/** What a choice of a card's menu saves. */
async function saved(app, name, choice) {
  await card(app, name).hover();
  await card(app, name).locator('.card-picture > summary').click();
  const download = app.page.waitForEvent('download');
  await card(app, name).getByRole('button', { name: choice }).click();
  const file = await download;
  return { name: file.suggestedFilename(), bytes: await readFile(await file.path()) };
}

appTest('an SVG of a chart is XML, and holds title, legend, axes and the values', async (app) => {
  await opened(app);
  const { name, bytes } = await saved(app, 'Usage by category', 'Save SVG');
  assert.equal(name, 'usage-by-category.svg');
  const read = await app.page.evaluate((text) => {
    const document = new DOMParser().parseFromString(text, 'image/svg+xml');
    const number = (element, attribute) => Number(element.getAttribute(attribute));
    return {
      isBroken: document.querySelector('parsererror') !== null,
      root: document.documentElement.localName,
      title: document.querySelector('title')?.textContent,
      texts: [...document.querySelectorAll('text')].map((text) => ({
        words: text.textContent, x: number(text, 'x'), size: number(text, 'font-size'), y: number(text, 'y'), anchor: text.getAttribute('text-anchor'),
      })),
      areas: [...document.querySelectorAll('polygon')].map((area) => area.getAttribute('points').split(' ').map((point) => point.split(',').map(Number))),
    };
  }, bytes.toString());
  assert.deepEqual([read.isBroken, read.root, read.title], [false, 'svg', 'Usage by category']);
  assert.ok(read.texts.some(({ words }) => words === 'Usage by category'), 'the title is to be seen');
  assert.ok(read.texts.some(({ words }) => /1\.5 MiB/.test(words)), 'the legend reads the value');
  const ticks = read.texts.flatMap(({ words, y, size, anchor }) => {
    // The uppermost alone has the unit of all.
    const [, amount] = /^([\d.]+)(?:[\s\u00a0]MiB)?$/.exec(words) ?? [];
    return amount && anchor === 'end' ? [{ bytes: Number(amount) * KIB * KIB, y: y - 0.35 * size }] : [];
  });
  const [low, high] = [ticks.reduce((a, b) => (a.bytes < b.bytes ? a : b)), ticks.reduce((a, b) => (a.bytes > b.bytes ? a : b))];
  assert.ok(high.bytes > low.bytes, JSON.stringify(read.texts));
  const top = Math.min(...read.areas.flat().map(([, y]) => y));
  const most = low.bytes + ((top - low.y) / (high.y - low.y)) * (high.bytes - low.bytes);
  assert.ok(Math.abs(most / (1.5 * KIB * KIB) - 1) < 0.03, `the area reaches ${most} bytes`);
});

appTest('a PNG is saved and copied', async (app) => {
  await opened(app);
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  const { name, bytes } = await saved(app, 'Usage by category', 'Save PNG');
  assert.equal(name, 'usage-by-category.png');
  assert.equal(bytes.subarray(1, 4).toString(), 'PNG');
  await card(app, 'Usage by category').locator('.card-picture > summary').click();
  await card(app, 'Usage by category').getByRole('button', { name: 'Copy PNG' }).click();
  const kinds = await until(async () => {
    const kinds = await app.page.evaluate(async () => (await navigator.clipboard.read()).flatMap((item) => item.types));
    return kinds.includes('image/png') && kinds;
  }, 'a picture on the clipboard');
  assert.deepEqual(kinds, ['image/png']);
});

appTest('the menu opens, chooses and closes by keys, and says what is saved as PNG only', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  await app.call('stop');
  await app.showTab('Overview');
  const { keyboard } = app.page;
  const focused = () => app.page.evaluate(() => document.activeElement.innerText);
  const map = card(app, 'Arena');
  await map.locator('.card-picture > summary').focus();
  await keyboard.press('Enter');
  await map.getByText('saved as PNG only').waitFor();
  assert.equal(await map.getByRole('button', { name: 'Save SVG' }).getAttribute('aria-disabled'), 'true');
  await keyboard.press('Tab');
  assert.equal(await focused(), 'Save PNG');
  await keyboard.press('Escape');
  assert.equal(await map.locator('.card-picture').getAttribute('open'), null);
  assert.equal(await focused(), '⤓');
  const usage = card(app, 'Usage by category');
  await usage.locator('.card-picture > summary').focus();
  await keyboard.press('Enter');
  await keyboard.press('Tab');
  await keyboard.press('Tab');
  assert.equal(await focused(), 'Save SVG');
  const download = app.page.waitForEvent('download');
  await keyboard.press('Enter');
  assert.equal((await download).suggestedFilename(), 'usage-by-category.svg');
});
