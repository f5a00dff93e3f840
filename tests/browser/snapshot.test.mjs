// The snapshot: valid against its published schema, exact to the byte, and the
// same whether the button or the scripting interface asks for it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { gzipSync } from 'node:zlib';
import { before } from 'node:test';
import { join } from 'node:path';
import Ajv2020 from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { auditSnapshot } from './audit.mjs';
import { SITE, appSuite, until } from './fixture.mjs';

const appTest = appSuite();

let validate;
before(async () => {
  const schema = JSON.parse(await readFile(join(SITE, 'schema/arenascope-snapshot-1.schema.json'), 'utf8'));
  const ajv = new Ajv2020({ allErrors: true, strict: true, strictRequired: false, allowUnionTypes: true });
  addFormats(ajv);
  validate = ajv.compile(schema);
});

function assertValid(snapshot) {
  assert.ok(validate(snapshot), JSON.stringify(validate.errors?.slice(0, 5), null, 1));
}

appTest('the schema is served with the site, and is named in the snapshot', async (app) => {
  await app.ready();
  const served = await app.page.evaluate(async () => (await fetch('./schema/arenascope-snapshot-1.schema.json')).json());
  assert.equal(typeof served.$schema, 'string');
  const { schema } = await app.call('snapshot');
  assert.deepEqual(schema, { name: 'arenascope-snapshot', version: 1 });
});

appTest('the schema refuses what is not a snapshot', async (app) => {
  await app.ready();
  const snapshot = await app.call('snapshot');
  assertValid(snapshot);
  for (const key of ['schema', 'metrics', 'arena', 'pool', 'budget', 'config']) {
    const { [key]: _, ...without } = snapshot;
    assert.equal(validate(without), false, `a snapshot without ${key} is valid`);
  }
  assert.equal(validate({ ...snapshot, schema: { name: 'arenascope-snapshot', version: 2 } }), false);
});

for (const scenario of ['game-loop', 'fragmentation-storm', 'gpu-thrash', 'llm-decode', 'leak']) {
  for (const policy of ['first_fit', 'seed_compat']) {
    appTest(`${scenario}, ${policy}: valid and exact while the run goes on`, async (app) => {
      await app.ready();
      await app.runTo(90, { scenario, policy, seed: 3 });
      const snapshot = await app.call('snapshot');
      assertValid(snapshot);
      assert.deepEqual(auditSnapshot(snapshot), []);
      assert.equal(snapshot.config.scenario, scenario);
      assert.equal(snapshot.metrics.arena.policy, policy);
    });
  }
}

appTest('a snapshot of an engine that never ran is valid and exact', async (app) => {
  await app.ready();
  const snapshot = await app.call('snapshot');
  assertValid(snapshot);
  assert.deepEqual(auditSnapshot(snapshot), []);
  assert.equal(snapshot.arena.allocations.length, 0);
});

appTest('the recorder\'s own count agrees with the engine\'s', async (app) => {
  await app.ready();
  await app.runTo(120, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const { metrics, tally } = await until(async () => {
    const snapshot = await app.call('snapshot');
    // Its own total is since the page was opened: a few more than the run's.
    return snapshot.tally.events_total >= snapshot.metrics.self.events_total ? snapshot : null;
  }, 'the recorder to have read every event');
  assert.equal(metrics.self.events_lost_total, 0);
  assert.equal(tally.events_malformed_total, 0);
  assert.deepEqual(tally.arena_bytes, metrics.budget.categories.map((row) => row.arena_bytes));
  assert.equal(tally.allocations_total, metrics.arena.allocations_total);
  assert.equal(tally.frees_total, metrics.arena.frees_total);
});

appTest('the button downloads the same document', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const download = app.page.waitForEvent('download', { timeout: 15_000 });
  await app.button('Snapshot').first().click();
  const file = await download;
  assert.match(file.suggestedFilename(), /\.json$/);
  const snapshot = JSON.parse(await readFile(await file.path(), 'utf8'));
  assertValid(snapshot);
  assert.deepEqual(auditSnapshot(snapshot), []);
  assert.deepEqual(snapshot.arena, (await app.call('snapshot')).arena);
});

/** Opens a text as a file in the panel of snapshots. */
const openFile = (app, name, text) => app.page.locator('input[type=file]').setInputFiles({
  name, mimeType: 'application/json', buffer: Buffer.from(text),
});

appTest('the panel opens a saved snapshot again', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const text = JSON.stringify(await app.call('snapshot'));
  await app.showTab('Snapshots');
  await openFile(app, 'mine.arenascope.json', text);
  await app.page.getByText('mine.arenascope.json').first().waitFor({ state: 'visible', timeout: 10_000 });
});

appTest('a file that is no snapshot is refused with a reason, and nothing is lost', async (app) => {
  await app.ready();
  const snapshot = await app.call('snapshot');
  await app.showTab('Snapshots');
  const bad = {
    'not-json.json': '{"schema":',
    'other.json': '{"hello": "world"}',
    'future.json': JSON.stringify({ ...snapshot, schema: { name: 'arenascope-snapshot', version: 999 } }),
    'empty.json': '',
  };
  for (const [name, text] of Object.entries(bad)) {
    await openFile(app, name, text);
    await app.page.getByText(`${name} was not opened`).first().waitFor({ state: 'attached', timeout: 10_000 });
  }
  assert.deepEqual((await app.call('snapshot')).schema, snapshot.schema);
});

/** Waits for a line of the console. */
const untilLine = (app, words) => until(async () => words.test(await app.page.locator('.drawer').innerText()), `a line that says ${words}`);

appTest('files are refused by their true reason', async (app) => {
  await app.ready();
  const text = JSON.stringify(await app.call('snapshot'));
  await app.showTab('Snapshots');
  const reasons = {
    'packed.json': [gzipSync(text), /packed\.json was not opened: this is JSON/],
    'nan.json': [text.replace(/"time_us":\d+/, '"time_us":NaN'), /nan\.json was not opened: not JSON: `NaN` at line 1/],
    'one.json': [text.replace('"version":1', '"version":"1"'), /one\.json was not opened: a snapshot whose `schema\.version` is "1"/],
  };
  for (const [name, [content, words]] of Object.entries(reasons)) {
    await openFile(app, name, content);
    await untilLine(app, words);
  }
});

appTest('a document that contradicts itself opens and says where', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const snapshot = await app.call('snapshot');
  await app.showTab('Snapshots');
  const list = app.page.getByRole('region', { name: 'Snapshots of this page' });
  assert.equal(await list.getByText('Contradicts itself').count(), 0, 'what was taken here does not');
  snapshot.arena.allocations[1].offset = snapshot.arena.allocations[0].offset;
  await openFile(app, 'twice.arenascope.json', JSON.stringify(snapshot));
  await list.getByText(/Contradicts itself: ranges that overlap others: \d+; the first begins at byte \d+/).waitFor();
});

appTest('names of thousands of letters keep the panel its width', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const snapshot = await app.call('snapshot');
  await app.showTab('Snapshots');
  const before = await app.page.evaluate(() => document.documentElement.scrollWidth);
  const long = 'W'.repeat(5_000);
  const allocations = snapshot.arena.allocations.map((allocation, index) => ({ ...allocation, tag: `${index}${long}` }));
  const hostile = { ...snapshot, config: { ...snapshot.config, scenario: long }, arena: { ...snapshot.arena, allocations } };
  await openFile(app, `${long.slice(0, 200)}.arenascope.json`, JSON.stringify(hostile));
  await app.page.getByText('WWW').first().waitFor({ state: 'attached' });
  assert.equal(await app.page.evaluate(() => document.documentElement.scrollWidth), before);
});

appTest('of two documents the older is before, in whatever order they were opened; other runs are said', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const older = { ...await app.call('snapshot'), created_at: '2026-11-28T09:00:00Z' };
  const grown = structuredClone(older);
  grown.created_at = '2026-11-29T23:15:00+05:30';
  grown.pool.buffers.push({ ...grown.pool.buffers[0], id: 999_999, size: 3_565_158, tag: 'scene/mesh', category: 'gpu_buffers' });
  await app.showTab('Snapshots');
  await openFile(app, 'newer.arenascope.json', JSON.stringify(grown));
  await app.page.getByText('newer.arenascope.json').first().waitFor();
  await openFile(app, 'older.arenascope.json', JSON.stringify(older));
  const card = app.page.getByRole('region', { name: 'Compare', exact: true });
  const row = (name) => card.locator('tr', { has: app.page.getByRole('rowheader', { name, exact: true }) });
  await until(async () => /2026-11-28 09:00:00\s+2026-11-29 17:45:00/.test(await row('Made (UTC)').innerText()), 'the older before');
  assert.match(await row('Policy').innerText(), /First fit\s+First fit/);
  assert.match((await card.innerText()).replaceAll('\u00a0', ' '), /scene\/mesh\s+GPU pool\s+\+1\s+\+3\.4 MiB/);
  assert.equal(await card.getByText('Not the same run').count(), 0);
  const other = { ...older, created_at: '2026-11-30T00:00:00Z', config: { ...older.config, seed: 99 } };
  await openFile(app, 'other.arenascope.json', JSON.stringify(other));
  await until(async () => /other seed/.test(await card.getByText('Not the same run').innerText().catch(() => '')), 'a word of warning');
});

appTest('a document can be looked into: its map, its owners, what was alive', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 3 });
  await app.settle();
  const snapshot = await app.call('snapshot');
  await app.showTab('Snapshots');
  await app.button('Look into no. 1').click();
  const map = app.page.getByRole('region', { name: 'Map of the snapshot', exact: true });
  const label = () => map.getByRole('img').getAttribute('aria-label');
  const alive = String(snapshot.arena.allocations.length).replace(/\B(?=(\d{3})+$)/g, ' ');
  await until(async () => ((await label()) ?? '').replaceAll('\u00a0', ' ').includes(`in ${alive} allocations`), 'the map of it');
  const largest = Math.max(...snapshot.arena.allocations.map(({ size }) => size), ...snapshot.pool.buffers.map(({ size }) => size));
  const rows = app.page.getByRole('region', { name: 'Largest of what was alive', exact: true }).locator('tbody tr');
  assert.ok((await rows.count()) > 10);
  const said = Number.parseFloat((await rows.first().innerText()).split('\t').at(-3));
  assert.ok(Math.abs(said - largest / 2 ** (10 * Math.floor(Math.log2(largest) / 10))) < 0.06, `${said} and ${largest}`);
  await map.getByRole('button', { name: 'Close' }).click();
  await until(async () => (await map.count()) === 0, 'nothing looked into');
});
