// The arena map: what hover, pin, colours and the question read is what a snapshot
// lists, at every zoom; pointer and keys do the same.

import assert from 'node:assert/strict';
import axe from 'axe-core';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { OUT, appSuite, fixed, until } from './fixture.mjs';

const MIB = 1024 * 1024;
const FOLDER = join(OUT, 'screenshots');
const STORM = { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 16 * MIB };
const LABELS = { ecs: 'ECS', gpu_buffers: 'GPU buffers', gpu_textures: 'GPU textures', npu_models: 'NPU models', npu_tensors: 'NPU tensors', temporary: 'Temporary' };

const appTest = appSuite();

const plain = (text) => text.replaceAll('\u00a0', ' ').replaceAll('\u202f', ' ');
const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const canvas = (app) => app.page.locator('.map-large .chart-live');
const reading = async (app) => plain(await app.page.locator('.map-large .map-readout').innerText());
const card = (app, name) => app.page.getByRole('region', { name, exact: true });
const sum = (numbers) => numbers.reduce((total, number) => total + number, 0);

/** Bytes as the page writes them. */
function bytes(count) {
  if (count < 1024) return `${count} B`;
  const units = ['KiB', 'MiB', 'GiB'];
  let [value, unit] = [count / 1024, 0];
  while (value >= 1023.95) [value, unit] = [value / 1024, unit + 1];
  return `${fixed(value, 1)} ${units[unit]}`;
}

/** Two addresses at the beginning of a text: from, and up to. */
function range(text) {
  const [, from, to] = /0x([0-9a-f]{4} [0-9a-f]{4})–0x([0-9a-f]{4} [0-9a-f]{4})/.exec(text) ?? assert.fail(`no addresses in "${text}"`);
  return [from, to].map((digits) => Number.parseInt(digits.replace(' ', ''), 16));
}

/** A storm in a small arena, stopped, and the snapshot of it. */
async function stopped(app, config = {}) {
  await app.ready();
  await app.showArena('Space');
  await app.runTo(400, { ...STORM, ...config });
  await app.settle();
  const snapshot = await app.call('snapshot');
  await pause(300);
  return snapshot;
}

/** What a snapshot says of the range at an address. */
function listed({ arena }, offset) {
  const holds = (range) => range.offset <= offset && offset < range.offset + range.size;
  const used = arena.allocations.find(holds);
  if (used) return { ...used, what: `${LABELS[used.category]} · ${used.tag}` };
  const free = arena.free_ranges.find(holds);
  if (free) return { ...free, what: 'free' };
  const cached = arena.cached_ranges.find(holds);
  return cached ? { ...cached, what: 'cached' } : { offset: 0, what: 'header and node table' };
}

/** Bytes a cell stands for, which is read where nothing is pointed at. */
async function cellBytes(app) {
  const box = await canvas(app).boundingBox();
  await app.page.mouse.move(box.x - 90, box.y - 60);
  await pause(60);
  return / · ([\d.]+ \w+) per cell/.exec(await reading(app))?.[1];
}

/** Turns the wheel at a point until a cell stands for so much. */
async function zoomTo(app, cell, point) {
  for (let turns = 0; turns < 20; turns += 1) {
    if ((await cellBytes(app)) === cell) return;
    await app.page.mouse.move(point.x, point.y);
    await app.page.mouse.wheel(0, -100);
    await pause(60);
  }
  throw new Error(`the wheel never came to ${cell}, but to ${await cellBytes(app)}`);
}

for (const theme of ['dark', 'light']) {
  for (const width of [1280, 800]) {
    appTest(`map, ${theme}, ${width} px: nothing sticks out, axe is content`, { viewport: { width, height: 800 } }, async (app) => {
      await mkdir(FOLDER, { recursive: true });
      await app.ready();
      await app.setTheme(theme);
      await app.showArena('Space');
      const look = async (state) => {
        await pause(400);
        const overflow = () => document.documentElement.scrollWidth - document.documentElement.clientWidth;
        assert.equal(await app.page.evaluate(overflow), 0, 'sticks out sideways');
        await app.page.screenshot({ path: join(FOLDER, `map-${state}-${theme}-${width}.png`) });
        await app.page.evaluate(axe.source);
        const { violations } = await app.page.evaluate(() => window.axe.run());
        const found = violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target.join(' ')} ${node.any[0]?.message ?? ''}`).slice(0, 3).join('; ')}`);
        assert.deepEqual(found, [], state);
      };
      await look('empty');
      await app.runTo(300, STORM);
      const box = await canvas(app).boundingBox();
      await app.page.mouse.click(box.x + box.width / 3, box.y + box.height / 3);
      await app.page.getByLabel('Size of the request').fill('600 KiB');
      await until(async () => /together/.test(await card(app, 'What blocks a request?').innerText()), 'an answer');
      await look('asked');
      for (const by of ['Age', 'Size', 'Tag', 'Thread']) {
        await app.page.getByLabel('Colour by').selectOption(by);
        await look(by.toLowerCase());
      }
    });
  }
}

appTest('hover reads what the snapshot lists at that address, whole and at 16 bytes a cell', async (app) => {
  const snapshot = await stopped(app);
  const box = await canvas(app).boundingBox();
  const kinds = new Set();
  const look = async (places) => {
    for (let place = 0; place < places; place += 1) {
      // Steps that do not fall into step with rows or cells.
      const [x, y] = [box.x + 1 + (place * 211.7) % (box.width - 2), box.y + 1 + (place * 83.3) % (box.height - 2)];
      await app.page.mouse.move(x, y);
      await pause(40);
      const text = await reading(app);
      if (!text.startsWith('0x')) continue;
      const [from, to] = range(text);
      const there = listed(snapshot, from);
      assert.ok(text.includes(there.what), `${text} is ${JSON.stringify(there)}`);
      kinds.add(there.what.split(' ')[0]);
      if (there.offset === 0) continue;
      assert.deepEqual([from, to], [there.offset, there.offset + there.size], text);
      if (!there.tag) continue;
      const born = (snapshot.metrics.time_us - there.age_us) / 1e6;
      const since = Number(/since ([\d ]+\.\d{3}) s/.exec(text)[1].replaceAll(' ', ''));
      assert.ok(Math.abs(since - born) < 0.002, `${text}: born at ${born}`);
      assert.match(text, /by Engine/);
    }
  };
  await look(40);
  assert.ok(kinds.size > 4, [...kinds].join());
  await zoomTo(app, '16 B', { x: box.x + box.width / 2, y: box.y + box.height / 2 });
  await look(25);
});

appTest('every cell has the colour of what the snapshot lists there', async (app) => {
  const snapshot = await stopped(app);
  const box = await canvas(app).boundingBox();
  await zoomTo(app, '16 B', { x: box.x + box.width * 0.4, y: box.y + box.height * 0.4 });
  const colours = await app.page.locator('.map-large .legend li').evaluateAll((entries) => entries.map((entry) => {
    const [name, swatch] = [entry.querySelector('.legend-name').textContent, entry.querySelector('.legend-swatch')];
    return [name, getComputedStyle(swatch).color];
  }));
  const names = new Map(colours.map(([name, colour]) => [colour, name]));
  let used = 0;
  for (let place = 0; place < 60; place += 1) {
    const [x, y] = [1 + (place * 97.9) % (box.width - 2), 1 + (place * 31.1) % (box.height - 2)];
    await app.page.mouse.move(box.x + x, box.y + y);
    await pause(30);
    const text = await reading(app);
    // A gap between two cells has the colour of nothing.
    const pixel = await app.page.evaluate(([x, y]) => {
      const context = document.querySelector('.map-large .chart-plot canvas').getContext('2d');
      const [red, green, blue] = context.getImageData(x, y, 1, 1).data;
      return `rgb(${red}, ${green}, ${blue})`;
    }, [Math.floor(x), Math.floor(y)]);
    const there = listed(snapshot, range(text)[0]);
    const wanted = there.what.startsWith('header') ? 'Metadata' : there.what === 'free' ? 'Free' : there.what === 'cached' ? 'Cached' : LABELS[there.category];
    assert.ok([wanted, 'Free'].includes(names.get(pixel)), `${text}: ${pixel} is ${names.get(pixel)}, not ${wanted}`);
    used += Number(names.get(pixel) === wanted && wanted !== 'Free');
  }
  assert.ok(used > 15, `${used} cells in use`);
});

appTest('wheel, keys, crumbs and strip go to the same places', async (app) => {
  await stopped(app);
  const box = await canvas(app).boundingBox();
  const shown = async () => range(plain(await app.page.locator('.map-range').innerText()));
  assert.deepEqual(await shown(), [0, 16 * MIB]);
  const point = { x: box.x + box.width * 0.6, y: box.y + box.height * 0.3 };
  await app.page.mouse.move(point.x, point.y);
  await pause(60);
  const before = range(await reading(app));
  await zoomTo(app, '16 B', point);
  await app.page.mouse.move(point.x, point.y);
  await pause(60);
  const [from, to] = range(await reading(app));
  assert.ok(from < before[1] && before[0] < to, 'what was under the pointer still is');
  const near = await shown();
  assert.ok(near[1] - near[0] < 256 * 1024);
  await app.page.mouse.down();
  await app.page.mouse.move(point.x, point.y - 60, { steps: 4 });
  await app.page.mouse.up();
  await until(async () => (await shown())[0] > near[0], 'a pan');
  await canvas(app).focus();
  await app.page.keyboard.press('-');
  await until(async () => { const [a, b] = await shown(); return b - a === 2 * (near[1] - near[0]); }, 'twice as much');
  await app.page.locator('.map-strip').click({ position: { x: 1, y: 5 } });
  await until(async () => (await shown())[0] === 0, 'the first bytes');
  await app.page.getByRole('navigation', { name: 'Addresses on the map' }).getByRole('button').first().click();
  assert.deepEqual(await until(async () => { const all = await shown(); return all[1] - all[0] === 16 * MIB && all; }, 'all'), [0, 16 * MIB]);
  await app.button('Zoom in').click();
  await until(async () => { const [a, b] = await shown(); return b - a === 8 * MIB; }, 'half');
  await canvas(app).focus();
  await app.page.keyboard.press('Home');
  await until(async () => { const [a, b] = await shown(); return b - a === 16 * MIB; }, 'all again');
});

appTest('keys alone: a cell, the next range, pin, copy, let go', async (app) => {
  const snapshot = await stopped(app);
  await canvas(app).focus();
  const press = async (key) => { await app.page.keyboard.press(key); await pause(60); return reading(app); };
  const metadata = snapshot.metrics.arena.metadata_bytes;
  assert.match(await press('ArrowRight'), /header and node table/);
  const [from] = range(await press('Control+ArrowRight'));
  assert.equal(from, metadata, 'the range behind the metadata');
  let text = await press('Control+ArrowRight');
  while (!text.includes('since')) text = await press('Control+ArrowRight');
  const there = listed(snapshot, range(text)[0]);
  assert.equal(there.offset, range(text)[0]);
  await press('Enter');
  const pinned = card(app, 'Pinned range');
  await until(async () => (await pinned.innerText()).includes(there.tag), 'the card');
  assert.match(await press('Control+ArrowLeft'), /^0x/);
  await press('z');
  assert.ok((await app.page.locator('.crumb').count()) > 1, 'Z goes near it');
  await press('Escape');
  await until(async () => /Click the map/.test(await pinned.innerText()), 'an empty card');
});

appTest('a pinned allocation has the life that the events tell', async (app) => {
  const snapshot = await stopped(app);
  const box = await canvas(app).boundingBox();
  const pinned = card(app, 'Pinned range');
  let there;
  for (let place = 3; !there?.tag; place += 1) {
    await app.page.mouse.move(box.x + (place * 211.7) % box.width, box.y + (place * 83.3) % box.height);
    await pause(60);
    there = listed(snapshot, range(await reading(app))[0]);
  }
  await app.page.mouse.down();
  await app.page.mouse.up();
  const value = async (label) => plain(await pinned.locator('.pin-line', { has: app.page.locator('dt', { hasText: label }) }).locator('dd').innerText());
  await until(async () => /by Engine, event/.test(await value('Allocated')), 'who allocated it');
  assert.equal(await value('Category'), LABELS[there.category]);
  assert.equal(await value('Tag'), there.tag);
  assert.deepEqual(range(await value('Addresses')), [there.offset, there.offset + there.size]);
  assert.equal(await value('Size'), there.size < 1024 ? `${there.size} B` : `${bytes(there.size)} (${there.size.toLocaleString('en').replaceAll(',', ' ')} B)`);
  assert.equal(await value('Freed'), 'not yet');
  // In a run that goes on, a storm frees everything before long.
  await app.call('start', STORM);
  await until(async () => /Click the map/.test(await pinned.innerText()), 'a new run lets go of what was pinned');
  await app.untilMetrics('a run', (m) => m.frame > 200);
  await app.page.mouse.down();
  await app.page.mouse.up();
  await until(async () => /gone/.test(await pinned.innerText()), 'its end');
  if ((await pinned.innerText()).includes('Tag')) {
    const seconds = async (label) => Number(/at ([\d ]+\.\d+) s by Engine, event/.exec(await value(label))[1].replaceAll(' ', ''));
    const lived = /([\d.]+) (ms|s|µs)$/.exec(await value('Lived'));
    const us = Number(lived[1]) * { s: 1e6, ms: 1e3, µs: 1 }[lived[2]];
    assert.ok(Math.abs((await seconds('Freed')) - (await seconds('Allocated')) - us / 1e6) < 0.06, await pinned.innerText());
  }
});

appTest('the legend counts what the snapshot lists, by every colour', async (app) => {
  const { arena, metrics } = await stopped(app);
  const legend = async () => new Map(await app.page.locator('.map-large .legend li').evaluateAll((entries) => entries.map((entry) => [
    entry.querySelector('.legend-name').textContent, entry.querySelector('.legend-value').textContent,
  ])));
  const of = (test) => bytes(sum(arena.allocations.filter(test).map(({ size }) => size)));
  const rest = { Free: bytes(sum(arena.free_ranges.map(({ size }) => size))), Cached: bytes(metrics.arena.cached_bytes), Metadata: bytes(metrics.arena.metadata_bytes) };
  const between = (low, high) => ({ size }) => size >= low && size < high;
  const tags = [...new Set(arena.allocations.map(({ tag }) => tag))];
  const expected = {
    Category: Object.fromEntries(Object.entries(LABELS).map(([key, label]) => [label, of(({ category }) => category === key)])),
    Size: { '< 256 B': of(between(0, 256)), '< 4 KiB': of(between(256, 4096)), '< 64 KiB': of(between(4096, 65536)), '< 1 MiB': of(between(65536, MIB)) },
    Tag: Object.fromEntries(tags.map((name) => [name, of(({ tag }) => tag === name)])),
    Thread: { Engine: of(() => true) },
  };
  for (const [by, values] of Object.entries(expected)) {
    await app.page.getByLabel('Colour by').selectOption(by);
    for (const [label, value] of Object.entries({ ...values, ...rest })) {
      await until(async () => (await legend()).get(label) === value, `${by}: ${label} ${value}`).catch(async (error) => {
        throw new Error(`${error.message}; the legend says ${JSON.stringify([...(await legend())])}`);
      });
    }
  }
  // The page's newest sample is up to a few frames older than the snapshot.
  await app.page.getByLabel('Colour by').selectOption('Age');
  const aged = (shift, low, high) => of(({ age_us }) => age_us - shift >= low && age_us - shift < high);
  const shifts = Array.from({ length: 120 }, (_, ms) => ms * 1e3);
  await until(async () => {
    const shown = await legend();
    const fits = (shift) => shown.get('< 1 s') === aged(shift, 100e3, 1e6) && shown.get('< 10 s') === aged(shift, 1e6, 10e6);
    return shifts.some(fits);
  }, 'ages').catch(async (error) => {
    throw new Error(`${error.message}; the legend says ${JSON.stringify([...(await legend())])}, and should ${aged(0, 100e3, 1e6)}`);
  });
  await app.page.getByLabel('Colour by').selectOption('Category');
  await app.button(/^ECS/).click();
  await until(async () => (await legend()).get('Not selected') === of(({ category }) => category !== 'ecs'), 'the rest dimmed');
  await app.page.keyboard.press('Control+z');
  await until(async () => !(await legend()).has('Not selected'), 'an undo');
});

appTest('what blocks a request is the least there is, counted anew', async (app) => {
  const { arena, metrics } = await stopped(app);
  const taken = [...arena.allocations, ...arena.cached_ranges].sort((a, b) => a.offset - b.offset);
  const [start, end] = [metrics.arena.metadata_bytes, metrics.arena.capacity_bytes];
  const least = (size, align) => {
    let best;
    // The best place begins where a range ends, or at the start.
    for (const from of [start, ...taken.map(({ offset, size }) => offset + size)]) {
      const at = Math.ceil(from / align) * align;
      if (at + size > end) continue;
      const way = taken.filter(({ offset, size: of }) => offset < at + size && at < offset + of);
      const cost = sum(way.map(({ size: of }) => of));
      if (!best || cost < best.cost || (cost === best.cost && way.length < best.way.length)) best = { at, cost, way };
    }
    return best;
  };
  const ask = card(app, 'What blocks a request?');
  const answer = ask.locator('.ask-answer');
  for (const [text, size, align] of [['300 KiB', 300 * 1024, 16], ['1.5 MiB', 1.5 * MIB, 16], ['4 MiB', 4 * MIB, 4096]]) {
    await ask.getByLabel('Alignment of the request').selectOption(String(align));
    await ask.getByLabel('Size of the request').fill(text);
    const { cost, way } = least(size, align);
    const words = way.length === 0 ? 'Nothing: it fits at' : `${way.length.toLocaleString('en').replaceAll(',', ' ')} ${way.length === 1 ? 'range' : 'ranges'} of ${bytes(cost)} together`;
    await until(async () => plain(await answer.innerText()).startsWith(words), words).catch(async (error) => {
      throw new Error(`${error.message}; it says ${await answer.innerText()}`);
    });
    const rows = await ask.locator('tbody tr').allInnerTexts();
    assert.equal(rows.length, Math.min(way.length, 100));
    const first = way[0];
    if (first) assert.ok(plain(rows[0]).includes(bytes(first.size)), rows[0]);
  }
  await ask.locator('tbody button').first().click();
  await until(async () => /Addresses/.test(await card(app, 'Pinned range').innerText()), 'the first one pinned');
  await ask.getByLabel('Size of the request').fill('64 MiB');
  await until(async () => /would never fit/.test(await answer.innerText()), 'too large');
  await ask.getByLabel('Size of the request').fill('much');
  await until(async () => /Not a size/.test(await answer.innerText()), 'no size');
});

appTest('at an earlier moment the map shows what a snapshot of then lists', async (app) => {
  await app.ready();
  await app.showArena('Space');
  await app.runTo(200, STORM);
  const snapshot = await app.call('snapshot');
  await app.untilMetrics('time to go by', (m) => m.frame > 320);
  await app.settle();
  await pause(300);
  const head = async () => plain(await card(app, 'Arena map').locator('.card-figures').innerText());
  assert.match(await head(), /^First fit/);
  await app.call('show_moment', { time_us: snapshot.metrics.time_us });
  const used = bytes(sum(snapshot.arena.allocations.map(({ size }) => size)));
  await until(async () => (await head()).startsWith(`${used} of 16.0 MiB used at `), `${used} used`).catch(async (error) => {
    throw new Error(`${error.message}; it says ${await head()}`);
  });
  const box = await canvas(app).boundingBox();
  let live = 0;
  for (let place = 0; place < 50; place += 1) {
    await app.page.mouse.move(box.x + 1 + (place * 211.7) % (box.width - 2), box.y + 1 + (place * 83.3) % (box.height - 2));
    await pause(40);
    const text = await reading(app);
    const there = listed(snapshot, range(text)[0]);
    if (!there.tag) {
      assert.match(text, /not used|header/, `${text} is ${JSON.stringify(there)}`);
      continue;
    }
    live += 1;
    assert.deepEqual(range(text), [there.offset, there.offset + there.size], text);
    assert.ok(text.includes(there.what) && text.includes('by Engine'), text);
  }
  assert.ok(live > 15, `${live} in use`);
  await app.call('show_moment', null);
  await until(async () => /^First fit/.test(await head()), 'live again');
});

appTest('Shift and a drag select addresses for all panels; undo takes it back', async (app) => {
  const { arena } = await stopped(app);
  const box = await canvas(app).boundingBox();
  await app.page.keyboard.down('Shift');
  await app.page.mouse.move(box.x + 40, box.y + box.height * 0.3);
  await app.page.mouse.down();
  await app.page.mouse.move(box.x + 200, box.y + box.height * 0.6, { steps: 5 });
  await app.page.mouse.up();
  await app.page.keyboard.up('Shift');
  await app.page.mouse.move(box.x - 90, box.y - 60);
  const text = await until(async () => { const text = await reading(app); return text.startsWith('selected') && text; }, 'a selection');
  const [from, to] = range(text);
  const inside = arena.allocations.filter(({ offset, size }) => offset < to && from < offset + size);
  const used = sum(inside.map(({ offset, size }) => Math.min(to, offset + size) - Math.max(from, offset)));
  assert.ok(text.includes(`${bytes(to - from)} · ${bytes(used)} in ${inside.length.toLocaleString('en').replaceAll(',', ' ')} allocations`), text);
  await app.page.keyboard.press('Control+z');
  await until(async () => !(await reading(app)).startsWith('selected'), 'one step back');
});
