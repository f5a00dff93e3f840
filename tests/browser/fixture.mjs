// One test, one fresh page. `appSuite` starts the browser and the server of a
// file; each test gets an `App`, and fails on any error that the page, a worker
// or the GPU device wrote to the console while it ran.

import { after, before, test } from 'node:test';
import { join, resolve } from 'node:path';
import { launchChromium } from './browsers.mjs';
import { serveSite } from './server.mjs';

/** The site under test; ARENASCOPE_DIST names another one. */
export const SITE = resolve(process.env.ARENASCOPE_DIST ?? join(import.meta.dirname, '../../dist'));
/** Where tests leave what a person may want to look at. */
export const OUT = join(import.meta.dirname, 'out');

const TEST_LIMIT_MS = 90_000;
const WAIT_LIMIT_MS = 20_000;
const POLL_MS = 50;

// Browsers report WebGPU's validation errors as warnings.
const GPU_COMPLAINT = /webgpu|validation|GPUBuffer|GPUTexture|GPUDevice/i;

const pause = (ms) => new Promise((resolve) => setTimeout(resolve, ms));

/**
 * Polls until `probe` gives something true, and returns it. From outside the
 * page: a wait inside would be compiled from text, which the policy forbids.
 * @param {() => Promise<any>} probe
 * @param {string} what words for the failure
 */
export async function until(probe, what, limitMs = WAIT_LIMIT_MS) {
  const end = performance.now() + limitMs;
  for (;;) {
    const found = await probe();
    if (found) return found;
    if (performance.now() > end) throw new Error(`waited ${limitMs / 1000} s in vain: ${what}`);
    await pause(POLL_MS);
  }
}

/**
 * A number with so many decimals, as the page writes it: what lies in the middle of two is
 * rounded to the even one (28.25 is 28.2), where `toFixed` takes the larger. Sizes are
 * whole pages, so one MiB in sixteen ends in a quarter and is such a middle.
 */
export function fixed(value, decimals) {
  const halves = value * 2 ** (decimals + 1);
  if (!Number.isInteger(halves) || halves % 2 === 0) return value.toFixed(decimals);
  const lower = Math.floor(value * 10 ** decimals);
  return ((lower + (lower % 2)) / 10 ** decimals).toFixed(decimals);
}

/** A page of Arenascope and what went wrong in it. */
export class App {
  /** @type {string[]} */
  problems = [];

  constructor(page, url, tolerate = []) {
    this.page = page;
    this.url = url;
    this.tolerate = tolerate;
    page.on('pageerror', (error) => this.note(`uncaught: ${error.message}`));
    page.on('console', (message) => this.noteConsole(message));
  }

  noteConsole(message) {
    const [type, text] = [message.type(), message.text()];
    if (type === 'error' || (type.startsWith('warn') && GPU_COMPLAINT.test(text))) this.note(`console ${type}: ${text}`);
  }

  note(problem) {
    if (!this.tolerate.some((pattern) => pattern.test(problem))) this.problems.push(problem);
  }

  assertNoProblems() {
    if (this.problems.length > 0) throw new Error(`the page complained:\n  ${this.problems.join('\n  ')}`);
  }

  /** Opens the page, optionally with a query, and waits until the engine is up. */
  async ready(query = '') {
    await this.open(query);
    // Looked at, not awaited from here: now and then Chromium says of a promise that is
    // awaited through its protocol that it was collected, though the page holds it.
    await this.page.evaluate(() => {
      const settle = (outcome) => { window.readiness = outcome; };
      window.arenascope.ready.then(() => settle({}), (error) => settle({ error: error.message }));
    });
    const { error } = await until(() => this.page.evaluate(() => window.readiness), 'arenascope.ready');
    if (error) throw new Error(error);
  }

  /** Opens the page and waits for its scripting interface alone. */
  async open(query = '') {
    await this.page.goto(this.url + query);
    const there = () => this.page.evaluate(() => typeof window.arenascope === 'object');
    await until(there, 'window.arenascope').catch((error) => {
      throw new Error([error.message, ...this.problems].join('\n  '));
    });
  }

  /** Calls a method of `window.arenascope`, or awaits a property of it. */
  call(name, ...args) {
    return this.page.evaluate(([name, args]) => {
      const member = window.arenascope[name];
      return typeof member === 'function' ? member.apply(window.arenascope, args) : member;
    }, [name, args]);
  }

  /** The message with which a call rejects; fails where it does not. */
  async rejection(name, ...args) {
    const answer = await this.page.evaluate(async ([name, args]) => {
      try {
        const member = window.arenascope[name];
        await (typeof member === 'function' ? member.apply(window.arenascope, args) : member);
        return { resolved: true };
      } catch (error) {
        return { message: String(error?.message ?? error) };
      }
    }, [name, args]);
    if (answer.resolved) throw new Error(`${name}(${JSON.stringify(args).slice(1, -1)}) was accepted`);
    return answer.message;
  }

  metrics() {
    return this.call('metrics');
  }

  /** Waits for figures that meet a condition, and returns them. */
  untilMetrics(what, condition, limitMs = WAIT_LIMIT_MS) {
    let last;
    return until(async () => {
      last = await this.metrics();
      return condition(last) ? last : null;
    }, what, limitMs).catch((error) => {
      throw new Error(`${error.message}; the last figures were ${JSON.stringify(last)}`);
    });
  }

  /** Starts a run and lets it reach a frame. */
  async runTo(frame, config) {
    await this.call('start', config);
    return this.untilMetrics(`frame ${frame} of ${config.scenario}`, (m) => m.running && m.frame >= frame);
  }

  /** Stops, and waits until every released GPU buffer has come back. */
  async settle() {
    await this.call('stop');
    return this.untilMetrics('a stop with nothing pending on the GPU', (m) => !m.running && m.pool.pending_count === 0);
  }

  button(name) {
    return this.page.getByRole('button', { name });
  }

  select(name) {
    return this.page.getByRole('combobox', { name });
  }

  /** Shows a panel by its tab. */
  async showTab(name) {
    const tab = this.page.getByRole('tab', { name: new RegExp(`^${name}( ?\\d.*)?$`) });
    await tab.click();
    await until(async () => (await tab.getAttribute('aria-selected')) === 'true', `tab ${name} to be selected`);
  }

  /** Opens the sheet behind "More", where the settings are that most runs leave alone. */
  async openMoreSettings() {
    await this.page.locator('summary', { hasText: 'More' }).click();
    await this.page.locator('.more-sheet').waitFor();
  }

  /** Shows a part of the Arena panel. */
  async showArena(part) {
    await this.showTab('Arena');
    await this.showTab(part);
  }

  /** Presses the theme button until it says so. */
  async setTheme(theme) {
    const button = this.button(/^Theme:/);
    const wanted = new RegExp(`^Theme: ${theme}`, 'i');
    for (let press = 0; press < 4; press += 1) {
      const name = (await button.getAttribute('aria-label')) ?? (await button.innerText());
      if (wanted.test(name.trim())) return;
      await button.click();
      await pause(POLL_MS);
    }
    throw new Error(`the theme button never said "Theme: ${theme}"`);
  }
}

// Playwright calls it a context and takes options; Puppeteer does neither.
async function freshPage(browser, viewport) {
  if (browser.newContext) {
    const context = await browser.newContext({ viewport, acceptDownloads: true });
    return { page: await context.newPage(), close: () => context.close() };
  }
  const context = await browser.createBrowserContext();
  const page = await context.newPage();
  await page.setViewport(viewport);
  return { page, close: () => context.close() };
}

/**
 * Registers a file's browser and site, and returns its `test` function:
 * `appTest(name, body)` or `appTest(name, {viewport, tolerate}, body)`, where
 * `tolerate` lists the console messages that the test provokes.
 */
export function appSuite({ launch = () => launchChromium(), isolated = true, bare = false, site = SITE } = {}) {
  let browser;
  let served;
  before(async () => {
    served = await serveSite(site, { isolated, bare });
    browser = await launch();
  }, { timeout: TEST_LIMIT_MS });
  after(async () => {
    await browser?.close();
    await served?.close();
  }, { timeout: TEST_LIMIT_MS });

  return function appTest(name, options, body = options) {
    const { viewport = { width: 1280, height: 800 }, tolerate = [] } = options;
    test(name, { timeout: TEST_LIMIT_MS }, async () => {
      const { page, close } = await freshPage(browser, viewport);
      const app = new App(page, served.url, tolerate);
      try {
        await body(app);
        app.assertNoProblems();
      } catch (error) {
        // What the page said often tells why it did not do what was waited for.
        if (app.problems.length > 0) error.message += `\n  the page: ${app.problems.join('\n  ')}`;
        throw error;
      } finally {
        await close();
      }
    });
  };
}
