// What the first visit costs: bytes that cross the network, requests, and the time from
// navigation until `arenascope.ready`. `node tests/browser/first-load.mjs OTHER_DIST`
// loads another build in turns with dist/, so that both meet the same machine. Prints
// medians and writes nothing: no test.
//
// FIRST_LOAD_ROUNDS changes how often (9).

import { gzipSync } from 'node:zlib';
import { readFile, readdir } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { launchChromium } from './browsers.mjs';
import { App, SITE } from './fixture.mjs';
import { serveSite } from './server.mjs';

const ROUNDS = Number(process.env.FIRST_LOAD_ROUNDS ?? 9);
const MIB = 2 ** 20;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/** The module as a host sends it: raw, and by gzip at its best. */
async function moduleBytes(dir) {
  const name = (await readdir(dir)).find((file) => file.endsWith('.wasm'));
  const raw = await readFile(join(dir, name));
  return { raw: raw.length, gzip: gzipSync(raw, { level: 9 }).length };
}

/** One visit with nothing cached, in a browser of its own: V8 keeps compiled code. */
async function visit(url) {
  const browser = await launchChromium();
  try {
    const page = await browser.newPage();
    let requests = 0;
    page.on('request', () => { requests += 1; });
    // On the page's own clock, which begins with the navigation.
    await page.addInitScript(() => {
      addEventListener('DOMContentLoaded', async () => {
        while (!window.arenascope?.ready) await new Promise((done) => setTimeout(done, 2));
        await window.arenascope.ready;
        window.readyAt = performance.now();
      });
    });
    const app = new App(page, url);
    await app.ready();
    return { ready_ms: await page.evaluate(() => window.readyAt), requests };
  } finally {
    await browser.close();
  }
}

const dirs = [SITE, ...process.argv.slice(2).map((dir) => resolve(dir))];
const sites = await Promise.all(dirs.map((dir) => serveSite(dir)));
const visits = dirs.map(() => []);
for (let round = 0; round < ROUNDS; round += 1) {
  for (const [index, site] of sites.entries()) visits[index].push(await visit(site.url));
}
for (const [index, dir] of dirs.entries()) {
  const { raw, gzip } = await moduleBytes(dir);
  const times = visits[index].map((one) => one.ready_ms);
  console.log(`${dir}: module ${(gzip / MIB).toFixed(2)} MiB gzip, ${(raw / MIB).toFixed(2)} MiB raw; `
    + `${visits[index][0].requests} requests; ready after ${Math.round(median(times))} ms `
    + `(${Math.round(Math.min(...times))} to ${Math.round(Math.max(...times))}, ${ROUNDS} visits)`);
}
await Promise.all(sites.map((site) => site.close()));
