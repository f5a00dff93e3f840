// Pages of another origin that tell their memory through the relay of `arenascope serve`, to the page
// that it served.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before } from 'node:test';
import { SITE, appSuite, until } from './fixture.mjs';
import { BUILD_LIMIT_MS, PROGRAM, buildProgram } from './program.mjs';

const appTest = appSuite();
const MIB = 2 ** 20;

/** A page that makes buffers, with the probe of `site` and the relay at `relay`. */
const page = (site, relay) => `<!doctype html><title>Afar</title>
<script src="${site}probe/arenascope-probe.classic.js" data-relay="${relay}"></script>
<script type="module">
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  window.make = (label, mib) => { device.createBuffer({ label, size: mib * ${MIB}, usage: GPUBufferUsage.STORAGE }); };
  make('meshes', 6);
  const tick = () => requestAnimationFrame(tick);
  tick();
  window.isReady = true;
</script>`;

let other;
before(async () => {
  await buildProgram();
  const server = createServer((request, response) => {
    const asked = new URL(request.url, 'http://other').searchParams;
    if (!asked.has('site')) return response.writeHead(204).end();
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(asked.get('site'), asked.get('relay')));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  other = { server, url: `http://localhost:${server.address().port}/` };
}, { timeout: BUILD_LIMIT_MS });
after(() => {
  other?.server.closeAllConnections();
  other?.server.close();
});

/** `arenascope serve`, and the addresses of its page and its relay. */
async function serve() {
  const child = spawn(PROGRAM, ['serve', '--port', '0', '--dir', SITE], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = await once(child.stdout, 'data');
  const [, site, token] = /^(http:.*\/)#relay=(\w+)\n$/.exec(String(line));
  return { child, site, fragment: `#relay=${token}`, relay: `${site.replace('http', 'ws')}relay?token=${token}` };
}

async function withServed(app, body) {
  const served = await serve();
  app.url = served.site;
  try {
    await body(served);
  } finally {
    served.child.kill();
  }
}

async function pageAfar(app, served) {
  const opened = await app.page.context().newPage();
  const asked = new URLSearchParams({ site: served.site, relay: served.relay });
  await opened.goto(`${other.url}?${asked}`);
  await until(() => opened.evaluate(() => window.isReady), 'the page to work');
  return opened;
}

const dialog = (app) => app.page.getByRole('dialog', { name: 'Attach a page' });
const afar = async (app) => (await app.call('runs')).filter((run) => run.name === 'Afar');
const usageSays = (app, pattern) => until(async () => {
  const usage = app.page.getByRole('region', { name: 'Usage by category' }).getByRole('img');
  return pattern.test(await usage.getAttribute('aria-label').catch(() => ''));
}, `usage like ${pattern}`);

async function consoleSays(app, pattern) {
  await app.showTab('Console');
  await app.page.getByText(pattern).first().waitFor();
}

async function attach(app) {
  await app.page.bringToFront();
  await app.page.getByRole('button', { name: 'Attach…' }).click();
  await dialog(app).getByRole('listitem').filter({ hasText: 'Afar' }).last().getByRole('button', { name: 'Attach', exact: true }).click();
  await until(async () => (await afar(app)).some((run) => run.events > 1), 'its events');
}

/** What is written when the relay goes: Chromium names the socket, which is no fault of the page. */
const tolerate = [/WebSocket connection to/];

appTest('a page of any origin is attached through the relay, followed, and attached again', async (app) => {
  await withServed(app, async (served) => {
    await app.ready(served.fragment);
    assert.equal(await app.page.evaluate(() => location.hash), '', 'the token does not stay in the address');
    const engine = await pageAfar(app, served);
    await attach(app);
    await app.showTab('Overview');
    await usageSays(app, /Usage 6\.0 MiB/);
    await engine.evaluate(() => make('textures', 8));
    await usageSays(app, /Usage 14\.0 MiB/);
    await engine.reload();
    await until(async () => (await afar(app)).length === 2, 'the run of the page that was loaded again');
    await usageSays(app, /Usage 6\.0 MiB/);
    // Let go, it tells nothing more; attached once more, it tells all that lives.
    await app.page.getByRole('button', { name: 'Stop recording Afar' }).click();
    await engine.evaluate(() => make('later', 1));
    await attach(app);
    await usageSays(app, /Usage 7\.0 MiB/);
    assert.equal((await afar(app)).length, 3);
  });
});

appTest('what a page needs for the relay is given, and a tab that is loaded again keeps it', async (app) => {
  await withServed(app, async (served) => {
    await app.ready(served.fragment);
    await app.ready('');
    await app.page.getByRole('button', { name: 'Attach…' }).click();
    const tag = `<script src="${served.site}probe/arenascope-probe.classic.js" data-relay="${served.relay}"></script>`;
    await until(async () => (await dialog(app).innerText()).includes(tag), 'the tag with the relay');
  });
});

appTest('a relay that ends is told within two seconds, and what was received stays', { tolerate }, async (app) => {
  await withServed(app, async (served) => {
    await app.ready(served.fragment);
    await pageAfar(app, served);
    await attach(app);
    served.child.kill();
    const killedMs = performance.now();
    await app.page.getByRole('button', { name: 'Close Afar' }).waitFor();
    assert.ok(performance.now() - killedMs < 2_000);
    await consoleSays(app, /the relay of `arenascope serve` is gone: start it again/);
    assert.ok((await afar(app))[0].events > 1);
  });
});

appTest('a fragment that is no token is named', async (app) => {
  await withServed(app, async () => {
    await app.ready('#relay=nonsense');
    await consoleSays(app, /`#relay=` is followed by no token/);
  });
});
