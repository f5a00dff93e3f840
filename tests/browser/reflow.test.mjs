// Small windows, large zoom, forced colours (WCAG 1.4.10, 1.4.11, 1.4.3): nothing is to be
// scrolled sideways but wide tables and charts in their own box, a panel stays usable, and
// what is said by colour is seen in the system's colours too.

import assert from 'node:assert/strict';
import { mkdir } from 'node:fs/promises';
import { before } from 'node:test';
import { join } from 'node:path';
import { OUT, appSuite, until } from './fixture.mjs';

const FOLDER = join(OUT, 'screenshots');
const TABS = ['Overview', 'Timeline', 'Arena', 'GPU pool', 'Budget', 'Events', 'Leaks', 'Stacks', 'Snapshots', 'Compare', 'Lab'];
const PARTS = ['Space', 'Fragmentation', 'Refusals', 'Threads'];
const NARROW = [{ width: 400, height: 800 }, { width: 320, height: 256 }];
/** A window of 1280 × 800 at 200 %. */
const ZOOMED = { width: 640, height: 400 };
const PANEL_LEAST_PX = 200;
/** WCAG 1.4.3 for text, 1.4.11 for what is no text. */
const TEXT_CONTRAST = 4.5;

before(() => mkdir(FOLDER, { recursive: true }));

const appTest = appSuite();

/** Every view: the panels, and the parts of the Arena panel. */
async function eachView(app, look) {
  for (const tab of TABS) {
    await app.showTab(tab);
    for (const part of tab === 'Arena' ? PARTS : [null]) {
      if (part) await app.showTab(part);
      await look(part ? `${tab}, ${part}` : tab);
    }
  }
}

/** In the page: what sticks out of the window, unless a box of its own scrolls or cuts it. */
function sticksOut() {
  const wide = document.documentElement.clientWidth;
  const frame = new Set([document.documentElement, document.body, ...document.querySelectorAll('.stage, .panel, .part')]);
  const isHeld = (element) => {
    for (let box = element.parentElement; box && !frame.has(box); box = box.parentElement) {
      if (getComputedStyle(box).overflowX !== 'visible' && box.getBoundingClientRect().right <= wide + 1) return true;
    }
    return false;
  };
  const name = (element) => `${element.tagName.toLowerCase()}.${element.getAttribute('class') ?? ''}`;
  const out = [...document.querySelectorAll('body *')].filter((element) => {
    const { width, right } = element.getBoundingClientRect();
    return width > 0 && right > wide + 1 && element.checkVisibility() && !isHeld(element);
  });
  const scrolled = [...frame].filter((box) => box.scrollWidth > box.clientWidth && box.checkVisibility());
  return [...out.map(name), ...scrolled.map((box) => `${name(box)} scrolls sideways`)];
}

for (const viewport of NARROW) {
  appTest(`${viewport.width} × ${viewport.height}: no panel is scrolled sideways`, { viewport }, async (app) => {
    await app.ready();
    await app.runTo(60, { scenario: 'level-streaming', seed: 7, mutators: 2 });
    await app.settle();
    await eachView(app, async (view) => {
      assert.deepEqual(await app.page.evaluate(sticksOut), [], view);
      await app.page.screenshot({ path: join(FOLDER, `${view.replace(', ', '-').replace(' ', '-')}-${viewport.width}.png`) });
    });
  });

  appTest(`${viewport.width} × ${viewport.height}: the settings of a run open behind one button`, { viewport }, async (app) => {
    await app.ready();
    assert.equal(await app.select('Scenario').isVisible(), false, 'they take no room while they are closed');
    await app.button('Settings').click();
    await app.select('Scenario').selectOption('leak');
    await app.openMoreSettings();
    assert.deepEqual(await app.page.evaluate(sticksOut), [], 'with all settings open');
    await app.button('Settings').click();
    await app.button(/^Start/).click();
    await app.untilMetrics('the run that was chosen', (m) => m.running && m.frame > 5);
    assert.equal((await app.call('snapshot')).config.scenario, 'leak');
  });
}

const panelHeight = (app) => app.page.evaluate(() => document.querySelector('.panel').clientHeight);

appTest('200 %: the drawer leaves a panel that can be used, and can be closed', { viewport: ZOOMED }, async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop' });
  const edge = app.page.getByRole('separator', { name: 'Height of the drawer' });
  await edge.focus();
  await app.page.keyboard.press('End');
  await eachView(app, async (view) => {
    assert.ok((await panelHeight(app)) >= PANEL_LEAST_PX, `${view}: ${await panelHeight(app)} px are left`);
    assert.deepEqual(await app.page.evaluate(sticksOut), [], view);
  });
  await app.button('Close').click();
  await until(async () => !(await app.page.locator('.drawer-body').isVisible()), 'the drawer to close');
});

appTest('a drawer that was dragged high leaves a panel in a lower window', async (app) => {
  await app.ready();
  await app.page.getByRole('separator', { name: 'Height of the drawer' }).focus();
  await app.page.keyboard.press('End');
  await app.page.setViewportSize({ width: 1280, height: 560 });
  await until(async () => (await panelHeight(app)) >= 150, 'room for a panel');
});

/** In the page: places whose meaning is a colour, and that the system's colours take away. */
function vanished() {
  const PLACES = ['.chip', '.legend-swatch', '.dot', '.meter-bar', '.start-mark', '.mark-bars i', '.lifetime-cell', '.cause-bar', '.tree-bar', '.tab-dot'];
  const isPainted = (style) => style.backgroundImage !== 'none' || style.boxShadow !== 'none'
    || !/^rgba\(.*, 0\)$/.test(style.backgroundColor) || parseFloat(style.borderLeftWidth) > 0;
  const gone = [];
  for (const place of PLACES) {
    for (const element of document.querySelectorAll(place)) {
      const style = getComputedStyle(element);
      const ground = getComputedStyle(document.body).backgroundColor;
      const isKept = style.forcedColorAdjust === 'none' && isPainted(style) && style.backgroundColor !== ground;
      if (element.checkVisibility() && !isKept) gone.push(`${place} ${element.className}`);
    }
  }
  return { gone: [...new Set(gone)], seen: PLACES.filter((place) => document.querySelector(place)) };
}

appTest('forced colours: chips, bars, dots, marks and what is pressed are seen', async (app) => {
  await app.page.emulateMedia({ forcedColors: 'active' });
  await app.ready();
  await app.runTo(200, { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 16 * 1024 * 1024 });
  await app.settle();
  const seen = new Set();
  await eachView(app, async (view) => {
    if (view === 'Leaks') await app.page.locator('.lifetime-cell').first().waitFor();
    const { gone, seen: here } = await app.page.evaluate(vanished);
    here.forEach((place) => seen.add(place));
    assert.deepEqual(gone, [], view);
    await app.page.screenshot({ path: join(FOLDER, `${view.replace(', ', '-').replace(' ', '-')}-forced.png`) });
  });
  for (const place of ['.chip', '.legend-swatch', '.dot', '.start-mark', '.lifetime-cell']) assert.ok(seen.has(place), `${place} was on no panel`);
  await app.showTab('Timeline');
  const outline = (pressed) => app.page.locator(`.timeline-tools .button[aria-pressed="${pressed}"]`).first().evaluate((button) => getComputedStyle(button).outlineStyle);
  assert.notEqual(await outline(true), await outline(false), 'what is pressed looks like what is not');
});

/**
 * In the page: the contrast of the text drawn in the uppermost pixels of a chart with its
 * ground: of the pixel that is farthest from it, the middle of a stroke.
 */
function labelContrast([selector, height]) {
  const channel = (part) => (part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4);
  const light = (r, g, b) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255);
  const probe = document.createElement('canvas').getContext('2d');
  probe.fillStyle = getComputedStyle(document.documentElement).getPropertyValue('--panel');
  probe.fillRect(0, 0, 1, 1);
  const ground = light(...probe.getImageData(0, 0, 1, 1).data.slice(0, 3));
  const canvas = document.querySelector(selector);
  const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, Math.round(height * devicePixelRatio));
  let best = 1;
  for (let at = 0; at < data.length; at += 4) {
    if (data[at + 3] < 240) continue;
    const [low, high] = [ground, light(data[at], data[at + 1], data[at + 2])].sort((a, b) => a - b);
    best = Math.max(best, (high + 0.05) / (low + 0.05));
  }
  return best;
}

for (const theme of ['dark', 'light']) {
  appTest(`${theme}: the labels of an axis can be read`, async (app) => {
    await app.ready();
    await app.setTheme(theme);
    await app.runTo(60, { scenario: 'game-loop' });
    await app.showTab('Timeline');
    // Below the ruler there are bars: the labels are alone in it.
    const RULER = ['.tracks-plot canvas', 22];
    await until(async () => (await app.page.evaluate(labelContrast, RULER)) >= TEXT_CONTRAST, `labels of at least ${TEXT_CONTRAST} : 1`);
  });
}

appTest('an event that was chosen elsewhere is as a whole below the head of the table', async (app) => {
  await app.ready();
  await app.runTo(120, { scenario: 'level-streaming', seed: 7, speed: 4 });
  await app.settle();
  await app.call('show_moment', { time_us: 900_000 });
  await app.showTab('Events');
  const row = app.page.locator('.event-row.active');
  await row.waitFor();
  const place = () => app.page.evaluate(() => {
    const [head, row] = ['.event-head', '.event-row.active'].map((selector) => document.querySelector(selector).getBoundingClientRect());
    const view = document.querySelector('.event-grid').getBoundingClientRect();
    return { below: row.top - head.bottom, above: view.bottom - row.bottom };
  });
  const { below, above } = await place();
  assert.ok(below >= -0.5 && above >= -0.5, `the row begins ${below} px below the head and ends ${above} px above the end`);
  // One that is cut by the head comes out when it is pressed.
  const CUT_PX = 11;
  const cut = () => app.page.evaluate(() => {
    const head = document.querySelector('.event-head').getBoundingClientRect();
    return head.bottom - document.querySelector('.event-window .event-row').getBoundingClientRect().top;
  });
  const further = CUT_PX - (await cut());
  await app.page.evaluate((px) => { document.querySelector('.event-grid').scrollTop += px; }, further);
  await until(async () => Math.abs((await cut()) - CUT_PX) < 2, 'a row that is cut');
  const number = await app.page.locator('.event-window .event-row').first().getAttribute('aria-rowindex');
  const head = await app.page.locator('.event-head').boundingBox();
  await app.page.mouse.click(head.x + 300, head.y + head.height + 4);
  await until(async () => {
    const { below: now } = await place();
    return now >= -0.5 && (await row.getAttribute('aria-rowindex')) === number;
  }, 'the row that was pressed, below the head');
});
