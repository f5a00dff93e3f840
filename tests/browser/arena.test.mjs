// The Arena panel: its parts, and that what they show is what scripts, events and
// counters say.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, until } from './fixture.mjs';

const MIB = 1024 * 1024;
const PARTS = ['Space', 'Fragmentation', 'Refusals', 'Threads'];
const FOLDER = join(OUT, 'screenshots');
const STORM = { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 16 * MIB, speed: 8 };

const appTest = appSuite();

const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const plain = (text) => text.replaceAll('\u00a0', ' ');

/** A storm that its arena refused something, stopped. */
async function refusedRun(app) {
  await app.call('start', STORM);
  await app.untilMetrics('failed allocations', (m) => m.arena.refusals_total.full + m.arena.refusals_total.fragmented > 5);
  await app.call('stop');
  return app.untilMetrics('a stop', (m) => !m.running);
}

async function violations(app) {
  await app.page.evaluate(axe.source);
  const { violations: found } = await app.page.evaluate(() => window.axe.run());
  return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ')}`);
}

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`parts, ${theme}, ${width} px: nothing sticks out, axe is content`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      await app.ready();
      await app.setTheme(theme);
      const look = async (state) => {
        for (const part of PARTS) {
          await app.showArena(part);
          await new Promise((done) => setTimeout(done, 400));
          assert.equal(await app.page.evaluate(overflow), 0, `${part} sticks out sideways`);
          if (width === 1280) assert.deepEqual(await violations(app), [], `${part}, ${state}`);
          await app.page.screenshot({ path: join(FOLDER, `arena-${part.toLowerCase()}-${theme}-${width}-${state}.png`) });
        }
      };
      await look('empty');
      await app.call('start', { ...STORM, guards: theme === 'light', mutators: 2 });
      await app.untilMetrics('a storm', (m) => m.frame > 900);
      await look('data');
    });
  }
}

appTest('failed allocations are listed as the engine tells them, and a click shows the moment', async (app) => {
  await app.ready();
  await app.showArena('Refusals');
  assert.match(await region(app, 'Failed allocations').innerText(), /own failed so far/);
  const { arena } = await refusedRun(app);
  const { failures } = await app.call('arena');
  const card = region(app, 'Failed allocations');
  await until(async () => (await card.locator('tbody tr').count()) === failures.length, 'a row for each failure');
  const newest = failures.at(-1);
  const cells = await card.locator('tbody tr').first().locator('th, td').allInnerTexts();
  assert.deepEqual([cells[1], cells[3]], [newest.tag, newest.cause.replaceAll('_', ' ')]);
  if (newest.index !== null) assert.equal(cells[4], newest.index.toFixed(3));
  const head = plain(await card.locator('.card-figures').innerText());
  for (const cause of ['full', 'fragmented']) {
    const total = arena.refusals_total[cause];
    if (total > 0) assert.match(head, new RegExp(`${cause} ${total}`));
  }
  const kinds = plain(await region(app, 'Refused calls by kind').innerText());
  assert.match(kinds, new RegExp(`Out of memory: full\\s+${arena.refusals_total.full}`));
  await card.locator('tbody tr').last().getByRole('button').focus();
  await app.page.keyboard.press('Enter');
  const moment = region(app, 'Fragmentation and failed allocations').locator('.legend-moment');
  await until(async () => /^at /.test(await moment.innerText()), 'the cross-hair at that moment');
});

appTest('the heat map reads what the free ranges of a snapshot say', async (app) => {
  await app.ready();
  await refusedRun(app);
  await app.showArena('Fragmentation');
  const { arena } = await app.call('snapshot');
  const sizes = arena.free_ranges.map(({ size }) => size);
  const all = sizes.reduce((sum, size) => sum + size, 0);
  const unusable = (of) => 1 - sizes.reduce((sum, size) => sum + Math.floor(size / of) * of, 0) / all;
  const card = region(app, 'Unusable free space by request size');
  const reading = await until(async () => /64 KiB ([\d.]+) %/.exec(await card.locator('.heat-readout').innerText()), 'a reading');
  // The newest row is at most 0.1 s of the run older than the snapshot.
  assert.ok(Math.abs(Number(reading[1]) - 100 * unusable(65536)) < 12, `${reading[0]} and ${unusable(65536)}`);
  const map = card.getByRole('img');
  await map.focus();
  for (const key of ['End', 'ArrowUp', 'ArrowUp']) await app.page.keyboard.press(key);
  await until(async () => /256 KiB: [\d.]+ % of the free bytes unusable/.test(await card.locator('.heat-readout').innerText()), 'a larger size');
  await card.getByText('Table').click();
  await until(async () => (await card.locator('tbody tr').count()) > 0, 'the table behind it');
  const fits = plain(await region(app, 'Largest request that fits').innerText());
  const { arena: figures } = await app.metrics();
  assert.ok(figures.largest_fit_bytes >= figures.largest_fit_256_bytes && figures.largest_fit_256_bytes >= figures.largest_fit_64k_bytes);
  assert.match(fits, /At alignment 256 B/);
});

appTest('parts: arrows move, the choice stays; waste adds up', async (app) => {
  await app.ready();
  await app.showArena('Space');
  await app.page.keyboard.press('ArrowRight');
  const selected = () => app.page.locator('.part-tabs [aria-selected=true]').innerText();
  assert.match(await selected(), /^Fragmentation/);
  await app.showTab('Budget');
  await app.showTab('Arena');
  assert.match(await selected(), /^Fragmentation/);
  await app.call('start', { policy: 'buddy', seed: 7, guards: true });
  const { arena } = await app.untilMetrics('waste', (m) => m.arena.waste_policy_bytes > 0 && m.arena.waste_guards_bytes > 0);
  const waste = arena.waste_granule_bytes + arena.waste_policy_bytes + arena.waste_guards_bytes + arena.waste_threads_bytes;
  assert.equal(waste, arena.used_bytes - arena.requested_bytes);
});

appTest('guards: the switch applies at the next start, and the card says what they hold', async (app) => {
  await app.ready();
  await app.showArena('Refusals');
  const card = region(app, 'Guards');
  assert.match(await card.innerText(), /This run has no guards/);
  const box = app.page.getByRole('checkbox', { name: 'Guards' });
  await app.openMoreSettings();
  await box.focus();
  await app.page.keyboard.press('Space');
  assert.equal(await box.isChecked(), true);
  await app.button(/^Start/).click();
  await app.untilMetrics('canaries', (m) => m.running && m.arena.waste_guards_bytes > 0);
  await until(async () => /nothing found/.test(await card.innerText()), 'the card');
  assert.match(await card.innerText(), /in canaries/);
  await until(() => new URL(app.page.url()).search.includes('guards=true'), 'the address');
  assert.equal(await app.page.getByRole('alert').count(), 0);
});
