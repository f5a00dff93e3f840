// One clock for the whole page: what is shown is live, paused, or of a moment, and every
// panel, map, table and legend is of the same one.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

const plain = (text) => text.replaceAll('\u00a0', ' ');
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const head = (app, card) => region(app, card).locator('.card-figures').innerText().then(plain);
const isPressed = async (app) => (await app.button(/^Pause/).getAttribute('aria-pressed')) === 'true';
const isStill = (app) => until(() => isPressed(app), 'the page to stand still');
const isLive = (app) => until(async () => !(await isPressed(app)), 'the page to be live');
const STORM = { scenario: 'fragmentation-storm', seed: 7, arena_bytes: 16 << 20 };

/** The named figures of a card. */
async function figures(app, card) {
  const texts = await region(app, card).locator('.figure').evaluateAll((rows) => rows.map((row) => [
    row.querySelector('dt').textContent, row.querySelector('dd').textContent,
  ]));
  return Object.fromEntries(texts.map(([name, value]) => [name, plain(value)]));
}

/** All that the Overview says: heads of cards, legends and tables. */
async function said(app) {
  const texts = await app.page.locator('#panel .card-figures, #panel .legend, #panel table.table').allInnerTexts();
  return texts.map(plain);
}

/** A digest of each canvas on the panel. */
const drawn = (app) => app.page.evaluate(() => [...document.querySelectorAll('#panel canvas')].map((canvas) => {
  let hash = 0;
  for (const letter of canvas.toDataURL()) hash = (hash * 31 + letter.codePointAt(0)) | 0;
  return hash;
}));

const framesLater = async (app, frames) => {
  const { frame } = await app.metrics();
  await app.untilMetrics('the engine to go on', (m) => m.frame > frame + frames);
};

appTest('Pause stops charts, map, tables and legends at one moment; the engine goes on', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'level-streaming', seed: 7 });
  await app.button(/^Pause/).click();
  await isStill(app);
  assert.match(await app.page.getByRole('status', { name: 'Moment' }).innerText(), /^Paused at /);
  // The figures of the moment, and the map of it, are there within a few frames.
  await framesLater(app, 15);
  const [texts, canvases] = [await said(app), await drawn(app)];
  assert.ok(texts.length > 6 && canvases.length > 6);
  await framesLater(app, 60);
  assert.deepEqual(await said(app), texts);
  assert.deepEqual(await drawn(app), canvases);
  await app.showArena('Space');
  const space = await until(async () => (await figures(app, 'Figures')).Allocations && figures(app, 'Figures'), 'figures');
  await framesLater(app, 30);
  assert.deepEqual(await figures(app, 'Figures'), space);
  await app.button(/^Pause/).click();
  await isLive(app);
  await until(async () => (await figures(app, 'Figures')).Allocations !== space.Allocations, 'figures that go on');
});

appTest('back to live after a jump to a failure: charts follow again, with all else', async (app) => {
  await app.ready();
  await app.call('start', STORM);
  await app.untilMetrics('a failure', (m) => m.running && m.arena.refusals_total.full + m.arena.refusals_total.fragmented > 3);
  await app.showTab('Timeline');
  await app.button('First failure').click();
  const memory = region(app, 'Memory');
  await until(async () => /^at /.test(await memory.locator('.moment-at').innerText()), 'the moment of the failure');
  assert.match(await memory.locator('.moment-event').innerText(), /^Arena: refused/);
  assert.equal((await figures(app, 'Memory'))['Failed allocations'], '1');
  await isStill(app);
  await app.button('Back to live').click();
  await until(async () => (await memory.locator('.moment-at').innerText()) === 'live', 'the side panel to be live');
  await isLive(app);
  await app.showTab('Overview');
  const before = await drawn(app);
  await until(async () => (await drawn(app)).some((digest, at) => digest !== before[at]), 'charts that flow');
});

appTest('at the moment of a failure no figure contradicts another', async (app) => {
  await app.ready();
  await app.call('start', { ...STORM, policy: 'first_fit' });
  await app.untilMetrics('a failure', (m) => m.running && m.arena.refusals_total.full + m.arena.refusals_total.fragmented > 3);
  await app.call('stop');
  await app.showTab('Timeline');
  await app.button('First failure').click();
  await app.showArena('Space');
  await until(async () => /B$/.test((await figures(app, 'Figures')).Free), 'the free bytes of the moment');
  const mib = (text) => {
    const [, number, unit] = /([\d.]+) (\w+)/.exec(text);
    return Number(number) * { B: 2 ** -20, KiB: 2 ** -10, MiB: 1 }[unit];
  };
  const space = await figures(app, 'Figures');
  const sum = mib(space.Used) + mib(space.Free) + mib(space.Metadata);
  assert.ok(Math.abs(sum - mib(space.Capacity)) < 0.2, JSON.stringify(space));
  await app.showArena('Fragmentation');
  const fits = await figures(app, 'Largest request that fits');
  for (const name of ['At alignment 16 B', 'At alignment 256 B', 'At alignment 64 KiB']) {
    // A bound where threads or the policy keep ranges back, which no event tells.
    assert.match(fits[name], /^(≤ )?[\d.]+ [KM]?i?B$/, name);
  }
  const { Fragmentation: external } = await figures(app, 'Free space');
  await app.showTab('Overview');
  const card = await head(app, 'Fragmentation');
  assert.ok(card.startsWith(`external ${external} `), `${card} and ${external}`);
  const legend = plain(await region(app, 'Fragmentation').locator('.legend').innerText());
  await until(async () => plain(await region(app, 'Fragmentation').locator('.legend').innerText()).includes(external), `${legend} with ${external}`);
  for (const row of await region(app, 'Budget').locator('tbody tr').allInnerTexts()) {
    const [used, , peak] = plain(row).split('\t').slice(-3).map(Number);
    assert.ok(!(used > peak), row);
  }
});

appTest('a line of the console leads to its moment, and runs stand apart', async (app) => {
  await app.ready();
  await app.call('start', STORM);
  await app.untilMetrics('a failure', (m) => m.running && m.arena.refusals_total.full + m.arena.refusals_total.fragmented > 0);
  const line = app.page.locator('.line', { hasText: 'first failed allocation of this run' });
  await line.waitFor();
  assert.equal(await line.count(), 1);
  await line.locator('button.line-time').click();
  await until(async () => /^At /.test(await app.page.getByRole('status', { name: 'Moment' }).innerText()), 'its moment');
  await app.showTab('Timeline');
  await until(async () => Number((await figures(app, 'Memory'))['Failed allocations']) >= 1, 'the failure to have been');
  await app.call('start', { ...STORM, seed: 8 });
  await app.untilMetrics('another failure', (m) => m.running && m.arena.refusals_total.full + m.arena.refusals_total.fragmented > 0);
  await app.page.getByRole('tab', { name: 'Problems' }).click();
  await until(async () => (await app.page.locator('.line-run').count()) >= 2, 'a line between the runs');
  assert.match(await app.page.locator('.line-run').last().innerText(), /^Run 2: .*seed 8/);
  assert.equal(await app.page.locator('.run-name').innerText().then((text) => /seed 8/.test(text)), true);
  // Those of the run before are of another time: they lead nowhere.
  assert.equal(await app.page.locator('.line').first().locator('button.line-time').count(), 0);
});

appTest('a snapshot is of now: at an earlier moment it is refused with the reason', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'game-loop', seed: 7 });
  await app.call('show_moment', { event: 50 });
  const button = app.button('Snapshot').first();
  await until(async () => (await button.getAttribute('aria-disabled')) === 'true', 'a blocked button');
  assert.match(await button.getAttribute('title'), /an earlier moment is shown/);
  await app.button('Back to live').click();
  await until(async () => (await button.getAttribute('aria-disabled')) === 'false', 'a free button');
});
