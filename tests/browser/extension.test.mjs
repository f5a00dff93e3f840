// The extension, loaded unpacked: its page in a tab records a page of another origin that knows
// nothing of it. What headless Chromium cannot show is the panel inside of DevTools.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { launchWithExtension } from './browsers.mjs';
import { SITE, until } from './fixture.mjs';

const MIB = 2 ** 20;
const ROOT = join(import.meta.dirname, '../..');
/** No probe, no script of ours, and a policy that lets nobody else's in. */
const PAGE = `<!doctype html><title>Their page</title><script>
  (async () => {
    window.first = Object.getOwnPropertyNames(window).filter((name) => /arena/i.test(name));
    const device = await (await navigator.gpu.requestAdapter()).requestDevice();
    window.buffer = device.createBuffer({ label: 'theirs', size: 3 * ${MIB}, usage: GPUBufferUsage.STORAGE });
    const tick = () => requestAnimationFrame(tick);
    tick();
  })();
</script>`;

let folder, context, server, id;
before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'arenascope-extension-'));
  const env = { ...process.env, ARENASCOPE_DIST: SITE, ARENASCOPE_EXTENSION: join(folder, 'built') };
  await promisify(execFile)(join(ROOT, 'scripts/extension'), { env });
  context = await launchWithExtension(join(folder, 'built'), join(folder, 'profile'));
  const worker = context.serviceWorkers()[0] ?? await context.waitForEvent('serviceworker');
  id = new URL(worker.url()).host;
  server = createServer((request, response) => {
    response.writeHead(200, {
      'content-type': 'text/html; charset=utf-8',
      'content-security-policy': "default-src 'none'; script-src 'unsafe-inline'",
    }).end(PAGE);
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
});
after(async () => {
  await context?.close();
  server?.closeAllConnections();
  server?.close();
  await rm(folder, { recursive: true, force: true });
});

test('the manifest is of this version, and asks for nothing that it does not need', async () => {
  const manifest = JSON.parse(await readFile(join(folder, 'built/manifest.json'), 'utf8'));
  const cargo = await readFile(join(ROOT, 'Cargo.toml'), 'utf8');
  assert.equal(manifest.version, /\[workspace\.package\]\s+version = "([^"]+)"/.exec(cargo)[1]);
  assert.deepEqual(manifest.permissions, ['scripting']);
});

test('a page that knows nothing of it is recorded from the extension’s tab', { timeout: 90_000 }, async () => {
  const app = await context.newPage();
  const problems = [];
  app.on('pageerror', (error) => problems.push(error.message));
  await app.goto(`chrome-extension://${id}/panel.html`);
  assert.equal(await app.evaluate(() => crossOriginIsolated), true);
  await until(() => app.evaluate(() => typeof window.arenascope === 'object'), 'the program');
  await app.evaluate(() => window.arenascope.ready);
  const address = `http://127.0.0.1:${server.address().port}/`;
  await app.getByRole('textbox', { name: 'Address of the page' }).fill(address);
  await app.getByRole('button', { name: 'Open and record' }).click();
  const theirs = await until(() => context.pages().find((page) => page.url() === address), 'their page');
  await until(() => theirs.evaluate(() => window.buffer?.size), 'their buffer');
  assert.deepEqual(await theirs.evaluate(() => window.first.filter((name) => name !== 'arenascopeProbe')), []);
  await app.bringToFront();
  await app.getByRole('button', { name: 'Attach…' }).click();
  const row = app.getByRole('dialog', { name: 'Attach a page' }).getByRole('listitem').filter({ hasText: 'Their page' }).last();
  await row.getByRole('button', { name: 'Attach', exact: true }).click();
  await app.getByRole('tab', { name: /^Overview/ }).click();
  const usage = app.getByRole('region', { name: 'Usage by category' }).getByRole('img');
  await until(async () => /Usage 3\.0 MiB/.test(await usage.getAttribute('aria-label').catch(() => '')), 'its 3 MiB');
  await theirs.close();
  await app.getByRole('button', { name: /^Close / }).waitFor();
  assert.deepEqual(problems, []);
});
