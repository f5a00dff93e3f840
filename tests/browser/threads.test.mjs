// Threads that are ended from outside, as a browser short of memory does it: nothing
// says so to the page but itself. What waits is rejected, what can go on goes on.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

/** Opens the page with its workers within reach, the newest of each name. */
async function openWithin(app) {
  await app.page.addInitScript(() => {
    window.workers = {};
    window.Worker = class extends Worker {
      constructor(url, options) {
        super(url, options);
        window.workers[options.name] = this;
      }
    };
  });
  await app.ready();
}

const end = (app, name) => app.page.evaluate((name) => window.workers[name].terminate(), name);

/** Waits for an alert that says this. */
function untilAlert(app, words) {
  const said = async () => (await app.page.getByRole('alert').allInnerTexts()).join('\n');
  return until(async () => words.test(await said()), `an alert that says ${words}`);
}

appTest('an engine that is ended is named, what waits is rejected, and a new one works', async (app) => {
  await openWithin(app);
  await app.runTo(30, { scenario: 'game-loop' });
  await end(app, 'arenascope engine');
  // Asked of a thread that is gone: rejected once the page knows.
  assert.match(await app.rejection('snapshot'), /engine.* (has )?stopped: its thread has ended/);
  await untilAlert(app, /engine worker stopped/i);
  for (const call of ['stop', 'reset', 'start']) assert.match(await app.rejection(call), /engine worker stopped/i, call);
  const kept = await app.call('recording');
  assert.ok(kept.length > 0, 'what was recorded is kept');
  await app.button('Start a new engine').click();
  await until(async () => (await app.page.getByRole('alert').count()) === 0, 'the alert to go');
  assert.ok((await app.call('recording')).length >= kept.length, 'and is still there with the new engine');
  const metrics = await app.runTo(30, { scenario: 'leak', mutators: 2 });
  assert.ok(metrics.arena.used_bytes > 0);
  assert.equal(metrics.self.events_lost_total, 0);
});

appTest('a recorder that is ended is named, and another goes on with the recording', async (app) => {
  await openWithin(app);
  await app.runTo(30, { scenario: 'game-loop' });
  await end(app, 'arenascope recorder');
  await untilAlert(app, /recorder stopped: its thread has ended; another goes on with the recording/);
  const { length } = await app.call('recording');
  await until(async () => (await app.call('recording')).length > length + 1000, 'the recording to go on');
  assert.ok(Array.isArray(await app.call('recordings')), 'and it answers');
});

appTest('a mutator that is ended is named, nobody waits for it, and the next run has another', async (app) => {
  await openWithin(app);
  const atWork = (m) => m.arena.threads.filter((thread) => thread.name !== 'engine' && thread.operations_total > 0).length;
  const config = { scenario: 'game-loop', mutators: 3 };
  await app.call('start', config);
  await app.untilMetrics('three mutators at work', (m) => atWork(m) === 3);
  await end(app, 'arenascope mutator 2');
  await untilAlert(app, /mutator \d stopped: its thread has ended/);
  await app.call('start', config);
  await app.untilMetrics('three mutators at work in the next run', (m) => m.running && atWork(m) === 3);
  const lines = await app.page.locator('.drawer').innerText();
  assert.doesNotMatch(lines, /does not answer/i);
});

/** Lets a worker turn on the spot for so long: it answers nobody. */
async function hang(app, name, ms) {
  for (const worker of app.page.workers()) {
    if ((await worker.evaluate(() => self.name)) !== name) continue;
    // Not awaited: the answer comes when it is over.
    worker.evaluate((ms) => { const end = performance.now() + ms; while (performance.now() < end); }, ms).catch(() => {});
    return;
  }
  throw new Error(`there is no worker ${name}`);
}

appTest('a mutator that is stuck is named, and again when it is back', async (app) => {
  await app.ready();
  await app.call('start', { scenario: 'game-loop', mutators: 2 });
  await app.untilMetrics('both at work', (m) => m.arena.threads.filter((thread) => thread.operations_total > 0).length === 3);
  await hang(app, 'arenascope mutator 2', 6_000);
  await untilAlert(app, /mutator \d has not answered for \d\.\d s: it is busy or stuck/);
  const { frame } = await app.metrics();
  await app.untilMetrics('the engine to go on', (m) => m.frame > frame + 20);
  await until(async () => /mutator \d answers again, after \d\.\d s/.test(await app.page.locator('.drawer').innerText()), 'word that it is back');
  assert.equal(await app.page.getByRole('alert').count(), 0, 'and the alert goes');
});
