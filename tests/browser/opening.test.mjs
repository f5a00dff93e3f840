// Recordings of other tools, opened in the page: by script, by the dialog, by a drop, by a
// link; several at once, beside a run of the engine.

import assert from 'node:assert/strict';
import { gzipSync } from 'node:zlib';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();
const KIB = 1024;

/** `Alloc`/`Free` text of so many rounds: two taken, one given back. */
const allocText = (rounds) => Array.from({ length: rounds }, (_, round) => `Alloc(${KIB}),\nAlloc(${3 * KIB}),\nFree(${2 * round}),\n`).join('');

/** Opens a text by script; answers with the run's number. */
const openText = (app, name, text) => app.page.evaluate(
  ([name, text]) => window.arenascope.open(new File([text], name)), [name, text],
);
const runs = (app) => app.call('runs');
const shownRun = async (app) => (await runs(app)).find((run) => run.is_shown);
const item = (app, name) => app.page.getByRole('navigation', { name: 'Open runs' }).getByRole('button', { name, exact: true });
const momentIs = (app, pattern) => until(
  async () => pattern.test(await app.page.getByRole('status', { name: 'Moment' }).innerText().catch(() => '')),
  `a moment like ${pattern}`,
);

appTest('a recording is opened beside the engine’s run, shown, and closed', async (app) => {
  await app.ready();
  await app.runTo(30, { scenario: 'game-loop', seed: 7 });
  const run = await openText(app, 'mine.trace', allocText(500));
  const opened = await shownRun(app);
  assert.equal(opened.run, run);
  assert.equal(opened.name, 'mine.trace');
  assert.equal(opened.manifest.source.format, 'alloc_text');
  // The start of the run, two allocations and a free in each round.
  assert.equal(opened.events, 1 + 3 * 500);
  assert.deepEqual([opened.unmatched, opened.inferred, opened.refused], [0, 0, 0]);
  await momentIs(app, /event 1.?501 of 1.?501/);
  // The engine goes on beside.
  const { frame } = await app.metrics();
  await app.untilMetrics('the engine to go on', (m) => m.running && m.frame > frame + 10);
  await item(app, 'Engine · running').click();
  await until(async () => (await shownRun(app)).run === 0, 'the engine’s run');
  await app.page.getByRole('status', { name: 'Moment' }).waitFor({ state: 'detached' });
  await item(app, 'mine.trace').click();
  await momentIs(app, /event 1.?501 of 1.?501/);
  await app.page.getByRole('button', { name: 'Close mine.trace' }).click();
  await until(async () => (await runs(app)).length === 1, 'only the engine’s run');
  assert.equal(await app.page.getByRole('navigation', { name: 'Open runs' }).getByRole('button').count(), 1);
});

appTest('eight recordings are open at once; closing gives their memory back', async (app) => {
  await app.ready();
  for (let file = 0; file < 8; file += 1) await openText(app, `file-${file}.trace`, allocText(20_000 + file));
  const open = await runs(app);
  assert.deepEqual(open.slice(1).map((run) => run.events), Array.from({ length: 8 }, (_, file) => 1 + 3 * (20_000 + file)));
  const held = open[3].bytes;
  await app.call('close_run', open[3].run);
  assert.equal((await runs(app)).length, 8);
  // The next one takes the place, and begins with nothing.
  const again = await openText(app, 'again.trace', allocText(10));
  assert.equal(again, open[3].run);
  const reopened = await shownRun(app);
  assert.equal(reopened.events, 31);
  assert.ok(reopened.bytes < held, `${reopened.bytes} of ${held}`);
});

// The browser says on its console that an address leads nowhere.
appTest('what is nothing known is refused with what is, and what is open stays', { tolerate: [/404/] }, async (app) => {
  await app.ready();
  const run = await openText(app, 'mine.trace', allocText(10));
  const refusal = async (name, content) => app.page.evaluate(async ([name, content]) => {
    try {
      await window.arenascope.open(new File([Uint8Array.from(content)], name));
      return 'opened';
    } catch (error) { return error.message; }
  }, [name, [...content]]);
  assert.match(await refusal('a.png', Buffer.from('\x89PNG\r\n', 'latin1')), /a\.png was not opened: this is a picture; what can be opened: .*PyTorch CUDA snapshot/);
  assert.match(await refusal('empty.bin', Buffer.alloc(0)), /an empty file/);
  assert.match(await refusal('cut.gz', gzipSync(allocText(5_000)).subarray(0, 9)), /was not opened/);
  assert.match(await app.rejection('open', 7), /open\(…\) takes a File, a Blob or an address/);
  assert.match(await app.rejection('open', './no-such-file.trace'), /could not be fetched: the server answered with status 404/);
  assert.match(await app.rejection('show_run', 5), /no run of that number is open/);
  assert.match(await app.rejection('close_run', 0), /cannot be closed/);
  assert.deepEqual((await runs(app)).map((open) => open.run), [0, run]);
  assert.equal((await shownRun(app)).run, run);
});

appTest('packed recordings and dropped ones are opened', async (app) => {
  await app.ready();
  const packed = gzipSync(allocText(2_000));
  await app.page.evaluate((bytes) => {
    const transfer = new DataTransfer();
    transfer.items.add(new File([Uint8Array.from(bytes)], 'packed.trace.gz'));
    transfer.items.add(new File(['Alloc(5),\n'], 'second.trace'));
    for (const type of ['dragover', 'drop']) {
      document.body.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: transfer }));
    }
  }, [...packed]);
  await until(async () => (await runs(app)).filter((run) => !run.is_reading).length === 3, 'both files');
  assert.deepEqual((await runs(app)).map((run) => run.events).slice(1), [6_001, 2]);
});

appTest('the dialog opens a recording, and a figure of it is that of the file', async (app) => {
  await app.ready();
  await app.page.locator('input[type=file]').setInputFiles({ name: 'mine.trace', mimeType: 'text/plain', buffer: Buffer.from(allocText(100)) });
  await momentIs(app, /event 301 of 301/);
  await app.showTab('Timeline');
  // 100 × 3 KiB live on: what the text says, counted by hand.
  await until(async () => /300\.0 KiB/.test(await app.page.locator('#panel').innerText()), '300 KiB that live');
});

appTest('a long reading shows how far it is, and is ended by a person', async (app) => {
  await app.ready();
  const opening = app.page.evaluate(async () => {
    const line = 'Alloc(64),\nFree(0),\n';
    const part = new Blob([line.repeat(200_000)]);
    try {
      await window.arenascope.open(new File(Array(40).fill(part), 'long.trace'));
      return 'opened';
    } catch (error) { return error.message; }
  });
  const bar = app.page.getByRole('progressbar', { name: 'Reading' });
  await until(async () => Number(await bar.getAttribute('aria-valuenow').catch(() => 0)) > 0, 'some of it');
  assert.match(await bar.getAttribute('title'), /MiB of .* MiB, .* events/);
  await app.page.getByRole('button', { name: 'Cancel reading long.trace' }).click();
  assert.match(await opening, /long\.trace was not opened: the reading was ended/);
  await until(async () => (await runs(app)).length === 1, 'only the engine’s run');
});

appTest('an address opens a file, and keeps doing so', async (app) => {
  await app.page.route('**/linked%20one.trace', (route) => route.fulfill({ body: allocText(3), contentType: 'text/plain' }));
  await app.ready('?scenario=leak&open=.%2Flinked%2520one.trace');
  await until(async () => (await shownRun(app)).events === 10, 'the linked file');
  await app.showTab('Timeline');
  assert.match(app.page.url(), /[?&]tab=timeline&open=\.%2Flinked%2520one\.trace$/);
});

appTest('a run is saved as other tools’ files, and as our own, which opens again as the same run', async (app) => {
  await app.ready();
  await openText(app, 'mine.trace', allocText(50));
  const exported = (key) => app.page.evaluate(async (key) => {
    const blob = await window.arenascope.export_run(key);
    return [...new Uint8Array(await blob.arrayBuffer())];
  }, key);
  const text = Buffer.from(await exported('alloc_text')).toString();
  assert.equal(text.match(/Alloc\(/g).length, 100);
  assert.equal(text.match(/Free\(/g).length, 50);
  const csv = Buffer.from(await exported('csv_events')).toString();
  assert.equal(csv.trim().split(/\r?\n/).length, 1 + 150);
  const own = await exported('arenascope');
  const before = await shownRun(app);
  const again = await app.page.evaluate(
    (bytes) => window.arenascope.open(new File([Uint8Array.from(bytes)], 'mine.arenascope')), own,
  );
  const after = await shownRun(app);
  assert.equal(after.run, again);
  assert.deepEqual([after.events, after.manifest], [before.events, before.manifest]);
  // Through the dialog, by hand.
  await app.page.keyboard.press('Control+k');
  await app.page.getByRole('combobox', { name: 'Command' }).fill('Save this run');
  await app.page.keyboard.press('Enter');
  await app.page.getByRole('radio', { name: 'Perfetto trace' }).check();
  await app.page.getByText('Totals are written, not single allocations').waitFor();
  const download = app.page.waitForEvent('download');
  await app.page.getByRole('button', { name: 'Save', exact: true }).click();
  assert.equal((await download).suggestedFilename(), 'mine.arenascope.pftrace');
  assert.match(await app.rejection('export_run', 'gif'), /takes the key of a format: arenascope, perfetto/);
});

appTest('a file that takes the place of another within a frame is shown as itself', async (app) => {
  await app.ready();
  const first = await openText(app, 'first.trace', allocText(20_000));
  await momentIs(app, /event 60.?001 of 60.?001/);
  const second = await app.page.evaluate(async ([run, text]) => {
    const closed = window.arenascope.close_run(run);
    const opened = window.arenascope.open(new File([text], 'second.trace'));
    await closed;
    return opened;
  }, [first, allocText(10)]);
  assert.equal(second, first, 'the same slot');
  await momentIs(app, /event 31 of 31/);
  await app.showTab('Timeline');
  // 10 × 3 KiB live on.
  await until(async () => /30\.0 KiB/.test(await app.page.locator('#panel').innerText()), '30 KiB that live');
});
