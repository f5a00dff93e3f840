// The snapshot: valid against its published schema, exact to the byte, and the
// same whether the button or the scripting interface asks for it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
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
