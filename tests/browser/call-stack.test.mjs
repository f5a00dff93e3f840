// The call stack of one event: in Events, in Leaks, on the map and its pinned card; and what
// has no call stacks shows nothing of it.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

const plain = (text) => text.replaceAll(/[\u00a0\u202f]/g, ' ');
const region = (app, name) => app.page.getByRole('region', { name, exact: true });
const site = async (place) => plain(await place.locator('.call-stack-site').first().innerText());
const frames = async (place) => (await place.locator('.call-stack-frames li').allInnerTexts()).map(plain);
const says = (place, pattern) => until(async () => pattern.test(await site(place).catch(() => '')), `${pattern}`);

/** heaptrack's text: texts have their length before them, numbers are hexadecimal. */
const strings = ['/bin/game', 'main', 'main.cpp', 'load_level', 'level.cpp', 'draw', 'draw.cpp', '/lib/libc.so.6', 'malloc'];
const HEAD = [
  'v 10400 3',
  'X game --level 1',
  ...strings.map((text) => `s ${text.length.toString(16)} ${text}`),
  'i 400100 1 2 3 a',
  'i 400200 1 4 5 14',
  'i 400300 1 6 7 1e',
  'i 7f00 8 9',
  // main, main > load_level > malloc, main > draw > malloc.
  't 1 0', 't 2 1', 't 4 2', 't 3 1', 't 4 4',
  'a 3000 3',
  'a 1000 5',
];

/** Loads without end, draws and gives back. */
const ROUNDS = 800;
const leaking = Array.from({ length: ROUNDS }, (_, round) => [`c ${(round * 10).toString(16)}`, '+ 0', '+ 1', '- 1'].join('\n'));
const LEAKING = [...HEAD, ...leaking, ''].join('\n');

/** heaptrack's raw text: two allocations of 1 MiB each, far apart. */
const RAW_HEAD = [
  'v 10400 3', 'x 9 /bin/prog', 'X prog', 'I 1000 10', 'm 1 -', 'm 1 x 400000 0 1000 2000 500',
  'm e /lib/libc.so.6 7f0000000000 0 8000', 't 7f0000000010 0', 't 400100 1', 't 402001 2', 't 99 0',
];
const RAW = [...RAW_HEAD, '+ 100000 3 10000000', 'c a', '+ 100000 2 70000000', ''].join('\n');

/** The same of one that keeps 12 KiB in each round, and takes and gives back 4 KiB. */
const rounds = Array.from({ length: ROUNDS }, (_, round) => {
  const kept = (0x10000000 + round * 0x4000).toString(16);
  return [`c ${(round * 10).toString(16)}`, `+ 3000 3 ${kept}`, '+ 1000 2 70000000', '- 70000000'].join('\n');
});
const RAW_LEAKING = [...RAW_HEAD, ...rounds, ''].join('\n');

async function opened(app, name, text) {
  await app.ready();
  await app.page.context().grantPermissions(['clipboard-read', 'clipboard-write']);
  await app.page.evaluate(([name, text]) => window.arenascope.open(new File([text], name)), [name, text]);
}

/** Opens and copies the stack with keys alone; the lines that are on the clipboard. */
async function copied(app, place) {
  await place.getByRole('button', { name: 'Call stack' }).first().focus();
  await app.page.keyboard.press('Enter');
  await until(async () => (await frames(place)).length > 0, 'the frames');
  await app.page.keyboard.press('Tab');
  await app.page.keyboard.press('Enter');
  const text = await until(() => app.page.evaluate(() => navigator.clipboard.readText()), 'the copied stack');
  return plain(text).split('\n');
}

appTest('Events say which function an event came from, and on demand the whole stack', async (app) => {
  await opened(app, 'game.heaptrack', LEAKING);
  await app.showTab('Events');
  const events = region(app, 'Events');
  await says(events, /by draw \(draw\.cpp:30\)$/);
  assert.deepEqual(await frames(events), [], 'closed at first');
  const lines = await copied(app, events);
  assert.match(lines[0], /^Event \d/);
  assert.match(lines[1], /^malloc/);
  assert.deepEqual(lines.slice(2), ['draw (draw.cpp:30)', 'main (main.cpp:10)', '']);
  assert.deepEqual((await frames(events)).slice(1), ['draw (draw.cpp:30)', 'main (main.cpp:10)']);
  // It follows the row, and stays open.
  await events.getByRole('grid').focus();
  await app.page.keyboard.press('Home');
  await app.page.keyboard.press('ArrowDown');
  await says(events, /^Called by load_level \(level\.cpp:20\)$/);
  assert.equal((await frames(events))[1], 'load_level (level.cpp:20)');
});

appTest('Leaks say where what is held was allocated', async (app) => {
  await opened(app, 'prog.raw', RAW_LEAKING);
  await app.showTab('Leaks');
  const card = region(app, 'Growth without release');
  await until(async () => /1 suspect/.test(await card.innerText()), 'the suspect');
  await says(card.locator('.evidence-row'), /^Called by prog\+0x2001/);
  await card.getByRole('button', { name: 'Call stack' }).click();
  assert.match((await frames(card)).at(-1), /^libc\.so\.6\+0x10/);
});

appTest('the map says it of what is pointed at, and of what is pinned; requests fit one range', async (app) => {
  await opened(app, 'prog.raw', RAW);
  await app.showArena('Space');
  const map = app.page.locator('.map-large .chart-live');
  const box = await map.boundingBox();
  await app.page.mouse.move(box.x + 4, box.y + 4);
  const reading = app.page.locator('.map-large .map-readout');
  await until(async () => / · called by prog\+0x2001/.test(await reading.innerText()), 'the site');
  await app.page.mouse.click(box.x + 4, box.y + 4);
  const card = region(app, 'Pinned range');
  await says(card, /^Called by prog\+0x2001/);
  const lines = await copied(app, card);
  assert.match(lines[0], /^Event 1:$/);
  assert.deepEqual(lines.slice(1).map((line) => line.split(' ')[0]), ['prog+0x2001', 'prog+0x100', 'libc.so.6+0x10', '']);
  await card.getByRole('button', { name: 'Copy', exact: true }).click();
  const whole = await until(async () => {
    const text = await app.page.evaluate(() => navigator.clipboard.readText());
    return /^Category: /.test(text) && text;
  }, 'the copied card');
  assert.match(whole, /Lived: [^\n]+\nEvent 1:\nprog\+0x2001/);
  const request = region(app, 'What blocks a request?');
  await app.page.getByLabel('Size of the request').fill('1.5 MiB');
  await until(async () => /It would never fit: the largest range has room for 1\.1 MiB/.test(await request.innerText()), 'one range is too small');
  assert.equal(await request.getByLabel('Alignment of the request').locator('option').first().innerText(), '16 B');
});

appTest('the engine’s run has no call stacks, and nothing is said of them', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'leak', seed: 7 });
  await app.call('stop');
  await app.showTab('Events');
  await app.page.locator('.event-window .event-row').first().click();
  await until(async () => (await app.page.locator('.event-row.active').count()) === 1, 'a chosen event');
  assert.equal(await app.page.locator('.call-stack').count(), 0);
});
