// The Lab panel: every policy and the best packing on a recording, as a table, a picture and
// runs of their own; refusals under a budget; cancelling; scripts.

import assert from 'node:assert/strict';
import { join } from 'node:path';
import { mkdir } from 'node:fs/promises';
import axe from 'axe-core';
import { OUT, appSuite, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const KIB = 1024;

const appTest = appSuite();
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, ' ');

/**
 * Text of `Alloc(n),` and `Free(i),`: 64 blocks, every other one freed, then 16 that fit in no
 * hole of theirs. The peak of live bytes is known: 32 blocks of 1 KiB and 16 of 4 KiB.
 */
const holes = [
  ...Array.from({ length: 64 }, () => 'Alloc(1024),'),
  ...Array.from({ length: 32 }, (_, at) => `Free(${2 * at}),`),
  ...Array.from({ length: 16 }, () => 'Alloc(4096),'),
].join('\n');
const BOUND = 32 * KIB + 16 * 4 * KIB;

/** Many blocks of random lives and sizes, from a small generator, so that a search has work. */
function busy(operations) {
  let state = 42;
  const random = (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
  const [lines, live] = [[], []];
  let count = 0;
  for (let at = 0; at < operations; at += 1) {
    if (live.length > 0 && random(100) < 48) {
      lines.push(`Free(${live.splice(random(live.length), 1)[0]}),`);
    } else {
      lines.push(`Alloc(${16 * (1 + random(4096))}),`);
      live.push(count);
      count += 1;
    }
  }
  return lines.join('\n');
}

const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const open = (app, name, text) => app.page.evaluate(([name, text]) => arenascope.open(new File([text], name)), [name, text]);

/** Rows of the table by their names, without those that are not done. */
async function rows(app) {
  const cells = await region(app, 'Every way to serve it').locator('tbody tr').evaluateAll((lines) =>
    lines.map((line) => [...line.querySelectorAll('th, td')].map((cell) => cell.innerText.trim())),
  );
  return Object.fromEntries(cells.filter((line) => line.length > 3).map(([name, ...rest]) => [plain(name).split('\n')[0], rest.map(plain)]));
}

async function opened(app, text = holes) {
  await app.ready();
  await open(app, 'holes.txt', text);
  await app.showTab('Lab');
  await app.button('Try everything').waitFor();
}

const isGoing = (app) => app.page.getByRole('button', { name: 'Cancel', exact: true }).count();

async function tried(app) {
  await app.button('Try everything').click();
  await until(async () => Object.keys(await rows(app)).length > 8 && !(await isGoing(app)), 'all rows');
}

appTest('a panel without a run says what it is for', async (app) => {
  await app.ready();
  await app.call('stop');
  await app.call('reset');
  await app.showTab('Lab');
  await until(async () => /every placement policy/.test(await app.page.locator('#panel').innerText()), 'what it is for');
});

appTest('every policy serves the recording again, the least first, and the packing is proven', async (app) => {
  await opened(app);
  assert.match(plain(await region(app, 'What the best could have done').innerText()), /96\.0 KiB/, 'the bound');
  await tried(app);
  const table = await rows(app);
  const [best] = Object.keys(table);
  assert.match(best, /^Best packing/);
  assert.match(best, /optimal/);
  assert.equal(table[best][0], '96.0 KiB');
  const first = table['First fit'];
  assert.equal(first[0], '128.0 KiB', '64 blocks and 16 above them');
  assert.equal(first[1], '33.3 %');
  assert.equal(first[5], 'none');
  const said = plain(await region(app, 'What the best could have done').innerText());
  assert.match(said, /Knowing every life beforehand, 96\.0 KiB would have done/);
  assert.match(said, /Least of those that know nothing beforehand/);
});

appTest('under a budget it is told who refuses what and why', async (app) => {
  await opened(app);
  const budget = app.page.getByLabel('Budget', { exact: true });
  await budget.fill('nonsense');
  assert.ok(await app.button('Try everything').isDisabled(), 'no budget, no run');
  await budget.fill('112 KiB');
  await tried(app);
  assert.match((await rows(app))['First fit'][5], /4 in pieces|4 full/);
  assert.match(plain(await region(app, 'What the best could have done').innerText()), /refused within this budget/);
});

appTest('a row is drawn, read by the pointer and by keys, and opens as a run', async (app) => {
  await opened(app);
  await tried(app);
  await app.page.getByRole('button', { name: 'Draw First fit', exact: true }).click();
  const picture = app.page.locator('.lab-canvas');
  await picture.waitFor();
  assert.match(plain(await region(app, 'Where it lies').innerText()), /80 blocks in 112 operations, up to 128\.0 KiB/);
  const readout = () => app.page.locator('.lab-drawing .map-readout').innerText().then(plain);
  await picture.hover({ position: { x: 4, y: 317 } });
  await until(async () => /1\.0 KiB at 0 B from operation 0/.test(await readout()), 'the first block', 5_000).catch(async (error) => {
    assert.fail(`${error.message}: ${await readout()}`);
  });
  await picture.focus();
  await app.page.keyboard.press('+');
  await until(async () => /operations 16 to/.test(await readout()), 'a part of it');
  await app.page.keyboard.press('Home');
  await until(async () => /operations 0 to 112, addresses 0 B to 128\.0 KiB/.test(await readout()), 'all of it');

  const before = await app.call('runs');
  await app.page.getByRole('button', { name: 'Open First fit as a run', exact: true }).click();
  await until(async () => (await app.call('runs')).length === before.length + 1, 'a run more');
  const shown = (await app.call('runs')).find((run) => run.is_shown);
  assert.match(shown.name, /^First fit · holes\.txt/);
  await until(async () => !(await app.call('runs')).some((run) => run.is_reading), 'it is whole');
  await app.showTab('Arena');
  await until(async () => /96\.0 KiB of 1\d\d\.0 KiB used/.test(plain(await app.page.locator('#panel').innerText())), 'its map at the end');
  await app.showTab('Lab');
  await app.button('Show it').click();
  await until(async () => (await app.call('runs')).find((run) => run.is_shown).name === 'holes.txt', 'back');
});

appTest('a search that would take an hour is cancelled at once, and what it found stays', async (app) => {
  await opened(app, busy(6000));
  await app.page.getByLabel('Seconds for the packing').fill('3600');
  await app.button('Try everything').click();
  await until(async () => Object.keys(await rows(app)).length >= 9, 'the policies, before the packing');
  const table = region(app, 'Every way to serve it');
  await table.getByRole('button', { name: 'Cancel', exact: true }).first().click();
  await until(async () => !(await isGoing(app)), 'the end', 5_000);
  const packing = Object.entries(await rows(app)).find(([name]) => name.startsWith('Best packing'));
  assert.ok(packing, 'the packing so far is a row');
  assert.match(packing[0], /above the optimum|optimal/);
  await app.page.getByLabel('Seconds for the packing').fill('1');
  await tried(app);
});

appTest('a script gets the same figures', async (app) => {
  await opened(app);
  const lab = await app.call('lab', { rows: ['packing', 'first_fit', 'buddy'], packing_seconds: 1 });
  assert.equal(lab.heap.bound_bytes, BOUND);
  assert.deepEqual(lab.rows.map((row) => row.spec), ['packing', 'first_fit', 'buddy']);
  assert.equal(lab.rows[0].packing.gap, 0);
  assert.equal(lab.rows[1].figures.peak_bytes, 128 * KIB);
  const limited = await app.call('lab', { rows: ['first_fit'], budget_bytes: 112 * KIB });
  assert.equal(Object.values(limited.rows[0].figures.failures).reduce((all, it) => all + it), 4);
  for (const [argument, pattern] of [
    [{ rows: ['luckiest_fit'] }, /rows/],
    [{ run: 99 }, /run/],
    [{ policies: [] }, /lab\(/],
    [{ packing_seconds: -1 }, /packing_seconds/],
    [{ heap: 'none' }, /no such heap/],
  ]) {
    const refusal = await app.page.evaluate((argument) => arenascope.lab(argument).then(() => '', String), argument);
    assert.match(refusal, pattern);
  }
});

appTest('the engine\'s own run is tried while it goes on', async (app) => {
  await app.ready();
  await app.call('start', { scenario: 'game-loop', seed: 7 });
  await until(async () => (await app.call('recording')).length > 20_000, 'events');
  await app.showTab('Lab');
  await app.button('Try everything').waitFor();
  await app.page.getByLabel('Seconds for the packing').fill('1');
  await tried(app);
  const table = await rows(app);
  assert.ok(Object.keys(table).length >= 9, Object.keys(table).join());
  await app.call('stop');
});

for (const theme of ['light', 'dark']) {
  for (const width of [1280, 800]) {
    appTest(`it looks right, ${theme}, ${width} px, and axe finds nothing`, { viewport: { width, height: 900 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      await app.ready();
      await app.setTheme(theme);
      await opened(app, busy(4000));
      await app.page.getByLabel('Seconds for the packing').fill('1');
      await tried(app);
      await app.page.screenshot({ path: join(FOLDER, `lab-${theme}-${width}.png`) });
      await app.page.getByRole('button', { name: /^Draw Best fit/ }).first().click();
      const picture = app.page.locator('.lab-canvas');
      await picture.scrollIntoViewIfNeeded();
      await app.page.screenshot({ path: join(FOLDER, `lab-${theme}-${width}-picture.png`) });
      await app.page.locator('.lab-best').scrollIntoViewIfNeeded();
      await app.page.screenshot({ path: join(FOLDER, `lab-${theme}-${width}-front.png`) });
      await app.page.evaluate(axe.source);
      const { violations } = await app.page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => [id, nodes.map((node) => node.html)]), []);
      const wide = await app.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= width, `nothing is wider than the window: ${wide} px`);
    });
  }
}
