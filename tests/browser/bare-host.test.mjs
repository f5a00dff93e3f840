// A host that sends no header at all, as GitHub Pages: a service worker of the site adds them, after
// one reload, in Chromium and in Firefox.

import assert from 'node:assert/strict';
import { cp, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { launchChromium, launchFirefox } from './browsers.mjs';
import { SITE, appSuite, until } from './fixture.mjs';
import { serveSite } from './server.mjs';

/** Counts the loads of the page, from its first on. */
function countLoads(page) {
  const loads = [];
  page.on('load', () => loads.push(page.url()));
  return loads;
}

for (const [browser, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  const appTest = appSuite({ launch, bare: true });

  appTest(`${browser}: the page works on a bare host after one reload, and says what was done`, async (app) => {
    const loads = countLoads(app.page);
    await app.page.goto(`${app.url}?scenario=game-loop`).catch(() => {});
    await until(() => app.page.evaluate(() => globalThis.crossOriginIsolated === true && typeof arenascope === 'object').catch(() => false), 'the isolated page');
    await app.page.evaluate(() => arenascope.ready.then(() => {}));
    assert.ok(loads.length <= 2, String(loads));
    assert.match(app.page.url(), /\?.*scenario=game-loop/, 'the address is the one that was asked for');
    await app.runTo(30, { scenario: 'game-loop', seed: 7 });
    assert.equal(await app.page.evaluate(() => document.documentElement.dataset.isolation), 'added');
    if (browser === 'Chromium') {
      await app.showTab('Console');
      await app.page.getByText(/a service worker of this site adds them/).first().waitFor();
    }
    // From here on the worker is there: one load is enough.
    const before = loads.length;
    await app.ready();
    assert.equal(loads.length, before + 1);
  });
}

const chromium = appSuite({ bare: true });

chromium('what the service worker sends is what _headers says, for every path', async (app) => {
  await app.page.goto(app.url).catch(() => {});
  await until(() => app.page.evaluate(() => globalThis.crossOriginIsolated === true).catch(() => false), 'the isolated page');
  const headers = (path) => app.page.evaluate(async (path) => Object.fromEntries((await fetch(path)).headers), path);
  const [page, attach, probe] = [await headers('./'), await headers('attach.html'), await headers('probe/arenascope-probe.js')];
  assert.equal(page['cross-origin-embedder-policy'], 'require-corp');
  assert.match(page['content-security-policy'], /default-src 'none'/);
  assert.equal(attach['cross-origin-embedder-policy'], undefined);
  assert.equal(attach['document-isolation-policy'], 'isolate-and-credentialless');
  assert.equal(probe['cross-origin-resource-policy'], 'cross-origin');
  assert.equal(probe['access-control-allow-origin'], '*');
});

test('a host that does not serve _headers: no reload, and the page says why', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'arenascope-bare-'));
  await cp(SITE, folder, { recursive: true });
  await rm(join(folder, '_headers'));
  const [served, browser] = [await serveSite(folder, { bare: true }), await launchChromium()];
  try {
    const page = await browser.newPage();
    const loads = countLoads(page);
    await page.goto(served.url);
    await until(() => page.evaluate(() => /the host must serve the file _headers/.test(document.body.innerText)), 'the reason');
    await page.reload();
    await until(() => page.evaluate(() => /the host must serve the file _headers/.test(document.body.innerText)), 'the reason again');
    assert.equal(loads.length, 2);
  } finally {
    await browser.close();
    await served.close();
    await rm(folder, { recursive: true });
  }
});
