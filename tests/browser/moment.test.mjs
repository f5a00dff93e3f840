// An earlier moment on every panel: each figure that is shown of it is the one that
// the engine published then; what nobody tells is a dash, and cards that cannot go
// back say so.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, fixed, until } from './fixture.mjs';

const appTest = appSuite();

const FOLDER = join(OUT, 'screenshots');
const SCENES = [
  { scenario: 'level-streaming', seed: 7, speed: 2 },
  { scenario: 'inference-burst', seed: 5, speed: 2 },
];

const plain = (text) => text.replaceAll('\u00a0', ' ');
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const grouped = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ' ');
const mib = (bytes) => fixed(bytes / 2 ** 20, 1);

/** The named figures of a card. */
async function figures(app, card) {
  const texts = await region(app, card).locator('.figure').evaluateAll((rows) => rows.map((row) => [
    row.querySelector('dt').textContent, row.querySelector('dd').textContent,
  ]));
  return Object.fromEntries(texts.map(([name, value]) => [name, plain(value)]));
}

/** A number of bytes as the page writes it. */
const size = (bytes) => {
  const units = ['B', 'KiB', 'MiB', 'GiB'];
  let [value, unit] = [bytes, 0];
  while (value >= 1024 && unit < 3) [value, unit] = [value / 1024, unit + 1];
  return unit === 0 ? `${bytes} B` : `${fixed(value, 1)} ${units[unit]}`;
};

/** A run with what the engine published at some of its ticks. */
async function recorded(app, config) {
  await app.ready();
  await app.call('start', config);
  const seen = [];
  for (const frame of [60, 150, 240, 330]) seen.push(await app.untilMetrics(`frame ${frame}`, (m) => m.frame >= frame));
  await app.call('stop');
  await app.untilMetrics('a stop', (m) => !m.running);
  assert.equal((await app.metrics()).self.events_lost_total, 0);
  return seen;
}

async function check(app, then) {
  const { arena, pool, budget, gpu, nn } = then;
  const at = `at ${then.time_us} µs`;
  await app.call('show_moment', { time_us: then.time_us });
  await app.showArena('Space');
  await until(async () => (await figures(app, 'Figures')).Used === size(arena.used_bytes), `the arena ${at}`);
  const space = await figures(app, 'Figures');
  const expected = {
    Capacity: size(arena.capacity_bytes),
    'Used, peak': size(arena.used_bytes_peak),
    Requested: size(arena.requested_bytes),
    Free: size(arena.free_bytes),
    Cached: size(arena.cached_bytes),
    Metadata: size(arena.metadata_bytes),
    'Live allocations': grouped(arena.allocation_count),
    Allocations: grouped(arena.allocations_total),
    Frees: grouped(arena.frees_total),
    Footprint: size(arena.footprint_bytes),
    'Requested, peak': size(arena.requested_bytes_peak),
    'Footprint ratio': fixed(arena.footprint_ratio, 3),
    'At first failure': '–',
  };
  for (const [name, value] of Object.entries(expected)) assert.equal(space[name], value, `${name} ${at}`);
  assert.equal(await region(app, 'Every byte accounted for').locator('.bad').count(), 0);

  await app.showTab('GPU pool');
  await until(async () => (await figures(app, 'Pool')).Created === grouped(pool.created_total), `the pool ${at}`);
  const pooled = await figures(app, 'Pool');
  const held = (bytes, number) => `${size(bytes)} in ${grouped(number)}`;
  assert.equal(pooled['Hits, misses'], `${grouped(pool.hits_total)}, ${grouped(pool.misses_total)}`, at);
  assert.equal(pooled['In use'], held(pool.in_use_bytes, pool.in_use_count), at);
  assert.equal(pooled.Pending, held(pool.pending_bytes, pool.pending_count), at);
  assert.equal(pooled.Idle, held(pool.idle_bytes, pool.idle_count), at);
  assert.equal(pooled.Waste, size(pool.waste_bytes), at);
  assert.equal(pooled['Held, peak'], size(pool.allocated_bytes_peak), at);
  assert.equal(pooled.Destroyed, grouped(pool.destroyed_total), at);
  assert.equal(pooled.Surplus, '–');
  const networks = await figures(app, 'Neural networks');
  assert.equal(networks['Graph runs'], grouped(nn.dispatches_total), at);
  assert.equal(networks['Tensors alive'], held(nn.tensor_bytes, nn.tensors_live), at);
  assert.equal(networks['Graphs alive'], held(nn.graph_bytes, nn.graphs_live), at);
  assert.equal((await figures(app, 'WebGPU device')).Submits, grouped(gpu.submits_total), at);
  const alive = pool.in_use_count + pool.pending_count + pool.idle_count;
  const table = app.page.getByRole('table', { name: 'Live resources' });
  assert.equal(await table.getAttribute('aria-rowcount'), String(alive + 1), `lines ${at}`);
  const classes = await region(app, 'GPU pool by size class and usage').locator('tbody:visible tr').allInnerTexts();
  const numbers = classes.map((row) => plain(row).split('\t').slice(1, 3).map(Number));
  const sums = numbers.reduce(([a, b], [used, back]) => [a + used, b + back], [0, 0]);
  assert.deepEqual(sums, [pool.in_use_count, pool.pending_count + pool.idle_count], at);
  assert.equal(await region(app, 'Why').locator('.badge.now').innerText(), 'now');

  await app.showTab('Budget');
  const rows = async () => Object.fromEntries((await region(app, 'Budget tree').locator('tbody tr').allInnerTexts())
    .map((row) => plain(row).split('\t').map((cell) => cell.replace(/[▾▸]/, '').trim()))
    .map((cells) => [cells[0], cells]));
  await until(async () => (await rows()).Total?.[2] === mib(budget.current_bytes), `the budget ${at}`);
  const tree = await rows();
  const names = { ecs: 'ECS', gpu_buffers: 'GPU buffers', gpu_textures: 'GPU textures', npu_models: 'NPU models', npu_tensors: 'NPU tensors', temporary: 'Temporary' };
  for (const { category, current_bytes, limit_bytes, peak_bytes } of budget.categories) {
    const row = tree[names[category]];
    assert.deepEqual([row[2], row[6], row[8]], [current_bytes, limit_bytes, peak_bytes].map(mib), `${category} ${at}`);
  }
  for (const { heap, current_bytes } of budget.heaps) {
    assert.equal(tree[{ arena: 'Arena', device: 'GPU device', npu: 'NPU' }[heap]][2], mib(current_bytes), `${heap} ${at}`);
  }
  assert.equal(tree.Total[6], mib(budget.total_bytes), `the limit ${at}`);

  await app.showTab('Overview');
  const head = (card) => region(app, card).locator('.card-figures').innerText().then(plain);
  const whole = `${mib(budget.current_bytes)} of ${mib(budget.total_bytes)} MiB`;
  await until(async () => (await head('Usage by category')).startsWith(whole), `the usage ${at}`);
  assert.equal(await head('Arena'), `${mib(arena.used_bytes)} of ${mib(arena.capacity_bytes)} MiB · ${grouped(arena.allocation_count)} live`);
  const ratio = (value) => fixed(value, 3);
  assert.equal(
    await head('Fragmentation'),
    `external ${ratio(arena.external_fragmentation)} · concentration ${ratio(arena.free_space_concentration)} · largest free ${size(arena.largest_free_bytes)}`,
    at,
  );
}

for (const config of SCENES) {
  appTest(`${config.scenario}: every panel shows what the engine said then`, async (app) => {
    const seen = await recorded(app, config);
    for (const then of [seen[2], seen[0], seen[3], seen[1]]) await check(app, then);
    await app.page.keyboard.press('l');
    const { arena } = await app.metrics();
    await app.showArena('Space');
    await until(async () => (await figures(app, 'Figures')).Footprint === size(arena.footprint_bytes), 'the figures of now');
    assert.equal(await app.page.locator('.badge.now').count(), 0);
  });
}

appTest('a run that is opened shows its end on every panel, and says that it was opened', async (app) => {
  // Longer than a chunk of events: readers see it while it is read.
  const [then] = (await recorded(app, { ...SCENES[0], mutators: 1 })).slice(-1);
  const end = await app.metrics();
  await app.showTab('Snapshots');
  const card = region(app, 'Recordings in this browser');
  await until(() => card.getByText('Every event of a run').isVisible(), 'an empty list');
  await card.getByRole('button', { name: 'Keep this run' }).click();
  await until(async () => (await card.locator('tbody tr').count()) === 1, 'the run in the list');
  const listed = plain(await card.locator('tbody tr').innerText());
  assert.match(listed, /Level streaming, seed 7/);
  assert.match(listed, new RegExp(`${(end.time_us / 1e6).toFixed(1)} s`));
  await app.ready();
  await app.showTab('Snapshots');
  await app.runTo(30, SCENES[0]);
  await app.call('stop');
  await app.call('show_moment', { event: 100 });
  await card.getByRole('button', { name: /^Open / }).click();
  await until(async () => (await app.page.getByRole('tab', { name: 'Timeline' }).getAttribute('aria-selected')) === 'true', 'the timeline');
  await until(async () => (await app.page.getByRole('status', { name: 'Moment' }).innerText()).includes('opened'), 'the badge');
  assert.match(await region(app, 'Recording').locator('.opened-note').innerText(), /Opened: .*asrec/);
  await app.showArena('Space');
  await until(async () => (await figures(app, 'Figures')).Used === size(end.arena.used_bytes), 'the end of the run');
  assert.match((await figures(app, 'Figures')).Free, /^≤ /, 'no tick tells it: what lay between live ranges is a bound');
  // The charts and the strip are of that run, too: nobody has to press Start.
  await app.showTab('Overview');
  await until(async () => (await app.page.getByText('No data yet').count()) === 0, 'charts of the run');
  const seconds = Math.round(end.time_us / 1e5) / 10;
  await until(async () => new RegExp(`of the run, ${seconds} s`).test(await app.page.locator('.overview-strip [role=img]').getAttribute('aria-label')), 'a strip as long as the run');
  await app.showArena('Space');
  await app.call('show_moment', { time_us: then.time_us });
  await until(async () => (await figures(app, 'Figures')).Used === size(then.arena.used_bytes), 'an earlier moment');
  // A run of its own takes the place.
  await app.call('start', SCENES[0]);
  await until(async () => (await app.page.getByRole('status', { name: 'Moment' }).count()) === 0, 'live again');
  await app.showTab('Snapshots');
  await card.getByRole('button', { name: /^Delete / }).click();
  await card.getByRole('button', { name: /^Really delete / }).click();
  await until(() => card.getByText('Every event of a run').isVisible(), 'an empty list again');
});

appTest('what is selected is said beside the tabs, narrows the pool, and can be let go', async (app) => {
  const seen = await recorded(app, SCENES[0]);
  await app.showArena('Space');
  await app.page.getByRole('button', { name: /^GPU textures/ }).first().click();
  const chip = app.page.getByRole('button', { name: /^Selected: / });
  assert.equal(await chip.getAttribute('aria-label'), 'Selected: GPU textures. Let go');
  await app.showTab('GPU pool');
  const table = app.page.getByRole('table', { name: 'Live resources' });
  const lines = async () => Number(await table.getAttribute('aria-rowcount')) - 1;
  const { gpu } = await app.call('pool');
  const textures = gpu.resources.filter(({ category }) => category === 'gpu_textures').length;
  assert.ok(textures > 0 && textures < gpu.resources.length);
  await until(async () => (await lines()) === textures, `${textures} lines`);
  await app.call('show_moment', { time_us: seen[0].time_us });
  await until(async () => (await lines()) !== textures, 'those of another moment');
  const rows = await table.locator('.live-body .live-row').allInnerTexts();
  assert.ok(rows.every((row) => row.includes('GPU textures')), rows.join('\n'));
  await chip.click();
  assert.equal(await chip.count(), 0);
  await app.page.keyboard.press('Control+z');
  assert.equal(await chip.count(), 1, 'undone');
});

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`an earlier moment, ${theme}, ${width} px: nothing sticks out`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      const [, then] = await recorded(app, SCENES[0]);
      await app.setTheme(theme);
      await app.call('show_moment', { time_us: then.time_us });
      for (const tab of ['Overview', 'GPU pool', 'Budget', 'Arena', 'Snapshots']) {
        await app.showTab(tab);
        await new Promise((done) => setTimeout(done, 600));
        const over = await app.page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
        assert.equal(over, 0, `${tab} sticks out sideways`);
        await app.page.screenshot({ path: join(FOLDER, `moment-${theme}-${width}-${tab.toLowerCase().replace(' ', '-')}.png`) });
      }
    });
  }
}

appTest('beside a chosen time and a moment the name of the run gives way, not the tabs', async (app) => {
  await app.page.setViewportSize({ width: 1280, height: 800 });
  await app.ready();
  await app.runTo(200, { scenario: 'fragmentation-storm', seed: 1_234_567, policy: 'seed_compat' });
  await app.call('show_moment', { event: 4_000 });
  await app.showTab('Timeline');
  const box = await app.page.locator('canvas').last().boundingBox();
  await app.page.keyboard.down('Shift');
  await app.page.mouse.move(box.x + 100, box.y + 60);
  await app.page.mouse.down();
  await app.page.mouse.move(box.x + 220, box.y + 60, { steps: 5 });
  await app.page.mouse.up();
  await app.page.keyboard.up('Shift');
  await until(async () => (await app.page.locator('.tabs-end').innerText()).includes('×'), 'a chosen time');
  const [tab, end] = [await app.page.locator('#tab-snapshots').boundingBox(), await app.page.locator('.tabs-end').boundingBox()];
  assert.ok(tab.x + tab.width <= end.x, `the last tab ends at ${tab.x + tab.width}, the rest begins at ${end.x}`);
  assert.ok(end.x + end.width <= 1280, `${end.x + end.width}`);
});
