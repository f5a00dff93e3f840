// Recordings that outlive the page: written as the run goes, or on request; found
// again after a reload and after a crash; refused where they are not whole.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

const STORM = { scenario: 'fragmentation-storm', seed: 11, speed: 4, arena_bytes: 32 << 20 };

/** Changes a file behind the page's back: cut to a length, or one byte flipped. */
const damage = (app, name, { cut, flip }) => app.page.evaluate(async ([name, cut, flip]) => {
  const root = await navigator.storage.getDirectory();
  const folder = await root.getDirectoryHandle('recordings', { create: true });
  const handle = await folder.getFileHandle(name, { create: true });
  const bytes = new Uint8Array(await (await handle.getFile()).arrayBuffer());
  if (flip !== undefined) bytes[flip] ^= 1;
  const file = await handle.createWritable();
  await file.write(bytes.slice(0, cut ?? bytes.length));
  await file.close();
}, [name, cut, flip]);

const emitted = async (app) => (await app.metrics()).self.events_total;

appTest('a saved run comes back after a reload, event by event', async (app) => {
  await app.ready();
  assert.deepEqual(await app.call('recordings'), []);
  await app.runTo(200, STORM);
  await app.settle();
  assert.equal((await app.metrics()).self.events_lost_total, 0);
  // The recorder follows some milliseconds behind.
  const saved = await until(async () => {
    const entry = await app.call('save_recording');
    if (entry.events === await emitted(app)) return entry;
    await app.call('delete_recording', entry.name);
    return null;
  }, 'a file of as many events as the engine emitted');
  const { events } = saved;
  assert.match(saved.name, /^\d{4}-\d\d-\d\dT[\d-]+Z\.asrec$/);
  await app.ready();
  // A new page knows of the file what the file says.
  assert.deepEqual(await app.call('recordings'), [saved]);
  const { manifest } = saved;
  assert.deepEqual([manifest.config.scenario, manifest.config.seed], [STORM.scenario, STORM.seed]);
  assert.ok(Math.abs(Date.now() - manifest.begun_ms) < 60_000, `${manifest.begun_ms}`);
  assert.ok(saved.length_us > 0 && saved.length_us < 60e6, `${saved.length_us}`);
  assert.deepEqual(await app.call('open_recording', saved.name), { name: saved.name, events, damage: null, manifest });
  // What was opened can be saved again, and is the same.
  const again = await app.call('save_recording');
  assert.deepEqual({ ...again, name: '' }, { ...saved, name: '' });
  await app.call('delete_recording', saved.name);
  assert.deepEqual((await app.call('recordings')).map(({ name }) => name), [again.name]);
  await app.runTo(20, STORM);
});

appTest('a run kept as a file survives the page, but for its last second', async (app) => {
  await app.ready();
  await app.call('start', { ...STORM, recording_file: true });
  await app.untilMetrics('two chunks of events', (m) => m.self.events_total > 40_000);
  const written = await emitted(app);
  const [{ name }] = await app.call('recordings');
  assert.match(await app.rejection('delete_recording', name), /in use/);
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  // No farewell: the page goes while the run is being written.
  await app.page.goto('about:blank');
  await app.ready();
  // The browser lets go of the file some time after its worker is gone.
  const opened = await until(() => app.call('open_recording', name).catch(() => null), 'the file to open');
  // It has no end mark: its run was not written to its end.
  assert.match(opened.damage, /was cut off here, after \d+ events/);
  assert.ok(opened.events >= written, `${opened.events} of at least ${written}`);
});

appTest('what is not whole is named, and opens as far as it is good', async (app) => {
  await app.ready();
  await app.call('start', STORM);
  await app.untilMetrics('two chunks of events', (m) => m.self.events_total > 40_000);
  await app.settle();
  const { name, bytes, events } = await app.call('save_recording');
  assert.match(await app.rejection('open_recording', 'none.asrec'), /there is no recording `none.asrec`/);
  assert.match(await app.rejection('open_recording', 7), /one of those of recordings\(\)/);
  // Behind the last frame stands an end mark of 28 bytes.
  await damage(app, name, { cut: bytes - 29 });
  const cut = await app.call('open_recording', name);
  assert.match(cut.damage, /1 bytes? (is|are) missing/);
  assert.ok(cut.events >= 16_384 && cut.events < events, `${cut.events} of ${events}`);
  await damage(app, name, { cut: 12 });
  assert.match(await app.rejection('open_recording', name), /is not a recording/);
  await damage(app, name, { flip: 0 });
  assert.match(await app.rejection('open_recording', name), /is not a recording/);
});

/** Makes the recorder's writes fail as a full storage does, or write nothing. */
async function fillStorage(app, how) {
  for (const worker of app.page.workers()) {
    await worker.evaluate((how) => {
      if (self.name !== 'arenascope recorder') return;
      FileSystemSyncAccessHandle.prototype.write = () => {
        if (how === 'short') return 0;
        throw new DOMException('no room', 'QuotaExceededError');
      };
    }, how);
  }
}

/** Waits for the file of the run to have so many bytes. */
async function untilFile(app, bytes) {
  let found;
  return until(async () => {
    found = await app.call('recordings');
    return found.length === 1 && found[0].bytes > bytes ? found[0] : null;
  }, `a file of ${bytes} bytes`).catch(async (error) => {
    await app.showTab('Problems');
    const said = await app.page.evaluate(() => document.body.innerText);
    throw new Error(`${error.message}; there were ${JSON.stringify(found)}; the page said ${said.slice(-2_000)}`);
  });
}

for (const how of ['error', 'short']) {
  appTest(`full storage (${how}): nothing half is left, and the run goes on`, async (app) => {
    await app.ready();
    await app.runTo(60, { ...STORM, recording_file: true });
    const { name } = await untilFile(app, 30_000);
    await fillStorage(app, how);
    assert.match(await app.rejection('save_recording'), /storage is full: \d+ of \d+ bytes did not fit/);
    assert.deepEqual((await app.call('recordings')).map((entry) => entry.name), [name]);
    const { frame } = await app.metrics();
    await app.untilMetrics('more frames', (m) => m.running && m.frame > frame + 100);
    await app.showTab('Console');
    const said = () => app.page.evaluate(() => document.body.innerText);
    await until(async () => /this run is no longer kept as a file: .*storage is full/.test(await said()), 'a word of it');
    assert.equal((await app.call('recording')).file, 'storage_full');
    await until(async () => /file storage full/.test((await app.page.locator('.status-file').innerText()).replaceAll(/\s+/g, ' ')), 'the status bar to say so');
    const opened = await app.call('open_recording', name);
    assert.ok(opened.events > 1_000 && /was cut off here/.test(opened.damage), JSON.stringify(opened));
  });
}

appTest('a run whose oldest events are dropped is one file, whole and closed once it is silent', async (app) => {
  await app.ready();
  await app.call('start', { ...STORM, speed: 8, recording_bytes: 4 << 20, recording_file: true });
  await app.untilMetrics('more events than fit', (m) => m.self.events_total > 240_000, 75_000);
  assert.ok((await app.call('recording')).dropped > 0);
  await app.call('stop');
  await until(async () => (await app.call('recording')).file === 'whole', 'the end mark');
  const list = await app.call('recordings');
  assert.equal(list.length, 1, JSON.stringify(list));
  const opened = await app.call('open_recording', list[0].name);
  assert.equal(opened.damage, null);
  assert.ok(opened.events >= 240_000, `${opened.events} events`);
  // Nobody holds it any more.
  await app.call('delete_recording', list[0].name);
  assert.deepEqual(await app.call('recordings'), []);
});

appTest('what is no recording is neither listed nor deleted, and opening it ends no run', async (app) => {
  await app.ready();
  await app.page.evaluate(async () => {
    const root = await navigator.storage.getDirectory();
    const folder = await root.getDirectoryHandle('recordings', { create: true });
    await folder.getDirectoryHandle('folder.asrec', { create: true });
    for (const [name, bytes] of [['notes.txt', [1]], ['text.asrec', [72, 105]], ['header.asrec',
      [65, 83, 82, 69, 67, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0]]]) {
      const file = await (await folder.getFileHandle(name, { create: true })).createWritable();
      await file.write(new Uint8Array(bytes));
      await file.close();
    }
  });
  assert.deepEqual((await app.call('recordings')).map(({ name }) => name), ['header.asrec', 'text.asrec']);
  await app.call('start', STORM);
  await app.untilMetrics('events', (m) => m.self.events_total > 1_000);
  const before = await app.call('recording');
  for (const [name, words] of [['none.asrec', /there is no recording/], ['folder.asrec', /there is no recording/],
    ['notes.txt', /there is no recording/], ['text.asrec', /is not a recording: not a recording of Arenascope/],
    ['header.asrec', /is not a recording: it holds no events/]]) {
    assert.match(await app.rejection('open_recording', name), words);
  }
  for (const name of ['folder.asrec', 'notes.txt', '../recordings']) {
    assert.match(await app.rejection('delete_recording', name), /there is no recording/);
  }
  await until(async () => (await app.call('recording')).length > before.length, 'the run to go on');
  assert.equal((await app.call('recording')).run_start, before.run_start);
});

for (const recording_full of ['stop', 'drop_oldest']) {
  appTest(`at the cap: ${recording_full}`, async (app) => {
    await app.ready();
    await app.call('start', { ...STORM, speed: 8, recording_bytes: 4 << 20, recording_full });
    await app.untilMetrics('more events than fit', (m) => m.self.events_total > 240_000, 75_000);
    await app.call('stop');
    const saved = await app.call('save_recording');
    const { self } = await app.metrics();
    assert.ok(saved.events > 50_000 && saved.events < self.events_total, `${saved.events} of ${self.events_total}`);
    assert.equal(self.events_lost_total, 0);
  });
}

appTest('without loss: threads wait for the recorder, and nothing is missing', async (app) => {
  await app.ready();
  await app.call('start', { ...STORM, speed: 8, mutators: 2, lossless: true });
  await app.untilMetrics('much work', (m) => m.self.events_total > 60_000);
  assert.equal((await app.metrics()).self.events_lost_total, 0);
  assert.equal((await app.call('snapshot')).tally.events_lost_total, 0);
});
