// The Compare panel: two recordings side by side say what differs between them, whichever is
// chosen first, by panel, by address and by script.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const KIB = 1024;

const appTest = appSuite();
const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, ' ');

/** heaptrack's text: `meshes` blocks of 64 KiB by load_mesh, and one of 1 MiB by draw. */
const strings = ['/bin/game', 'main', 'main.cpp', 'load_mesh', 'mesh.cpp', 'draw', 'draw.cpp'];
const heaptrack = (meshes) => [
  'v 10400 3',
  'X game --level 1',
  ...strings.map((text) => `s ${text.length.toString(16)} ${text}`),
  'i 400100 1 2 3 a', 'i 400200 1 4 5 14', 'i 400300 1 6 7 1e',
  't 1 0', 't 2 1', 't 3 1',
  'a 10000 2', 'a 100000 3',
  ...Array.from({ length: meshes }, () => '+ 0'),
  '+ 1', 'c 64', '- 0', 'c 12c',
  '',
].join('\n');

/** MiniMalloc's rows have addresses: where things lie. */
const placed = (rows) => ['id,lower,upper,size,offset', ...rows.map((row) => row.join(','))].join('\n') + '\n';

/** Snapshots are documents with a time of their own. */
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const headline = (app) => app.page.locator('.compare-headline').innerText().then(plain);
const open = (app, name, text) => app.page.evaluate(([name, text]) => arenascope.open(new File([text], name)), [name, text]);
const differs = (app, pattern) => until(async () => pattern.test(await headline(app).catch(() => '')), `a headline with ${pattern}`);

/** Rows of a table by their first cell. */
async function rows(app, name) {
  const found = await region(app, name).locator('tbody tr').all();
  const cells = await Promise.all(found.map((row) => row.locator('th, td').allInnerTexts()));
  return Object.fromEntries(cells.map(([first, ...rest]) => [plain(first), rest.map(plain)]));
}

/** Two runs of which the second has four meshes more. */
async function two(app, query = '') {
  await app.ready(query);
  await open(app, 'monday.heaptrack', heaptrack(4));
  await open(app, 'tuesday.heaptrack', heaptrack(8));
  await app.showTab('Compare');
  await differs(app, /live/);
}

appTest('an empty panel says what to do, and a run can be compared with itself', async (app) => {
  await app.ready();
  await app.showTab('Compare');
  await until(async () => /can be laid beside each other here/.test(await app.page.locator('#panel').innerText()), 'what to do');
  await open(app, 'monday.heaptrack', heaptrack(4));
  await app.button('Compare the middle of the run with its end').click();
  await differs(app, /live/);
  assert.match(await region(app, 'Before and after').innerText(), /Moments of one run/);
  assert.equal(await app.page.getByRole('list', { name: 'Warnings' }).count(), 0, 'moments of one run need no warning');
});

appTest('what grew comes first, with signs and units, and same is said', async (app) => {
  await two(app);
  assert.equal(await headline(app), '+256.0 KiB live (1.2 MiB → 1.4 MiB); most of all game · load_mesh: +256.0 KiB');
  const owners = await rows(app, 'Owners');
  assert.deepEqual(owners['game · load_mesh'], ['192.0 KiB', '448.0 KiB', '+256.0 KiB', '+4']);
  assert.match(plain(await region(app, 'Owners').innerText()), /that are the same \(1\): 1\.0 MiB/);
  const totals = await rows(app, 'Totals');
  assert.deepEqual(totals.Live, ['1.2 MiB', '1.4 MiB', '+256.0 KiB']);
  assert.deepEqual(totals.Frees, ['1', '1', 'same']);
  const stacks = await rows(app, 'Call stacks');
  assert.deepEqual(stacks['load_mesh ← main'], ['192.0 KiB', '448.0 KiB', '+256.0 KiB', '+4']);
  assert.match(await region(app, 'Refused requests').innerText(), /same: neither has any/);
  assert.match(await app.page.getByRole('list', { name: 'Warnings' }).innerText(), /do not say when they were made/);
});

appTest('the graph of stacks is red where memory grew, and keys move in it', async (app) => {
  await two(app);
  const frame = (name) => app.page.locator('.compare-frame', { hasText: name });
  assert.match(await frame('load_mesh').getAttribute('class'), /grew-3/);
  assert.match(await frame('draw').getAttribute('class'), /same/);
  const graph = app.page.getByRole('group', { name: /Graph of call stacks/ });
  const said = () => app.page.locator('.compare-reading').innerText().then(plain);
  await graph.focus();
  await app.page.keyboard.press('Home');
  assert.match(await said(), /^all: 1\.2 MiB → 1\.4 MiB, \+256\.0 KiB/);
  await app.page.keyboard.press('ArrowDown');
  await app.page.keyboard.press('ArrowDown');
  await until(async () => /^draw/.test(await said()), 'the widest frame below');
  await app.page.keyboard.press('ArrowRight');
  await until(async () => /^load_mesh \(mesh\.cpp\): 192\.0 KiB → 448\.0 KiB, \+256\.0 KiB/.test(await said()), 'its neighbour');
  await app.page.keyboard.press('Enter');
  await app.button('All stacks').waitFor();
  await app.page.keyboard.press('Home');
});

appTest('a script gets the same, and the older one is before', async (app) => {
  await two(app);
  const [first, second] = (await app.call('runs')).filter((run) => run.run > 0).map((run) => run.run);
  const comparison = await app.call('compare', first, second);
  assert.equal(comparison.format, 'arenascope-diff');
  const row = comparison.owners.rows[0];
  assert.deepEqual([row.owner, row.bytes], ['load_mesh', { before: 192 * KIB, after: 448 * KIB, change: 256 * KIB }]);
  assert.equal(comparison.owners.same.bytes.after, 1024 * KIB);
  const one = await app.call('compare', { run: second, at: 'end' }, { run: second, at: 'event:3' }, { align: 'event' });
  assert.ok(one.is_one_run && one.is_turned, 'the earlier moment is before');
  assert.equal(one.usage.compared.align, 'event');
  for (const [wrong, said] of [
    [[first, 99], /run/], [[first, second, { align: 'moon' }], /time, event, frame or marker/],
    [[first, { run: second, at: 'soon' }], /event:1000/], [[first, { run: second, at: 'frame:1' }], /does not tell frames/],
    [['a', 'b'], /the number of a run/],
  ]) assert.match(await app.rejection('compare', ...wrong), said);
});

appTest('snapshots are in the order of their own times, and other runs are warned of', async (app) => {
  await app.ready();
  const snapshot = await app.runTo(30, { scenario: 'leak', seed: 1 }).then(() => app.call('snapshot'));
  const edited = (change) => JSON.stringify({ ...snapshot, ...change });
  await open(app, 'tuesday.arenascope.json', edited({ created_at: '2026-11-29T10:00:00Z' }));
  await open(app, 'monday.arenascope.json', edited({ created_at: '2026-11-28T10:00:00Z', config: { ...snapshot.config, seed: 9 } }));
  await app.showTab('Compare');
  await app.select('Before').selectOption({ label: 'Snapshot no. 2, tuesday.arenascope.json' });
  await app.select('After').selectOption({ label: 'Snapshot no. 3, monday.arenascope.json' });
  await differs(app, /./);
  const head = region(app, 'Before and after');
  assert.match(await head.innerText(), /chosen second is older/);
  assert.match(await head.getByRole('columnheader').nth(1).innerText(), /monday/);
  assert.match(await app.page.getByRole('list', { name: 'Warnings' }).innerText(), /other seed: 9 before, 1 after/);
});

appTest('places that are the same, moved, new and gone are told apart', async (app) => {
  await app.ready();
  await open(app, 'one.csv', placed([[1, 0, 9, 4096, 0], [2, 0, 9, 8192, 4096], [3, 0, 9, 2048, 16384]]));
  await open(app, 'two.csv', placed([[1, 0, 9, 4096, 0], [2, 0, 9, 8192, 20480], [4, 0, 9, 1024, 8192]]));
  await app.showTab('Compare');
  const moment = app.page.getByLabel(/Moment of/);
  for (const at of [0, 1]) {
    await moment.nth(at).fill('event:3');
    await moment.nth(at).press('Enter');
  }
  await until(async () => (await region(app, 'Places').count()) > 0 && /moved/.test(await region(app, 'Places').innerText()), 'places');
  const found = await rows(app, 'Places');
  const change = Object.fromEntries(['same place', 'moved', 'new', 'gone'].map((fate) => [fate, found[fate]?.slice(0, 2)]));
  assert.ok(Object.values(change).every((cells) => cells), JSON.stringify(found));
  await app.page.getByRole('img', { name: /Map before/ }).waitFor();
});

appTest('a row leads to its events in that run at that moment', async (app) => {
  await two(app);
  await region(app, 'Owners').getByRole('button', { name: /load_mesh/ }).click();
  await until(async () => (await app.page.getByRole('tab', { name: 'Events' }).getAttribute('aria-selected')) === 'true', 'the Events panel');
  await until(async () => /tuesday/.test(await app.page.locator('.run-name').innerText()), 'the newer run');
  const status = app.page.getByRole('status', { name: 'Moment' });
  await until(async () => /event/.test(await status.innerText().catch(() => '')), 'a moment of it');
  await app.showTab('Compare');
  assert.match(await headline(app), /\+256\.0 KiB/, 'the answer is still there');
});

appTest('a moment that is none is said, and asking goes on', async (app) => {
  await two(app);
  const moment = app.page.getByLabel('Moment of before');
  await moment.fill('soon');
  await moment.press('Enter');
  await app.page.getByRole('alert').filter({ hasText: '`soon` is no moment' }).waitFor();
  await moment.fill('event:3');
  await moment.press('Enter');
  await differs(app, /live/);
});

appTest('the chart is read by keys, and a click compares both there', async (app) => {
  await two(app);
  const chart = app.page.getByRole('group', { name: /Live bytes aligned by time: most before 1\.2 MiB, most after 1\.5 MiB/ });
  await chart.focus();
  await app.page.keyboard.press('ArrowRight');
  const card = region(app, 'Usage over both runs');
  await until(async () => /: before 1\.2 MiB, after 1\.5 MiB \(\+256\.0 KiB\)/.test(plain(await card.innerText())), 'a reading');
  await app.page.keyboard.press('Enter');
  const moments = app.page.getByLabel(/Moment of/);
  await until(async () => /^\d+us$/.test(await moments.first().inputValue()), 'the moment of the chart');
  assert.equal(await moments.nth(1).inputValue(), await moments.first().inputValue());
  await differs(app, /\+256\.0 KiB live/);
});

appTest('an address compares the files that it opens, and says so again', async (app) => {
  const serve = (name, meshes) => app.page.route(`**/${name}`, (route) => route.fulfill({ body: heaptrack(meshes), contentType: 'text/plain' }));
  await serve('a.heaptrack', 4);
  await serve('b.heaptrack', 8);
  await app.ready('?open=a.heaptrack&open=b.heaptrack&compare=2@event:4&compare=1@end&align=event');
  await differs(app, /live/);
  assert.equal(await app.page.getByLabel('Before', { exact: true }).evaluate((menu) => menu.selectedOptions[0].text), 'b.heaptrack');
  assert.equal(await app.page.getByLabel('Moment of before').inputValue(), 'event:4');
  await until(() => /&compare=2%40event%3A4&compare=1%40end&align=event$/.test(app.page.url()), 'the address of the comparison');
});

const ROUNDS = 600_000;

appTest('two runs of 1.8 million events are compared within seconds, and what is cancelled ends', async (app) => {
  await app.ready();
  for (const name of ['one', 'other']) {
    await app.page.evaluate(([name, rounds]) => {
      const size = name === 'one' ? 1024 : 2048;
      const text = Array.from({ length: rounds }, (_, round) => `Alloc(${size}),\nAlloc(3072),\nFree(${2 * round}),\n`).join('');
      return window.arenascope.open(new File([text], `${name}.trace`));
    }, [name, ROUNDS]);
  }
  await app.showTab('Compare');
  const bar = app.page.getByRole('progressbar', { name: 'Compared so far' });
  await bar.waitFor();
  await app.button('Cancel comparing').click();
  await app.page.getByRole('alert').filter({ hasText: 'was cancelled' }).waitFor();
  const took = await app.page.evaluate(async () => {
    const runs = window.arenascope.runs().filter((run) => run.run > 0).map((run) => run.run);
    const begun = performance.now();
    const comparison = await window.arenascope.compare(...runs);
    return { ms: performance.now() - begun, live: comparison.figures[0] };
  });
  console.log(`  two runs of 1.8 million events: ${(took.ms / 1000).toFixed(1)} s`);
  assert.deepEqual([took.live.before, took.live.after], [ROUNDS * 3072, ROUNDS * 3072]);
  assert.ok(took.ms < 30_000, `${took.ms} ms`);
  await app.button('Compare again').click();
  await until(async () => /same number|Nothing|live/i.test(await headline(app).catch(() => '')), 'the answer', 40_000);
});

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`it looks right, ${theme}, ${width} px, and axe finds nothing`, { viewport: { width, height: 900 } }, async (app) => {
      await two(app);
      await app.setTheme(theme);
      await mkdir(FOLDER, { recursive: true });
      await app.page.screenshot({ path: join(FOLDER, `compare-${theme}-${width}.png`) });
      for (const [part, at] of [['middle', 0.4], ['end', 1]]) {
        await app.page.evaluate((at) => {
          const panel = document.querySelector('#panel');
          panel.scrollTop = panel.scrollHeight * at;
        }, at);
        await app.page.screenshot({ path: join(FOLDER, `compare-${theme}-${width}-${part}.png`) });
      }
      // axe looks past what is scrolled out of sight.
      await app.page.evaluate(() => { document.querySelector('#panel').scrollTop = 0; });
      const wide = await app.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
      assert.equal(wide, 0, 'it sticks out sideways');
      await app.page.evaluate(axe.source);
      const { violations } = await app.page.evaluate(() => window.axe.run());
      assert.deepEqual(violations.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => node.target.join(' ')).join('; ')}`), []);
    });
  }
}
