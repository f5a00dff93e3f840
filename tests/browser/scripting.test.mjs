// What scripts pass: wrong arguments are refused by name, and drop nothing.

import assert from 'node:assert/strict';
import { appSuite } from './fixture.mjs';

const appTest = appSuite();

/** The message of a call that rejects, made in the page so that any value can be passed. */
const refused = (app, code) =>
  app.page.evaluate(`(async () => {
    try {
      await ${code};
      return null;
    } catch (error) {
      return error.message;
    }
  })()`);

appTest('an argument that is no plain data is refused by name and drops no run', async (app) => {
  await app.ready();
  await app.call('start', { scenario: 'leak', seed: 7 });
  await app.untilMetrics('a run', (m) => m.running && m.frame > 20);
  const cases = [
    ["arenascope.start(new URLSearchParams('scenario=leak'))", /the argument is a URLSearchParams/],
    ['arenascope.start(new Map())', /the argument is a Map/],
    ['arenascope.start(() => 1)', /the argument is a function/],
    ['arenascope.start(NaN)', /the argument is NaN/],
    ['arenascope.start({ seed: 42n })', /`seed` is a BigInt \(42n\)/],
    ['arenascope.start({ speed: Infinity })', /`speed` is Infinity/],
    ['arenascope.start({ scenario: Symbol("leak") })', /`scenario` is a symbol/],
    ['arenascope.set_limits({ heaps: { device: { max_bytes: NaN } } })', /`heaps.device.max_bytes` is NaN/],
    ['arenascope.show_moment({ time_us: 1.5 })', /`time_us` is 1.5; allowed: an integer/],
    ['arenascope.show_moment({ when: 1 })', /allowed: \{ time_us \}, \{ event \} or null/],
    ['(() => { const own = {}; own.self = own; return arenascope.start(own); })()', /nested deeper than 16/],
    ['arenascope.start({ get seed() { throw new Error("no seed today"); } })', /`seed` could not be read: no seed today/],
  ];
  for (const [code, message] of cases) {
    assert.match((await refused(app, code)) ?? 'it was taken', message, code);
  }
  const metrics = await app.metrics();
  assert.equal(metrics.running, true);
  assert.ok(metrics.frame > 20, 'the run was dropped');
  const { budget } = metrics;
  assert.ok(budget, 'metrics still come');
});

appTest('numbers that people type are understood or refused', async (app) => {
  await app.ready();
  await app.call('start', { scenario: 'game-loop' });
  await app.untilMetrics('a run', (m) => m.frame > 60);
  await app.call('stop');
  await app.showTab('Events');
  const size = app.page.getByRole('textbox', { name: /size/i }).first();
  await size.fill('> 1,024 KiB');
  await size.blur();
  await app.page.getByText(/could be 1024 KiB or 1.0240 KiB/).first().waitFor({ state: 'visible', timeout: 5_000 });
});

appTest('snapshot: of now, never of another moment than the one that is shown', async (app) => {
  await app.ready();
  await app.runTo(60, { scenario: 'game-loop' });
  await app.call('show_moment', { time_us: 300_000 });
  assert.match(await app.rejection('snapshot'), /earlier moment is shown.*show_moment\(null\)/);
  await app.call('show_moment', null);
  assert.ok((await app.call('snapshot')).metrics.frame >= 60);
});
