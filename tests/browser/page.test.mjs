// The page in the hands of a person: the toolbar drives the engine, the charts
// move, the tabs show their panels, and a link brings back a run.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const TABS = ['Overview', 'Timeline', 'Arena', 'GPU pool', 'Budget', 'Events', 'Leaks', 'Stacks', 'Snapshots', 'Compare', 'Lab'];
const DRAWER_TABS = ['Console', 'Report', 'Problems'];

const appTest = appSuite();

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

appTest('the toolbar starts, stops and resets what it shows', async (app) => {
  await app.ready();
  const { label } = (await app.call('scenarios')).find(({ key }) => key === 'level-streaming');
  await app.select('Scenario').selectOption({ label });
  await app.page.getByRole('spinbutton', { name: 'Seed' }).fill('4242');
  await app.button(/^Start/).click();
  await app.untilMetrics('a run', (m) => m.running && m.time_us > 1_500_000);
  const { config } = await app.call('snapshot');
  assert.equal(config.scenario, 'level-streaming');
  assert.equal(config.seed, 4242);
  await app.button(/^Stop/).click();
  await app.untilMetrics('a stop', (m) => !m.running);
  await app.button('Reset').click();
  const dialog = app.page.getByRole('dialog', { name: 'Reset' });
  await dialog.getByRole('button', { name: 'Cancel' }).click();
  await dialog.waitFor({ state: 'hidden' });
  assert.ok((await app.metrics()).frame > 0, 'nothing is dropped by a question');
  await app.button('Reset').click();
  await dialog.getByRole('button', { name: 'Reset', exact: true }).click();
  await app.untilMetrics('a reset', (m) => m.frame === 0 && m.arena.allocations_total === 0);
});

appTest('policy and pool mode chosen in the toolbar are the engine\'s', async (app) => {
  await app.ready();
  const pick = async (name, index) => {
    const select = app.select(name);
    await select.selectOption({ index });
    return select.inputValue();
  };
  const policy = await pick('Policy', 1);
  await app.openMoreSettings();
  const mode = await pick('Pool mode', 1);
  await app.button(/^Start/).click();
  await app.untilMetrics(`${policy} and ${mode}`, (m) => m.running && m.arena.policy === policy && m.pool.mode === mode);
});

/** Card title → a digest of its canvases' pixels, for the cards on screen. */
function chartDigests() {
  const digest = (text) => {
    let hash = 0;
    for (let at = 0; at < text.length; at += 1) hash = (Math.imul(hash, 31) + text.charCodeAt(at)) | 0;
    return hash;
  };
  const cards = {};
  for (const canvas of document.querySelectorAll('canvas')) {
    const card = canvas.closest('.card, section, article, figure');
    if (!card || !canvas.width || !canvas.checkVisibility()) continue;
    const title = card.querySelector('h1, h2, h3, h4, figcaption')?.textContent.trim() ?? 'a card without a title';
    cards[title] = `${cards[title] ?? ''} ${digest(canvas.toDataURL())}`;
  }
  return cards;
}

appTest('every chart of the overview moves while a run lasts, and stands while paused', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'level-streaming', seed: 7 });
  const before = await app.page.evaluate(chartDigests);
  assert.ok(Object.keys(before).length >= 4, `charts on the overview: ${Object.keys(before)}`);
  const still = new Set(Object.keys(before));
  await until(async () => {
    const now = await app.page.evaluate(chartDigests);
    for (const title of still) if (now[title] !== before[title]) still.delete(title);
    return still.size === 0;
  }, 'every chart to change').catch((error) => {
    throw new Error(`${error.message}; unchanged: ${[...still]}`);
  });
  await app.button(/^Pause/).click();
  await pause(300);
  const paused = await app.page.evaluate(chartDigests);
  const { frame } = await app.metrics();
  await app.untilMetrics('the engine to go on', (m) => m.frame > frame + 30);
  assert.deepEqual(await app.page.evaluate(chartDigests), paused);
});

appTest('every tab shows its panel, and arrow keys move between tabs', async (app) => {
  await app.ready();
  for (const name of TABS) {
    await app.showTab(name);
    const panel = app.page.getByRole('tabpanel', { name, exact: true });
    await panel.waitFor({ state: 'visible', timeout: 5_000 });
    assert.ok((await panel.innerText()).trim().length > 0, `the panel ${name} is blank`);
  }
  await app.showTab('Overview');
  await app.page.keyboard.press('ArrowRight');
  const focused = () => app.page.evaluate(() => document.activeElement.textContent.trim());
  assert.equal(await focused(), 'Timeline');
  await app.page.keyboard.press('ArrowLeft');
  assert.equal(await focused(), 'Overview');
});

appTest('the drawer reports the budget, and the console what happened', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'game-loop', seed: 7 });
  for (const name of DRAWER_TABS) await app.showTab(name);
  await app.showTab('Report');
  const shown = () => app.page.evaluate(() => document.body.innerText);
  await until(async () => /budget/i.test(await shown()) && /MiB/.test(await shown()), 'the report');
  const { report } = await app.call('snapshot');
  assert.ok(report.length > 100, 'the snapshot holds the report');
});

appTest('the address reproduces what was chosen', async (app) => {
  await app.ready();
  await app.select('Scenario').selectOption('fragmentation-storm');
  await app.select('Policy').selectOption('seed_compat');
  const seed = app.page.getByRole('spinbutton', { name: 'Seed' });
  await seed.fill('777');
  await seed.press('Enter');
  await app.showTab('Budget');
  const address = await until(() => {
    const { search, hash } = new URL(app.page.url());
    return (search + hash).includes('777') ? search + hash : null;
  }, 'the seed in the address');
  await app.page.goto('about:blank');
  await app.ready(address);
  assert.equal(await app.select('Scenario').inputValue(), 'fragmentation-storm');
  assert.equal(await app.select('Policy').inputValue(), 'seed_compat');
  assert.equal(await seed.inputValue(), '777');
  assert.equal(await app.page.getByRole('tab', { name: 'Budget', exact: true }).getAttribute('aria-selected'), 'true');
});

// In the page: what the pool's card says of the idle bytes, in its head and in its
// legend, over so many frames.
async function idleTold(frames) {
  const card = [...document.querySelectorAll('section')].find((section) => section.querySelector('h2')?.textContent === 'GPU pool');
  const entry = [...card.querySelectorAll('.legend li')].find((item) => item.querySelector('.legend-name').textContent === 'idle');
  const told = [];
  for (let frame = 0; frame < frames; frame += 1) {
    await new Promise(requestAnimationFrame);
    const head = card.textContent.match(/idle ([\d.]+) MiB/)[1];
    const [value, unit] = entry.querySelector('.legend-value').textContent.split(' ');
    told.push([Number(head), Number(value) * { B: 2 ** -20, KiB: 2 ** -10, MiB: 1 }[unit]]);
  }
  return told;
}

appTest('a legend tells of the moment that the figures beside it tell of', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'gpu-thrash', seed: 7 });
  const told = await app.page.evaluate(idleTold, 240);
  const same = told.filter(([head, legend]) => Math.abs(head - legend) <= 0.06).length;
  const values = new Set(told.map(([head]) => head)).size;
  assert.ok(values > 5, `only ${values} values in ${told.length} frames`);
  // Texts take turns: a legend is some frames behind, four times a second.
  assert.ok(same > told.length / 3, `the same in ${same} of ${told.length} frames: ${JSON.stringify(told.slice(0, 30))}`);
});
