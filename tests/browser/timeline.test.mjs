// The Timeline: every number on it is held against the engine's own figures, at
// the newest moment and at earlier ones; keys, undo, markers, caps, empty state.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, fixed, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const STORM = { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 16 * 1024 * 1024, speed: 4 };
const STREAMING = { scenario: 'level-streaming', seed: 7, speed: 2 };

const appTest = appSuite();

const plain = (text) => text.replaceAll('\u00a0', ' ');
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const mib = (bytes) => fixed(bytes / 2 ** 20, 1);
const moment = (app) => app.page.getByRole('status', { name: 'Moment' });
const chart = (app) => app.page.locator('#timeline-canvas');
const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;

async function violations(app) {
  await app.page.evaluate(axe.source);
  const { violations: found } = await app.page.evaluate(() => window.axe.run());
  return found.map(({ id, nodes }) => `${id}: ${nodes.slice(0, 3).map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).join('; ')}`);
}

/** A run that was stopped at the end of a tick, and is recorded to its end. */
async function stopped(app, config, frame) {
  await app.call('start', config);
  await app.untilMetrics(`frame ${frame}`, (m) => m.frame >= frame);
  await app.call('stop');
  const metrics = await app.untilMetrics('a stop', (m) => !m.running);
  let length = -1;
  await until(async () => {
    const before = length;
    ({ length } = await app.call('recording'));
    return length > 0 && length === before;
  }, 'the recorder to be done');
  return metrics;
}

/** The table of the moment, as numbers by row and column. */
async function memory(app) {
  const rows = await region(app, 'Memory').locator('.moment-table tr').allInnerTexts();
  return Object.fromEntries(rows.slice(1).map((row) => {
    const [name, ...cells] = plain(row).trim().split(/\s*\t\s*/);
    return [name, cells];
  }));
}

const figure = async (app, name) => {
  const text = await region(app, 'Memory').locator('.figure', { hasText: name }).locator('dd').innerText();
  return plain(text);
};

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`timeline, ${theme}, ${width} px: nothing sticks out, axe is content`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      await app.ready();
      await app.setTheme(theme);
      await app.showTab('Timeline');
      const look = async (state) => {
        await new Promise((done) => setTimeout(done, 700));
        assert.equal(await app.page.evaluate(overflow), 0, `${state}: sticks out sideways`);
        assert.deepEqual(await violations(app), [], state);
        await app.page.screenshot({ path: join(FOLDER, `timeline-${theme}-${width}-${state}.png`) });
      };
      await look('empty');
      await app.call('start', { ...STORM, mutators: 2 });
      await app.untilMetrics('a storm', (m) => m.frame > 600);
      await look('live');
      await app.call('stop');
      await chart(app).click({ position: { x: 200, y: 200 } });
      await app.page.keyboard.press('m');
      await look('moment');
      await app.page.getByRole('button', { name: 'Events', exact: true }).click();
      for (let press = 0; press < 30; press += 1) await app.page.keyboard.press('w');
      await look('events');
    });
  }
}

appTest('at the end of a run, the table is the engine’s budget', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  assert.match(await app.page.locator('.tracks-empty').innerText(), /press Start/);
  const { budget, arena } = await stopped(app, STREAMING, 200);
  await until(async () => (await memory(app)).Total?.[3] === mib(budget.current_bytes), 'the total');
  const table = await memory(app);
  for (const row of budget.categories) {
    const label = { ecs: 'ECS', gpu_buffers: 'GPU buffers', gpu_textures: 'GPU textures', npu_models: 'NPU models', npu_tensors: 'NPU tensors', temporary: 'Temporary' }[row.category];
    assert.deepEqual(table[label], [row.arena_bytes, row.device_bytes, row.npu_bytes, row.current_bytes].map(mib), label);
  }
  assert.match(await figure(app, 'Arena used'), new RegExp(`^${mib(arena.used_bytes)} MiB`));
  assert.equal(await figure(app, 'Arena ranges'), plain(arena.allocation_count.toString().replace(/\B(?=(\d{3})+$)/g, ' ')));
  assert.equal(await app.page.getByText('Approximate').count(), 0);
});

appTest('an earlier moment shows what the engine said then, and the way back', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  await app.call('start', STREAMING);
  const seen = [];
  for (const frame of [60, 150, 240]) seen.push(await app.untilMetrics(`frame ${frame}`, (m) => m.frame >= frame));
  await app.call('stop');
  for (const { time_us, arena, budget } of [seen[1], seen[0], seen[2]]) {
    await app.call('show_moment', { time_us });
    await until(async () => (await moment(app).innerText()).includes('Back to live'), 'the bar of the moment');
    assert.match(plain(await moment(app).innerText()), /At [\d.]+ s\s+event [\d ]+ of [\d ]+/);
    await until(async () => (await memory(app)).Total[3] === mib(budget.current_bytes), `the total at ${time_us} µs`);
    assert.match(await figure(app, 'Arena used'), new RegExp(`^${mib(arena.used_bytes)} MiB`));
  }
  await app.showTab('Overview');
  assert.equal(await moment(app).count(), 1, 'the bar is on every panel');
  await app.page.keyboard.press('Control+z');
  await app.page.keyboard.press('Control+z');
  await app.page.keyboard.press('Control+Shift+z');
  await app.showTab('Timeline');
  await until(async () => (await memory(app)).Total[3] === mib(seen[0].budget.current_bytes), 'undo and redo');
  await app.page.keyboard.press('l');
  await until(async () => (await moment(app).count()) === 0, 'back to live');
});

appTest('jumps, steps and markers', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  const metrics = await stopped(app, STORM, 900);
  const failures = metrics.arena.refusals_total.full + metrics.arena.refusals_total.fragmented;
  assert.ok(failures > 0);
  await app.call('show_moment', { event: 1 });
  await app.page.keyboard.press('f');
  await until(async () => (await figure(app, 'Failed allocations')) === '1', 'the first failure');
  assert.match(await region(app, 'Memory').locator('.moment-event').innerText(), /^(Arena|Budget): refused/);
  await app.page.keyboard.press('f');
  await until(async () => (await figure(app, 'Failed allocations')) === '2', 'the second');
  await app.page.keyboard.press('Shift+f');
  await until(async () => (await figure(app, 'Failed allocations')) === '1', 'the first again');
  const place = async () => Number(/event ([\d ]+) of/.exec(plain(await moment(app).innerText()))[1].replaceAll(' ', ''));
  const before = await place();
  await app.page.keyboard.press(',');
  await until(async () => (await place()) === before - 1, 'one event back');
  await app.page.keyboard.press('m');
  const note = app.page.getByRole('textbox', { name: /^Note at/ });
  await note.fill('before the first failure');
  await note.press('Enter');
  await app.page.getByRole('button', { name: /^Delete the marker/ }).click();
  await until(async () => (await note.count()) === 0, 'no marker');
  await app.page.getByRole('button', { name: 'Undo', exact: true }).click();
  assert.equal(await note.inputValue(), 'before the first failure');
});

appTest('a peak is the highest value of its row; scrubbing is one step to undo', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  await stopped(app, STORM, 600);
  await app.page.keyboard.press('0');
  await app.page.keyboard.press('p');
  const arena = app.page.locator('.track-metric').first();
  await until(async () => {
    await app.page.mouse.move(2, 2);
    const [value, range] = await Promise.all(['.track-value', '.track-range'].map((part) => arena.locator(part).innerText()));
    return value === range.split(' – ')[1];
  }, 'the peak of the arena in its row');
  await app.page.keyboard.press('l');
  const box = await chart(app).boundingBox();
  await app.page.mouse.move(box.x + 300, box.y + 10);
  await app.page.mouse.down();
  for (let x = 300; x > 100; x -= 10) await app.page.mouse.move(box.x + x, box.y + 10);
  await app.page.mouse.up();
  assert.equal(await moment(app).count(), 1);
  // The peak and its way back are the two steps before.
  await app.page.keyboard.press('Control+z');
  await until(async () => (await moment(app).count()) === 0, 'live again');
});

appTest('S zooms on the timeline, and starts or stops nothing there or elsewhere', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  await app.page.keyboard.press('s');
  await new Promise((done) => setTimeout(done, 300));
  assert.equal((await app.metrics()).running, false);
  await app.showTab('Overview');
  await app.page.keyboard.press('s');
  await new Promise((done) => setTimeout(done, 300));
  assert.equal((await app.metrics()).running, false);
  await app.page.keyboard.press('Control+e');
  await app.untilMetrics('a run', (m) => m.running);
});

appTest('the cap is kept to, and what it costs is shown', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  const card = region(app, 'Recording');
  await card.getByRole('combobox', { name: /Memory cap/ }).selectOption('64');
  await card.getByRole('combobox', { name: /when the recording is full/ }).selectOption('stop');
  assert.equal((await app.call('recording')).limit_bytes, 64 * 2 ** 20, 'at once');
  await stopped(app, { ...STORM, recording_bytes: 64 * 2 ** 20, recording_full: 'stop' }, 300);
  const recording = await app.call('recording');
  assert.equal(recording.limit_bytes, 64 * 2 ** 20);
  assert.equal(recording.when_full, 'stop');
  assert.match(plain(await card.innerText()), /of 64.0 MiB; then it stops/);
  await until(async () => plain(await card.innerText()).replaceAll(' ', '').includes(`${recording.length - recording.first}events`), 'the events kept');
  const metrics = await app.metrics();
  assert.ok(recording.length >= metrics.self.events_total - metrics.self.events_lost_total);
});
