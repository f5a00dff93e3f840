// The Leaks panel: the leak is found and nothing else is accused, and each number
// leads to exactly the events that it counts.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const LEAK = { scenario: 'leak', seed: 11, speed: 8 };

const appTest = appSuite();

const plain = (text) => text.replaceAll('\u00a0', ' ');
const digits = (text) => Number(text.replaceAll(/\D/g, ''));
const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const figures = async (app, name) => plain(await region(app, name).locator('.card-figures').first().innerText());
const suspects = (app) => region(app, 'Growth without release').locator('.suspect-row');

/** A run to a frame, stopped and recorded to the end. */
async function recorded(app, frame, config) {
  await app.runTo(frame, config);
  const metrics = await app.settle();
  assert.equal(metrics.self.events_lost_total, 0, 'events were lost');
  await app.showTab('Leaks');
  return app.metrics();
}

/** What the Events panel found, once it is done counting. */
async function found(app) {
  return until(async () => {
    const match = /^([\d ]+?)(?: of [\d ]+)? events$/.exec(plain(await app.page.locator('.events-count').innerText()));
    return match && digits(match[1]);
  }, 'a count');
}

appTest('the leak is found, with its evidence, and nothing else is accused', async (app) => {
  await app.ready();
  await recorded(app, 1_200, LEAK);
  await until(async () => /^1 suspect$/.test(await figures(app, 'Growth without release')), 'one suspect');
  const cells = (await suspects(app).locator('th, td').allInnerTexts()).map(plain);
  assert.equal(cells[0], 'leak/forgotten');
  const held = cells.slice(2, 5).map((text) => Number(/(\d[\d ]*)$/.exec(text)[1].replaceAll(' ', '')));
  assert.ok(held[0] < held[1] && held[1] < held[2], `held ${held}`);
  const kept = /^([\d ]+) of ([\d ]+)$/.exec(cells[5]);
  assert.equal(digits(kept[1]), digits(kept[2]), 'all of it is held');
  // What the counts at the marks and their times say, the slope says too.
  const times = (await region(app, 'Growth without release').locator('.marks li .number').allInnerTexts()).map((text) => Number.parseFloat(text));
  const expected = (256 * (held[2] - held[0])) / 1024 / (times[2] - times[0]);
  const slope = Number(/\+([\d.]+) KiB\/s/.exec(cells[7])[1]);
  assert.ok(slope > 0.7 * expected && slope < 1.3 * expected, `${slope} KiB/s, but ${expected} KiB/s between the marks`);
  await region(app, 'Growth without release').getByRole('button', { name: 'Show its events' }).click();
  const { frame } = await app.metrics();
  const leaked = await found(app);
  assert.ok(Math.abs(leaked - frame / 8) <= 2, `${leaked} leaks in ${frame} frames`);
  assert.match(plain(await app.page.locator('.event-window .event-row').first().innerText()), /Allocate[\s\S]*leak\/forgotten[\s\S]*256 B/);
});

appTest('an honest run: nothing found, and what was looked at is said', async (app) => {
  await app.ready();
  await recorded(app, 1_200, { scenario: 'game-loop', seed: 11, speed: 8 });
  await until(async () => /^nothing found$/.test(await figures(app, 'Growth without release')), 'nothing found');
  const card = plain(await region(app, 'Growth without release').innerText());
  assert.match(card, /Nothing grows without release among \d[\d ]* events of \d+ owners between [\d.]+ s, [\d.]+ s and [\d.]+ s/);
  assert.match(card, /Gives back/);
  assert.equal(await suspects(app).count(), 0);
});

appTest('lifetimes: all frees are counted, and a cell leads to exactly its own', async (app) => {
  await app.ready();
  const { arena } = await recorded(app, 600, { scenario: 'game-loop', seed: 7, speed: 8 });
  await until(async () => digits(await figures(app, 'Lifetime by size').then((text) => text.split('ended')[0])) === arena.frees_total, `${arena.frees_total} frees`);
  const map = region(app, 'Lifetime by size').getByRole('img');
  await map.focus();
  await app.page.keyboard.press('ArrowLeft');
  const reading = () => region(app, 'Lifetime by size').locator('.lifetimes-readout').innerText().then(plain);
  const ended = await until(async () => /: ([\d ]+) ended/.exec(await reading()), 'a reading');
  assert.ok(digits(ended[1]) > 0);
  await app.page.keyboard.press('Enter');
  assert.equal(await found(app), digits(ended[1]));
  await app.showTab('Leaks');
  const temporary = async () => /^([\d ]+) of ([\d ]+)/.exec(await figures(app, 'Temporary allocations'))?.slice(1).map(digits);
  const [few] = await until(async () => {
    const counted = await temporary();
    return counted?.[1] === arena.frees_total && counted;
  }, `${arena.frees_total} frees, counted again`);
  const column = await region(app, 'Temporary allocations').locator('tbody tr td:nth-child(2)').allInnerTexts();
  assert.equal(column.map(digits).reduce((sum, number) => sum + number, 0), few, 'the tags add up');
});

appTest('marks are set by hand, live, and taken back', async (app) => {
  await app.ready();
  await app.showTab('Leaks');
  await app.page.getByText('is named here, after some seconds of a run').waitFor();
  await app.runTo(60, { ...LEAK, speed: 4 });
  const card = region(app, 'Growth without release');
  for (const frame of [200, 600, 1_000]) {
    await app.untilMetrics(`frame ${frame}`, (m) => m.frame >= frame);
    await card.getByRole('button', { name: /^Set mark/ }).click();
  }
  await card.getByText('set by hand', { exact: true }).waitFor();
  await until(async () => /^1 suspect$/.test(await figures(app, 'Growth without release')), 'the leak between these marks');
  const times = (await card.locator('.marks li .number').allInnerTexts()).map((text) => Number.parseFloat(text));
  assert.ok(times[0] < times[1] && times[1] < times[2], `${times}`);
  await card.getByRole('button', { name: 'Default marks' }).click();
  await card.getByText('after a quarter of the run').waitFor();
});

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`screenshots, ${theme}, ${width} px`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      const shoot = (name) => app.page.screenshot({ path: join(FOLDER, `leaks-${theme}-${width}-${name}.png`) });
      await app.ready();
      await app.setTheme(theme);
      await app.showTab('Leaks');
      await shoot('empty');
      await recorded(app, 900, LEAK);
      await until(async () => /^1 suspect$/.test(await figures(app, 'Growth without release')), 'one suspect');
      await region(app, 'Lifetime by size').getByRole('img').focus();
      await app.page.keyboard.press('ArrowLeft');
      await shoot('data');
      assert.equal(await app.page.evaluate(overflow), 0, 'sticks out sideways');
    });
  }
}
