// A host that does not send the two headers: the page starts, says what is
// missing in words that can be acted on, and does not pretend to work.

import assert from 'node:assert/strict';
import { mkdir, readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { join } from 'node:path';
import { OUT, SITE, appSuite, until } from './fixture.mjs';
import { parseHeaders } from './server.mjs';

const appTest = appSuite({ isolated: false });

appTest('not isolated: the page explains itself and names both headers', async (app) => {
  await app.open();
  const words = ['cross-origin isolated', 'Cross-Origin-Opener-Policy', 'Cross-Origin-Embedder-Policy'];
  const text = () => app.page.evaluate(() => document.body.innerText);
  await until(async () => (await text()).includes(words[0]), 'the explanation').catch(() => {});
  const shown = await text();
  for (const word of words) assert.ok(shown.includes(word), `"${word}" is not on the page`);
  await mkdir(join(OUT, 'screenshots'), { recursive: true });
  await app.page.screenshot({ path: join(OUT, 'screenshots/not-isolated.png') });
});

appTest('not isolated: ready rejects with the reason, and start rejects', async (app) => {
  await app.open();
  assert.match(await app.rejection('ready'), /cross-origin isolated/);
  assert.match(await app.rejection('start', { scenario: 'idle' }), /isolated|not running/);
  assert.equal((await app.call('capabilities')).cross_origin_isolated, false);
});

test('the document for attaching is isolated by another policy, and the probe is for everybody', async () => {
  const text = await readFile(join(SITE, '_headers'), 'utf8');
  const tied = parseHeaders(text, '/attach.html');
  assert.equal(tied['document-isolation-policy'], 'isolate-and-credentialless');
  assert.equal(tied['cross-origin-opener-policy'], undefined);
  assert.equal(tied['cross-origin-embedder-policy'], undefined);
  const frames = /frame-src \*; /;
  assert.equal(tied['content-security-policy'].replace(frames, ''), parseHeaders(text)['content-security-policy']);
  assert.equal(parseHeaders(text, '/probe/arenascope-probe.js')['cross-origin-resource-policy'], 'cross-origin');
});

test('the site names the headers that a host must send', async () => {
  const headers = parseHeaders(await readFile(join(SITE, '_headers'), 'utf8'));
  assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
  assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  const policy = headers['content-security-policy'];
  assert.match(policy, /default-src 'none'/);
  assert.doesNotMatch(policy, /unsafe-inline|'unsafe-eval'|\*/);
});
