// What the page tells by itself, and the ways to it: changes of limits on the timeline, a
// leak and a lost device in the console, jumps in the palette, a link to a moment.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();
const MIB = 2 ** 20;

const plain = (text) => text.replaceAll('\u00a0', ' ');
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const momentUs = async (app) => {
  const text = await app.page.getByRole('status', { name: 'Moment' }).innerText();
  return Math.round(Number(/([\d.]+) s/.exec(text)[1]) * 1e6);
};
const isSelected = async (app, tab) => (await app.page.getByRole('tab', { name: tab, exact: true }).getAttribute('aria-selected')) === 'true';

/** Finds a command by words and takes it. */
async function command(app, words) {
  await app.page.keyboard.press('Control+k');
  const input = app.page.getByRole('combobox', { name: 'Command' });
  await input.fill(words, { timeout: 5_000 }).catch((error) => { throw new Error(`the palette did not open for "${words}": ${error.message}`); });
  const options = app.page.locator('.commands [role=option]');
  await until(async () => (await options.count()) === 1, `one command with the words "${words}"`);
  const blocked = (await options.getAttribute('aria-disabled')) === 'true';
  await app.page.keyboard.press(blocked ? 'Escape' : 'Enter');
  await input.waitFor({ state: 'hidden' });
  return !blocked;
}

appTest('a change of limits is marked on the timeline, with what changed, and is reached by key', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'game-loop', seed: 7 });
  await app.showTab('Timeline');
  assert.equal(await region(app, 'Limit changes').count(), 0, 'none yet');
  await app.call('set_limits', { categories: { temporary: { max_bytes: 5 * MIB } }, heaps: { device: { max_bytes: 100 * MIB } } });
  const { frame } = await app.metrics();
  await app.untilMetrics('some frames', (m) => m.frame > frame + 60);
  await app.call('stop');
  const card = region(app, 'Limit changes');
  await card.waitFor();
  const line = card.locator('.limit-change');
  assert.equal(await line.count(), 1, 'one call is one line');
  const words = plain(await line.innerText());
  assert.match(words, /Temporary maximum .* → 5\.0 MiB/);
  assert.match(words, /GPU device maximum .* → 100\.0 MiB/);
  const listedUs = Math.round(Number(/([\d.]+) s/.exec(words)[1]) * 1e6);
  await line.getByRole('button').focus();
  await app.page.keyboard.press('Enter');
  await until(async () => Math.abs((await momentUs(app)) - listedUs) < 100, 'the moment of the change');
  await app.page.keyboard.press('l');
  await app.page.keyboard.press('Shift+C');
  await until(async () => Math.abs((await momentUs(app)) - listedUs) < 100, 'the key to go there');
  assert.match(plain(await region(app, 'Memory').locator('.moment-event').innerText()), /Limit changed: /);
  // The whole run is on screen: the mark lies at its share of the width.
  await app.page.keyboard.press('0');
  const { time_us: endUs } = await app.metrics();
  const canvas = app.page.locator('#timeline-canvas');
  const box = await canvas.boundingBox();
  await until(async () => {
    for (let dx = -4; dx <= 4; dx += 1) {
      await app.page.mouse.move(box.x + (listedUs / endUs) * box.width + dx, box.y + 33);
      if (/Limit changed: Temporary (share|maximum)/.test(plain((await canvas.getAttribute('title')) ?? ''))) return true;
    }
    return false;
  }, 'the mark to say what changed');
});

/** A digest of the rows' layer of the timeline. */
const rowsDigest = (app) => app.page.evaluate(() => {
  const { width, height } = document.querySelector('.tracks-plot canvas');
  const { data } = document.querySelector('.tracks-plot canvas').getContext('2d').getImageData(0, 0, width, height);
  let hash = 0;
  for (let at = 0; at < data.length; at += 1) hash = (Math.imul(hash, 31) + data[at]) | 0;
  return hash;
});

appTest('the timeline’s scales fit what is on screen, or the whole run', async (app) => {
  await app.ready();
  await app.showTab('Timeline');
  await app.runTo(240, { scenario: 'level-streaming', seed: 7, speed: 4 });
  await app.settle();
  const fit = app.button('Fit');
  assert.equal(await fit.getAttribute('aria-pressed'), 'true');
  await app.page.locator('#timeline-canvas').focus();
  await app.page.keyboard.press('0');
  for (let press = 0; press < 8; press += 1) await app.page.keyboard.press('w');
  await app.page.keyboard.press('Home');
  // Half a second without a new picture: a slow machine draws some frames after the key.
  const settled = async () => {
    let before = await rowsDigest(app);
    let still = 0;
    return until(async () => {
      await new Promise((done) => setTimeout(done, 100));
      const now = await rowsDigest(app);
      still = now === before ? still + 1 : 0;
      before = now;
      return still === 5 && { now };
    }, 'a chart that stands still');
  };
  const { now: fitted } = await settled();
  await fit.click();
  await until(async () => (await rowsDigest(app)) !== fitted, 'other heights, as the beginning is lower than the peak');
  const { now: ofRun } = await settled();
  await app.page.keyboard.press('v');
  assert.equal(await fit.getAttribute('aria-pressed'), 'true');
  await until(async () => (await rowsDigest(app)) === fitted, 'the heights that fit');
  await app.page.keyboard.press('v');
  await until(async () => (await rowsDigest(app)) === ofRun, 'those of the run again');
  await fit.click();
  await until(async () => (await rowsDigest(app)) === fitted, 'and those that fit');
});

appTest('events have names where the timeline is zoomed in so far that there is room', async (app) => {
  // Texts that are drawn, as the canvas is told of them.
  await app.page.addInitScript(() => {
    window.drawn = new Set();
    const { fillText } = CanvasRenderingContext2D.prototype;
    CanvasRenderingContext2D.prototype.fillText = function (text, ...rest) {
      window.drawn.add(text);
      return fillText.call(this, text, ...rest);
    };
  });
  await app.ready();
  await app.showTab('Timeline');
  await app.runTo(120, { scenario: 'game-loop', seed: 7 });
  await app.settle();
  await app.page.keyboard.press('0');
  await new Promise((done) => setTimeout(done, 300));
  await app.page.evaluate(() => window.drawn.clear());
  await app.page.mouse.move(640, 400);
  await new Promise((done) => setTimeout(done, 300));
  const names = () => app.page.evaluate(() => [...window.drawn].filter((text) => /^[a-z]+\/\S/.test(text)));
  assert.deepEqual(await names(), [], 'none while a whole run is on screen');
  await app.page.getByRole('button', { name: 'Events', exact: true }).click();
  await app.call('show_moment', { event: 2_000 });
  for (let press = 0; press < 40; press += 1) await app.page.keyboard.press('w');
  await until(async () => (await names()).length > 0, 'names of owners');
});

appTest('a leak is told once where one is, with a dot on its tab, and the line leads there', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'leak', seed: 7, speed: 8 });
  await app.showTab('Console');
  const line = app.page.locator('.line-panel', { hasText: 'first leak found in this run' });
  await line.waitFor({ timeout: 60_000 });
  const dot = app.page.getByRole('tab', { name: 'Leaks' }).locator('.tab-dot');
  assert.match(await dot.getAttribute('title'), /^Grows without release: \S/);
  assert.equal(await isSelected(app, 'Leaks'), false);
  await line.click();
  await until(() => isSelected(app, 'Leaks'), 'the panel');
  await until(async () => (await app.page.locator('.suspect-row').count()) > 0, 'the suspect');
  assert.equal(await line.count(), 1, 'once');
  await app.showTab('Overview');
  assert.equal(await command(app, 'next leak'), true);
  await until(async () => (await isSelected(app, 'Leaks')) && (await app.page.getByRole('status', { name: 'Moment' }).count()) === 1, 'the evidence');
});

appTest('a lost device is told once where one is, and its line leads to its moment and panel', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'game-loop', seed: 7 });
  await app.call('lose_gpu_device');
  await app.untilMetrics('a loss', (m) => m.gpu.device_losses_total === 1);
  const row = app.page.locator('.line', { hasText: 'first lost device of this run' });
  await row.waitFor();
  await row.locator('.line-panel').click();
  await until(() => isSelected(app, 'GPU pool'), 'the panel');
  await row.locator('.line-time').click();
  await until(async () => (await app.page.getByRole('status', { name: 'Moment' }).count()) === 1, 'the moment');
  await app.showTab('Timeline');
  await until(async () => (await region(app, 'Memory').locator('.moment-event').innerText()).length > 0, 'what happened');
  await app.call('show_moment', null);
  await app.call('lose_gpu_device');
  await app.untilMetrics('another loss', (m) => m.gpu.device_losses_total === 2);
  assert.equal(await row.count(), 1, 'once');
});

appTest('the palette goes to failures, keeps the run, and leads to opening and comparing', async (app) => {
  await app.ready();
  for (const words of ['first failed allocation', 'keep this run', 'compare two', 'next leak']) {
    assert.equal(await command(app, words), false, `${words}: there is nothing yet`);
  }
  await app.runTo(300, { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 16 * MIB, speed: 4 });
  const { arena } = await app.settle();
  assert.ok(arena.failures_total > 2);
  const gone = [];
  for (const words of ['first failed allocation', 'next failed allocation', 'previous failed allocation']) {
    assert.equal(await command(app, words), true);
    const before = gone.at(-1);
    gone.push(await until(async () => {
      const text = await app.page.getByRole('status', { name: 'Moment' }).innerText();
      return text !== before && text;
    }, words));
  }
  assert.equal(gone[2], gone[0], 'back at the first');
  await app.page.keyboard.press('l');
  assert.equal(await command(app, 'keep this run'), true);
  await until(async () => (await app.call('recordings')).length === 1, 'a file of the run');
  assert.equal(await command(app, 'open a recording that is kept'), true);
  await until(() => isSelected(app, 'Snapshots'), 'the recordings');
  await app.call('snapshot');
  await app.call('snapshot');
  await app.showTab('Overview');
  assert.equal(await command(app, 'compare two'), true);
  await until(async () => (await app.page.evaluate(() => document.activeElement.getAttribute('aria-label'))) === 'Before', 'the focus on the comparison');
  const chooser = app.page.waitForEvent('filechooser');
  assert.equal(await command(app, 'open a file'), true);
  const document = await app.call('snapshot');
  await (await chooser).setFiles({ name: 'mine.arenascope.json', mimeType: 'application/json', buffer: Buffer.from(JSON.stringify(document)) });
  await until(async () => /mine\.arenascope\.json/.test(await app.page.locator('#panel').innerText()), 'the file on the shelf');
});

appTest('a link to a moment opens at that moment', async (app) => {
  const AT_US = 800_000;
  await app.ready(`?scenario=game-loop&seed=7&tab=timeline&at_us=${AT_US}`);
  assert.equal(await isSelected(app, 'Timeline'), true);
  assert.equal(await app.page.getByRole('status', { name: 'Moment' }).count(), 0, 'there is no run yet');
  await until(async () => /the link asks for the moment/.test(await app.page.locator('.drawer').innerText()), 'what it waits for');
  await app.page.keyboard.press('Control+e');
  await until(async () => (await app.page.getByRole('status', { name: 'Moment' }).count()) === 1, 'the moment');
  const shownUs = await momentUs(app);
  assert.ok(shownUs <= AT_US && shownUs > AT_US - 100_000, `${shownUs} µs: the last event up to ${AT_US} µs`);
  assert.equal((await app.metrics()).running, true, 'the run goes on');
  // The address that is copied there asks for the same run, panel and moment.
  await app.page.evaluate(() => {
    window.copied = null;
    Object.defineProperty(navigator, 'clipboard', { value: { writeText: async (text) => { window.copied = text; } } });
  });
  assert.equal(await command(app, 'copy a link'), true);
  const link = await until(() => app.page.evaluate(() => window.copied), 'the link');
  const query = new URL(link).searchParams;
  assert.deepEqual([query.get('scenario'), query.get('seed'), query.get('tab')], ['game-loop', '7', 'timeline']);
  assert.ok(Math.abs(Number(query.get('at_us')) - shownUs) < 1_000, link);
});
