// A page with the probe in it, without the site of the program: a server for pages that
// a test writes, the probe's own files and the libraries of npm; and what the probe said.

import { after, before, test } from 'node:test';
import { createServer } from 'node:http';
import { readFile } from 'node:fs/promises';
import { extname, join, normalize } from 'node:path';
import { launchChromium } from '../browsers.mjs';
import { PROBE } from './build.mjs';
import { Decoder, totals } from './decode.mjs';
import { installTracker } from './tracker.mjs';

export { PROBE };
const MODULES = join(import.meta.dirname, '../node_modules');
const TEST_LIMIT_MS = 180_000;
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.mjs': 'text/javascript; charset=utf-8',
  '.wasm': 'application/wasm', '.json': 'application/json',
};

/** Pages of the running test: path to text or bytes, or to `{body, headers}`. */
export const pages = new Map();

async function bodyOf(path) {
  if (pages.has(path)) {
    const page = pages.get(path);
    return typeof page === 'string' || page instanceof Uint8Array ? { body: page, headers: {} } : page;
  }
  const [, root, rest] = /^\/(probe|modules)\/(.*)$/.exec(normalize(path)) ?? [];
  if (!root) return null;
  return { body: await readFile(join(root === 'probe' ? PROBE : MODULES, rest)).catch(() => null), headers: {} };
}

async function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://site').pathname);
  const found = await bodyOf(path);
  if (!found?.body) {
    // Browsers ask for it of themselves, and complain.
    response.writeHead(path === '/favicon.ico' ? 204 : 404).end();
    return;
  }
  const type = TYPES[extname(path)] ?? 'text/html; charset=utf-8';
  response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store', ...found.headers }).end(found.body);
}

export async function serve() {
  const server = createServer((request, response) => {
    answer(request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

/** The head of a page that is probed; options as attributes of the script. */
export const withProbe = (attributes = '') => `<!doctype html><script src="/probe/arenascope-probe.classic.js" ${attributes}></script>`;
export const withoutProbe = '<!doctype html>';

/** A page and what its probe wrote. */
export class Probed {
  problems = [];

  constructor(page, url) {
    this.page = page;
    this.url = url;
    page.on('pageerror', (error) => this.problems.push(`uncaught: ${error.message}`));
    page.on('console', (message) => {
      if (message.type() === 'error') this.problems.push(message.text());
    });
  }

  async open(path = '') {
    await this.page.goto(this.url + path);
  }

  /** Takes over what is written so far, and decodes it; call after call it goes on. */
  async decode() {
    this.decoder ??= new Decoder();
    const batches = await this.page.evaluate(() => {
      const { session } = globalThis.arenascopeProbe;
      session.flush();
      const taken = globalThis.taken ?? [];
      globalThis.taken = [];
      return taken.map((batch) => btoa(String.fromCharCode(...new Uint8Array(batch))));
    });
    for (const text of batches) this.decoder.push(new Uint8Array(Buffer.from(text, 'base64')));
    return this.decoder;
  }

  /** The probe's totals and the tracker's, of one moment. What was left to the collector is the tracker's still. */
  async moment() {
    const tracker = await this.page.evaluate(() => {
      globalThis.arenascopeProbe.session.flush();
      return { ...globalThis.tracker };
    });
    const decoder = await this.decode();
    const told = totals(decoder.records.filter((record) => !(record.name === 'free' && record.reason === 2)));
    const [buffers = 0, textures = 0, queries = 0] = [1, 2, 5].map((kind) => told.byClass[kind]);
    const live = told.live.filter((thing) => [1, 2, 5].includes(thing.class)).length;
    return { tracker, told: { buffers, textures, queries, live }, decoder };
  }

  run(what, ...args) {
    return this.page.evaluate(what, ...args);
  }
}

/** A page's head whose probe hands batches to `globalThis.taken`. */
export const withSink = (options = {}, before = '') => `<!doctype html><script>
${before};
(${installTracker})();
globalThis.taken = [];
globalThis.ARENASCOPE_PROBE = { ...${JSON.stringify(options)}, sink: (batch) => { globalThis.taken.push(batch); } };
</script><script src="/probe/arenascope-probe.classic.js"></script>`;

/** Registers a file's browser, and returns its `test` function. */
export function probeSuite({ launch = () => launchChromium('--js-flags=--expose-gc', '--host-resolver-rules=MAP *.test 127.0.0.1') } = {}) {
  let browser;
  let served;
  before(async () => {
    served = await serve();
    browser = await launch();
  }, { timeout: TEST_LIMIT_MS });
  after(async () => {
    await browser?.close();
    await served?.close();
  });
  return function probeTest(name, body) {
    test(name, { timeout: TEST_LIMIT_MS }, async () => {
      // Playwright calls it a context; Puppeteer does too, by another name.
      const context = await (browser.newContext ?? browser.createBrowserContext).call(browser);
      const probed = new Probed(await context.newPage(), served.url);
      pages.clear();
      try {
        await body(probed);
      } catch (error) {
        if (probed.problems.length > 0) error.message += `\n  the page: ${probed.problems.join('\n  ')}`;
        throw error;
      } finally {
        await context.close();
      }
    });
  };
}
