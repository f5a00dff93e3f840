// A run for as long as one likes, at a capped recording: what grows? Prints a line a minute
// and, at the end, how much each figure grew from its tenth minute on. No test.
//
// `node tests/browser/soak.mjs MINUTES`; SOAK_SCENARIO and SOAK_MUTATORS change the run.

import { existsSync, readFileSync } from 'node:fs';
import { launchChromium } from './browsers.mjs';
import { App, SITE } from './fixture.mjs';
import { serveSite } from './server.mjs';

const MINUTES = Number(process.argv[2] ?? 60);
const MIB = 2 ** 20;
const RUN = {
  scenario: process.env.SOAK_SCENARIO ?? 'game-loop',
  mutators: Number(process.env.SOAK_MUTATORS ?? 1),
  seed: 7,
  arena_bytes: 64 * MIB,
  recording_bytes: 64 * MIB,
};
// Panels are visited in turn, so that each keeps what it keeps.
const PANELS = ['Overview', 'Timeline', 'Arena', 'GPU pool', 'Budget', 'Events', 'Leaks', 'Stacks', 'Snapshots'];
const WARM_MINUTES = 10;

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** Resident bytes of the browser's largest renderer; `null` where the system has no /proc. */
async function rendererBytes(session) {
  const { processInfo } = await session.send('SystemInfo.getProcessInfo');
  const resident = ({ id }) => Number(readFileSync(`/proc/${id}/statm`, 'utf8').split(' ')[1]) * 4096;
  if (!existsSync('/proc/self/statm')) return null;
  return Math.max(...processInfo.filter(({ type }) => type === 'renderer').map(resident));
}

const site = await serveSite(SITE);
const browser = await launchChromium();
const session = await browser.newBrowserCDPSession();
const page = await browser.newPage({ viewport: { width: 1280, height: 800 } });
const app = new App(page, site.url);
await app.ready();
await app.call('start', RUN);
const rows = [];
for (let minute = 1; minute <= MINUTES; minute += 1) {
  await app.showTab(PANELS[minute % PANELS.length]);
  await pause(60_000);
  const { self } = await app.metrics();
  const recording = await app.call('recording');
  const row = {
    events: self.events_total,
    profiler: self.profiler_bytes,
    recording: recording.bytes,
    heap: await page.evaluate(() => performance.memory?.usedJSHeapSize ?? 0),
    renderer: await rendererBytes(session),
  };
  rows.push(row);
  const mib = Object.entries(row).slice(1).map(([name, bytes]) => `${name} ${(bytes / MIB).toFixed(1)} MiB`);
  console.log(`${minute} min: ${row.events} events; ${mib.join(', ')}; lost ${self.events_lost_total}`);
}
const [warm, end] = [rows[Math.min(WARM_MINUTES, rows.length) - 1], rows.at(-1)];
for (const name of Object.keys(end).slice(1)) {
  console.log(`${name} grew by ${((end[name] - warm[name]) / MIB).toFixed(1)} MiB from minute ${Math.min(WARM_MINUTES, rows.length)} on`);
}
await browser.close();
await site.close();
