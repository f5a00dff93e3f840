// The harness tested on a stand-in page: the server is strict, the browsers
// have what Arenascope needs, and complaints and false figures are noticed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { get } from 'node:http';
import { join } from 'node:path';
import { auditMetrics, auditSnapshot } from './audit.mjs';
import { launchChromium, launchFirefox, launchShell } from './browsers.mjs';
import { App, appSuite, fixed } from './fixture.mjs';
import { parseHeaders, serveSite } from './server.mjs';

const STAND_IN = join(import.meta.dirname, 'stand-in');

// Not fetch: it tidies a path up before it asks.
const request = (url, path) => new Promise((resolve, reject) => {
  get(url, { path }, (response) => {
    response.resume();
    resolve({ status: response.statusCode, headers: response.headers });
  }).on('error', reject);
});

test('numbers are written as the page writes them, also where they are in the middle of two', () => {
  const cases = [[28.25, 1, '28.2'], [3.25, 1, '3.2'], [3.75, 1, '3.8'], [0.0625, 3, '0.062'], [3.35, 1, '3.4'], [0.15, 1, '0.1'], [7, 1, '7.0']];
  for (const [value, decimals, text] of cases) assert.equal(fixed(value, decimals), text);
});

describe('server', () => {
  let site;
  before(async () => { site = await serveSite(STAND_IN); });
  after(() => site.close());

  test('sends types and the isolation headers', async () => {
    const { status, headers } = await request(site.url, '/page.js');
    assert.equal(status, 200);
    assert.equal(headers['content-type'], 'text/javascript; charset=utf-8');
    assert.equal(headers['cross-origin-opener-policy'], 'same-origin');
    assert.equal(headers['cross-origin-embedder-policy'], 'require-corp');
  });

  test('answers 404 to missing files and to paths that lead out', async () => {
    for (const path of ['/nothing.js', '/stand-in', '/../package.json', '/%2e%2e/package.json', '/%', '/%00']) {
      assert.equal((await request(site.url, path)).status, 404, path);
    }
  });

  test('sends no isolation headers when told not to', async () => {
    const bare = await serveSite(STAND_IN, { isolated: false });
    const { headers } = await request(bare.url, '/');
    await bare.close();
    assert.equal(headers['cross-origin-opener-policy'], undefined);
    assert.equal(headers['cross-origin-embedder-policy'], undefined);
  });

  test('names the way out where the site is not built', async () => {
    await assert.rejects(serveSite('/nowhere'), /make build/);
  });
});

test('_headers: blocks in turn, the later one wins, and takes headers away', () => {
  const text = '# Note.\n/*\n  X-One: 1\n  X-Two: 2\n/probe/*\n  X-One: 3\n/attach.html\n  ! X-Two\n  X-Three: 4\n';
  assert.deepEqual(parseHeaders(text, '/probe/a.js'), { 'x-one': '3', 'x-two': '2' });
  assert.deepEqual(parseHeaders(text, '/attach.html'), { 'x-one': '1', 'x-three': '4' });
  assert.deepEqual(parseHeaders(text, '/probe'), { 'x-one': '1', 'x-two': '2' });
});

test('_headers: the block of every path, and no other', () => {
  const text = '/*\n  X-One: 1\n  Content-Security-Policy: default-src \'none\'; img-src data:\n/other\n  X-Two: 2\n';
  assert.deepEqual(parseHeaders(text), { 'x-one': '1', 'content-security-policy': "default-src 'none'; img-src data:" });
});

// One suite per browser: what a worker can do there.
for (const [name, launch, nnSum] of [
  ['chromium', launchChromium, null], ['shell', launchShell, 5], ['firefox', launchFirefox, null],
]) {
  describe(name, () => {
    const appTest = appSuite({ launch, site: STAND_IN });

    appTest(`${name}: a worker has shared memory, WebGPU and${nnSum ? '' : ' no'} WebNN`, async (app) => {
      await app.ready();
      assert.equal(await app.call('share'), 7);
      assert.equal(await app.call('gpu'), 1024);
      const sum = await app.call('nn').catch((error) => error);
      if (nnSum) assert.equal(sum, nnSum);
      else assert.ok(sum === null || sum instanceof Error, `WebNN answered ${sum}`);
    });
  });
}

describe('app', () => {
  const appTest = appSuite({ site: STAND_IN });

  appTest('a console error is a problem', async (app) => {
    await app.ready();
    await app.call('complain');
    assert.throws(() => app.assertNoProblems(), /a complaint/);
    app.problems.length = 0;
  });

  appTest('a provoked console error is none', { tolerate: [/a complaint/] }, async (app) => {
    await app.ready();
    await app.call('complain');
  });

  appTest('a rejection gives its message, an acceptance is a failure', async (app) => {
    await app.ready();
    assert.equal(await app.rejection('fail'), 'a failure in the worker');
    await assert.rejects(app.rejection('share'), /was accepted/);
  });
});

describe('app without isolation', () => {
  const appTest = appSuite({ site: STAND_IN, isolated: false });

  appTest('ready rejects', async (app) => {
    await app.open();
    assert.match(await app.rejection('ready'), /cross-origin isolated/);
  });
});

test('gpu complaints that are warnings are problems, other warnings are not', () => {
  const app = new App({ on() {} }, '');
  const message = (type, text) => ({ type: () => type, text: () => text });
  app.noteConsole(message('warning', 'a preload was not used'));
  assert.deepEqual(app.problems, []);
  app.noteConsole(message('warning', '[Buffer] is destroyed while validation runs'));
  assert.equal(app.problems.length, 1);
});

/** A small snapshot that is right: 64 metadata, 128 used, 32 cached, 32 free. */
function goodSnapshot() {
  const category = (name, arena, npu = 0) => ({
    category: name, current_bytes: arena + npu, arena_bytes: arena, device_bytes: 0, npu_bytes: npu, peak_bytes: arena + npu,
  });
  return {
    metrics: {
      arena: {
        capacity_bytes: 256, used_bytes: 128, requested_bytes: 100, free_bytes: 32, cached_bytes: 32, metadata_bytes: 64,
        largest_free_bytes: 32, free_range_count: 1, allocation_count: 2, external_fragmentation: 0,
        free_space_concentration: 0, used_bytes_peak: 128, allocations_total: 3, frees_total: 1,
      },
      pool: {
        hits_total: 1, misses_total: 3, hit_ratio: 0.25, in_use_bytes: 64, pending_bytes: 0, idle_bytes: 16,
        requested_bytes: 60, in_use_count: 1, pending_count: 0, idle_count: 1, created_total: 3, destroyed_total: 1, evictions_total: 1,
      },
      nn: {
        tensors_live: 1, tensor_bytes: 32, graph_bytes: 0,
        pool: {
          hits_total: 0, misses_total: 1, hit_ratio: 0, in_use_bytes: 32, pending_bytes: 0, idle_bytes: 0,
          requested_bytes: 24, in_use_count: 1, pending_count: 0, idle_count: 0, created_total: 1, destroyed_total: 0, evictions_total: 0,
        },
      },
      budget: { current_bytes: 160, categories: [category('ecs', 100), category('temporary', 28), category('npu_tensors', 0, 32)] },
    },
    arena: {
      allocations: [{ id: 1, offset: 64, size: 64, align: 16 }, { id: 2, offset: 160, size: 64, align: 32 }],
      free_ranges: [{ offset: 224, size: 32 }],
    },
    pool: { buffers: [{ size: 64 }, { size: 16 }] },
  };
}

test('audit: a right snapshot passes', () => {
  assert.deepEqual(auditSnapshot(goodSnapshot()), []);
});

// Each breaks one figure; the audit must name it.
const BREAKS = {
  'an overlap': [(s) => { s.arena.allocations[1].offset = 96; }, /overlap/],
  'a gap': [(s) => { s.arena.free_ranges[0].size = 16; }, /neither used nor free/],
  'a range behind the end': [(s) => { s.arena.free_ranges[0].offset = 240; }, /behind the capacity/],
  'a lost allocation': [(s) => { s.arena.allocations.pop(); }, /number of allocations/],
  'an id twice': [(s) => { s.arena.allocations[1].id = 1; }, /ids are distinct/],
  'a false alignment': [(s) => { s.arena.allocations[0].align = 128; }, /not aligned/],
  'a lost buffer': [(s) => { s.pool.buffers.pop(); }, /pooled buffers/],
  'a false size of a buffer': [(s) => { s.pool.buffers[0].size = 32; }, /buffers sum up/],
  'a false concentration': [(s) => { s.metrics.arena.free_space_concentration = 0.5; }, /concentration/],
  'a false sum of the arena': [(s) => { s.metrics.arena.cached_bytes = 0; }, /is the capacity/],
  'a false count of allocations': [(s) => { s.metrics.arena.frees_total = 0; }, /are the live ones/],
  'a false fragmentation': [(s) => { s.metrics.arena.external_fragmentation = 0.5; }, /external fragmentation/],
  'a leaked buffer': [(s) => { s.metrics.pool.created_total = 4; }, /created − destroyed/],
  'a false hit ratio': [(s) => { s.metrics.pool.hit_ratio = 1; }, /hit ratio/],
  'a false sum of the budget': [(s) => { s.metrics.budget.current_bytes = 1; }, /categories sum up/],
  'a lost tensor': [(s) => { s.metrics.nn.tensors_live = 2; }, /tensors alive/],
  'a false sum of the tensors': [(s) => { s.metrics.nn.tensor_bytes = 16; }, /bytes of tensors/],
  'a charge without a tensor': [(s) => { s.metrics.nn.graph_bytes = 64; }, /what is charged/],
  'a false hit ratio of the tensors': [(s) => { s.metrics.nn.pool.hit_ratio = 0.5; }, /hit ratio/],
  'a false category': [(s) => { s.metrics.budget.categories[0].npu_bytes = 1; }, /arena \+ device \+ npu/],
};

for (const [name, [spoil, words]] of Object.entries(BREAKS)) {
  test(`audit: ${name} is noticed`, () => {
    const snapshot = goodSnapshot();
    spoil(snapshot);
    assert.match(auditSnapshot(snapshot).join('\n'), words);
  });
}

test('audit: figures alone are checked too', () => {
  assert.deepEqual(auditMetrics(goodSnapshot().metrics), []);
});
