// Other pages, attached as they go: of this origin by their announcement, of another one from a
// tab or a frame of the document that keeps its ties.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before } from 'node:test';
import { appSuite, until } from './fixture.mjs';

const appTest = appSuite();
const MIB = 2 ** 20;

/** A page with the probe of a site: it makes what it is told to, and counts for itself. */
const page = (probe, title = 'The engine') => `<!doctype html><title>${title}</title>
<script src="${probe}probe/arenascope-probe.classic.js"></script>
<script type="module">
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const live = new Map();
  window.make = (label, mib) => live.set(label, device.createBuffer({ label, size: mib * ${MIB}, usage: GPUBufferUsage.STORAGE }));
  window.drop = (label) => { live.get(label).destroy(); live.delete(label); };
  window.bytes = () => [...live.values()].reduce((sum, buffer) => sum + buffer.size, 0);
  make('meshes', 4);
  make('staging', 2);
  const tick = () => requestAnimationFrame(tick);
  tick();
  window.isReady = true;
</script>`;

let other;
before(async () => {
  const server = createServer((request, response) => {
    const probe = new URL(request.url, 'http://other').searchParams.get('probe');
    if (!probe) return response.writeHead(204).end();
    return response.writeHead(200, { 'content-type': 'text/html; charset=utf-8' }).end(page(probe));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  other = { server, url: `http://localhost:${server.address().port}/` };
});
after(() => {
  other.server.closeAllConnections();
  other.server.close();
});

const runs = (app) => app.call('runs');
const shown = async (app) => (await runs(app)).find((run) => run.is_shown);
const dialog = (app) => app.page.getByRole('dialog', { name: 'Attach a page' });
const item = (app, name) => app.page.getByRole('navigation', { name: 'Open runs' }).getByRole('button', { name, exact: true });

/** Opens a page of the site's own origin, with the probe. */
async function ownPage(app, title) {
  const opened = await app.page.context().newPage();
  await opened.route('**/own.html', (route) => route.fulfill({
    contentType: 'text/html; charset=utf-8', body: page(app.url, title),
  }));
  await opened.goto(`${app.url}own.html`);
  await until(() => opened.evaluate(() => window.isReady), 'the page to work');
  return opened;
}

/** Live bytes of a category at the end of the shown run, as the Overview says. */
const usageSays = (app, pattern) => until(async () => {
  const usage = app.page.getByRole('region', { name: 'Usage by category' }).getByRole('img');
  return pattern.test(await usage.getAttribute('aria-label').catch(() => ''));
}, `usage like ${pattern}`);

async function attachOwn(app, title) {
  await app.page.getByRole('button', { name: 'Attach…' }).click();
  const row = dialog(app).getByRole('listitem').filter({ hasText: title }).last();
  await row.getByRole('button', { name: 'Attach', exact: true }).click();
  await until(async () => (await runs(app)).some((run) => run.name === title && run.events > 1), 'its events');
}

appTest('a page of this origin announces itself, is attached, and is followed as it goes', async (app) => {
  await app.ready();
  const engine = await ownPage(app, 'The engine');
  await attachOwn(app, 'The engine');
  await app.page.bringToFront();
  await app.showTab('Overview');
  await usageSays(app, /Usage 6\.0 MiB/);
  await engine.evaluate(() => { make('textures', 8); drop('staging'); });
  await usageSays(app, /Usage 12\.0 MiB, highest 14\.0 MiB/);
  assert.equal(await engine.evaluate(() => bytes()), 12 * MIB);
  // Let go: what was received stays, and can be closed.
  await app.page.getByRole('button', { name: 'Stop recording The engine' }).click();
  await app.page.getByRole('button', { name: 'Close The engine' }).waitFor();
  await engine.evaluate(() => make('later', 1));
  await usageSays(app, /Usage 12\.0 MiB/);
  await app.page.getByRole('button', { name: 'Close The engine' }).click();
  assert.equal((await runs(app)).length, 1);
});

appTest('what a page never uses or makes anew is found, and what a pool and limits say of it', async (app) => {
  await app.ready();
  const engine = await ownPage(app, 'The engine');
  await engine.evaluate(() => {
    // A buffer for each frame, as so many pages have.
    const frame = () => {
      make('scratch', 1);
      drop('scratch');
      requestAnimationFrame(frame);
    };
    frame();
  });
  await attachOwn(app, 'The engine');
  // Frames come to the page that is seen.
  await engine.bringToFront();
  await until(async () => (await shown(app)).events > 400, 'two hundred frames');
  await app.page.bringToFront();
  await app.showTab('Leaks');
  const findings = app.page.getByRole('region', { name: 'Findings in the page' });
  const row = (name) => findings.getByRole('row').filter({ hasText: name });
  await until(async () => /made anew in each frame/.test(await row('scratch').innerText().catch(() => '')), 'scratch');
  assert.match(await row('meshes').innerText(), /never used\s+1\s+4\.0 MiB/);
  assert.equal(await row('scratch').filter({ hasText: 'never used' }).count(), 0);
  await app.showTab('GPU pool');
  const pool = app.page.getByRole('region', { name: 'What a buffer pool would have saved' });
  await until(async () => /9\d % of these [\d\s]+ creations of buffers could have been reuses/.test(await pool.innerText()), 'the advice');
  await app.showTab('Budget');
  await app.page.getByRole('textbox', { name: 'Limit of Storage buffers' }).fill('6.5 MiB');
  const limits = app.page.getByRole('region', { name: 'Limits on this run' }).getByRole('row').filter({ hasText: 'Storage buffers' });
  await until(async () => /\d{2,}\s/.test(await limits.innerText()) && /512\.0 KiB/.test(await limits.innerText()), 'times above, by half a MiB');
  await app.page.getByRole('textbox', { name: 'Limit of Storage buffers' }).fill('big');
  await until(async () => (await app.page.getByRole('textbox', { name: 'Limit of Storage buffers' }).getAttribute('aria-invalid')) === 'true', 'a limit that is none');
});

appTest('a page that goes is told; loaded again, it is attached again', async (app) => {
  await app.ready();
  const engine = await ownPage(app, 'The engine');
  await attachOwn(app, 'The engine');
  await engine.reload();
  await until(() => engine.evaluate(() => window.isReady), 'the page to work again');
  await until(async () => (await runs(app)).filter((run) => run.name === 'The engine').length === 2, 'a second run');
  await app.page.getByRole('button', { name: 'Close The engine' }).waitFor();
  await engine.close();
  await until(async () => (await app.page.getByRole('button', { name: 'Close The engine' }).count()) === 2, 'the end of both');
});

appTest('the dialog says which ways work here, and gives what a page needs', async (app) => {
  await app.ready();
  await app.page.getByRole('button', { name: 'Attach…' }).click();
  const text = await dialog(app).innerText();
  assert.match(text, /Pages that have the probe and said so\s*works here/);
  assert.match(text, new RegExp(`<script src="${app.url.replaceAll('.', '\\.')}probe/arenascope-probe\\.classic\\.js">`));
  await until(async () => /cuts its ties to other windows/.test(await dialog(app).innerText()), 'why not from here');
  const link = dialog(app).getByRole('link', { name: 'Open Arenascope in a document that keeps them' });
  assert.equal(await link.getAttribute('href'), 'attach.html');
});

for (const [way, button] of [['a tab', 'Open in a tab'], ['a frame', 'Embed here']]) {
  appTest(`a page of another origin is attached in ${way}`, async (app) => {
    await app.ready('attach.html');
    assert.equal(await app.page.evaluate(() => crossOriginIsolated), true);
    await app.page.getByRole('button', { name: 'Attach…' }).click();
    const address = `${other.url}?probe=${encodeURIComponent(app.url)}`;
    await dialog(app).getByRole('textbox', { name: 'Address' }).fill(address);
    await dialog(app).getByRole('button', { name: button }).click();
    await until(async () => (await runs(app)).some((run) => run.events > 2), 'its events');
    await app.page.bringToFront();
    await app.showTab('Overview');
    await usageSays(app, /Usage 6\.0 MiB/);
    assert.equal((await shown(app)).name, address);
  });
}

appTest('an address that is none is named', async (app) => {
  await app.ready('attach.html');
  await app.page.getByRole('button', { name: 'Attach…' }).click();
  await dialog(app).getByRole('textbox', { name: 'Address' }).fill('ftp://x');
  await dialog(app).getByRole('button', { name: 'Open in a tab' }).click();
  await until(async () => /is no address of a page/.test(await dialog(app).innerText()), 'what is wrong');
  assert.equal((await runs(app)).length, 1);
  assert.equal(await item(app, 'Engine').count(), 1);
});
