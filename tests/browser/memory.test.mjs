// Browsers that set less than 4 GiB of shared memory aside, as phones do: the page
// runs in what it is given, and says the real reason where that is too little.

import assert from 'node:assert/strict';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();

/** Makes the browser refuse shared memories that may grow above so many MiB. */
function grantAtMost(app, mib) {
  return app.page.addInitScript((pages) => {
    const Memory = WebAssembly.Memory;
    WebAssembly.Memory = function refusing(wanted) {
      if (wanted.shared && wanted.maximum > pages) throw new RangeError('Out of memory');
      return new Memory(wanted);
    };
  }, mib * 16);
}

appTest('memory: 4 GiB are asked for, and nothing is said about it where they are granted', async (app) => {
  await app.ready();
  assert.equal(await app.page.evaluate(() => document.documentElement.dataset.memoryMaxMib), '4096');
  assert.doesNotMatch(await app.page.locator('.drawer').innerText(), /shared memory, not/);
});

for (const mib of [1024, 512]) {
  appTest(`memory: a browser that grants ${mib} MiB runs in them, and the page says so`, async (app) => {
    await grantAtMost(app, mib);
    await app.ready();
    const metrics = await app.runTo(10, { scenario: 'game-loop', speed: 8 });
    assert.ok(metrics.arena.used_bytes > 0);
    const granted = mib === 1024 ? '1.0 GiB' : '512.0 MiB';
    const said = async () => (await app.page.locator('.drawer').innerText()).replaceAll(' ', ' ');
    await until(async () => (await said()).includes(`grants ${granted} of shared memory, not 4.0 GiB`), 'what is granted');
    assert.match(await app.rejection('start', { arena_bytes: 1024 * 1024 * 1024 }), /arena_bytes. cannot be had/);
    assert.ok((await app.metrics()).running, 'the run in progress went on');
  });
}

const refused = { tolerate: [/not even 512 MiB/] };
appTest('memory: a browser that grants less is named as the reason, with what it said', refused, async (app) => {
  await grantAtMost(app, 511);
  await app.page.goto(app.url);
  const alert = app.page.getByRole('alert');
  await alert.waitFor();
  const text = await alert.innerText();
  assert.match(text, /not even 512 MiB of memory that threads share \("Out of memory"\)/);
  assert.doesNotMatch(text, /WebAssembly threads/);
});
