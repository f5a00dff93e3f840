// What recording and looking at a recording cost in Chromium: `make bench-browser`
// records five million events, visits every panel while they come, then drags the
// moment and zooms from all of the run to one event. Prints each figure with its
// bar, and writes them to out/pace.json. No test: it asserts nothing.
//
// An argument `scrub` or `zoom` leaves out the other, `live` both; PACE_EVENTS,
// PACE_SECONDS (for each panel), PACE_PANELS (names, with commas between) and
// PACE_MUTATORS change what is recorded.

import { mkdir, writeFile } from 'node:fs/promises';
import { cpus, loadavg } from 'node:os';
import { join } from 'node:path';
import { launchChromium } from './browsers.mjs';
import { App, OUT, SITE, until } from './fixture.mjs';
import { framesOf } from './pace-frames.mjs';
import { Report } from './pace-report.mjs';
import { serveSite } from './server.mjs';

const EVENTS = Number(process.env.PACE_EVENTS ?? 5e6);
const SECONDS = Number(process.env.PACE_SECONDS ?? 5);
const MUTATORS = Number(process.env.PACE_MUTATORS ?? 1);
const RUN = { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 64 * 2 ** 20, speed: 8, mutators: MUTATORS };
const LIMIT_MS = 600_000;
const PARTS = new Set(process.argv[2] ? [process.argv[2]] : ['scrub', 'zoom']);

const pause = (ms) => new Promise((done) => setTimeout(done, ms));
const ARENA_PARTS = ['Fragmentation', 'Refusals', 'Threads', 'Space'];
const ALL_PANELS = ['Overview', 'Timeline', 'Arena', 'GPU pool', 'Budget', 'Events', 'Leaks', 'Stacks', 'Snapshots'];
const PANELS = process.env.PACE_PANELS?.split(',') ?? ALL_PANELS;

/** Shows each panel, and each part of the Arena panel, and calls `at` there. */
async function visit(app, at) {
  for (const panel of PANELS) {
    await app.showTab(panel);
    await at(panel);
    if (panel !== 'Arena') continue;
    for (const part of ARENA_PARTS) {
      await app.showTab(part);
      await at(`Arena, ${part.toLowerCase()}`);
    }
  }
}

const kept = async (app) => {
  const { length, run_start: start } = await app.call('recording');
  return length - start;
};

/** Records with every panel in turn; what a frame of each costs. */
async function live({ app, browser, report }) {
  const begun = performance.now();
  await app.call('start', RUN);
  await app.untilMetrics('events', (m) => m.self.events_total > 20_000);
  await visit(app, async (panel) => {
    await pause(500);
    const frames = await framesOf(browser, app.page, () => pause(SECONDS * 1000));
    const { script_ms_p95: own } = (await app.metrics()).self;
    report.frames(`live: ${panel}`, frames, { script: 2 });
    report.note('script p95 by the page itself', own, 'ms');
  });
  await app.showTab('Overview');
  await until(async () => (await kept(app)) >= EVENTS, `${EVENTS} events`, LIMIT_MS);
  const seconds = (performance.now() - begun) / 1000;
  await app.settle();
  await pause(1_000);
  return seconds;
}

/** What one worker takes in, with nothing else to do: the run from its file. */
async function reopened({ app, report }) {
  const { name, events, bytes } = await app.call('save_recording');
  const begun = performance.now();
  await app.call('open_recording', name);
  const seconds = (performance.now() - begun) / 1000;
  await app.call('delete_recording', name);
  report.note('the file of the run, per event', bytes / events, 'B');
  report.figure('opened again from its file', events / seconds / 1e6, 5, 'M events/s', 'at least');
}

/** What events cost who tells them, and a recorder that is alone on its core. */
async function recording({ app, report }) {
  const { bare, threaded, one_thread: one, four_threads: four } = await app.call('bench_recording');
  report.title('recording, with nothing else at work');
  report.figure('an operation with its event ÷ without, bare arena', bare.ratio, 1.5, '×');
  report.figure('the same, behind a cache', threaded.ratio, 1.5, '×');
  report.figure('ingest of one thread', one.per_second / 1e6, 5, 'M events/s', 'at least');
  report.note('ingest of four threads, merged', four.per_second / 1e6, 'M events/s');
}

async function recorded({ app, report }, seconds) {
  const [recording, { self }] = [await app.call('recording'), await app.metrics()];
  const events = recording.length - recording.first;
  report.title('recording');
  report.note('events', events, '');
  report.note('seconds', seconds, 's');
  report.note('events per second', events / seconds / 1e6, 'M/s');
  report.figure('lost', recording.lost + recording.dropped + recording.refused, 0, '');
  report.figure('bytes per event, indexes included', recording.bytes / events, 24, 'B');
  const ingest = recording.ingest_per_second / 1e6;
  report.note('ingest of the recorder beside everything else, by the clock', ingest, 'M events/s');
  report.note('recorder at work', recording.busy_us / 1e6, 's');
  report.note('rings, boards, samples', self.profiler_bytes / 2 ** 20, 'MiB');
}

/** One step of the pointer for each frame: the browser answers a move with its frame. */
async function drag(page, box, steps) {
  await page.mouse.move(...steps[0](box));
  await page.mouse.down();
  for (const step of steps) await page.mouse.move(...step(box));
  await page.mouse.up();
}

/** Places to and fro along a box, at a height in it. */
const wave = (y, count = 300) => Array.from({ length: count }, (_, step) => (box) => {
  const share = 0.5 - 0.45 * Math.sin(step / 12);
  return [box.x + box.width * share, box.y + y(box)];
});

// In the page: another moment with each frame.
async function stepMoment(count) {
  const { length, run_start: start } = window.arenascope.recording();
  for (let step = 0; step < count; step += 1) {
    const event = Math.round((0.5 - 0.45 * Math.sin(step / 12)) * (length - start));
    await window.arenascope.show_moment({ event });
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
}

async function scrub({ app, browser, report }) {
  await app.showTab('Timeline');
  await app.page.keyboard.press('0');
  await pause(1_000);
  const ruler = await app.page.locator('#timeline-canvas').boundingBox();
  const frames = (work) => framesOf(browser, app.page, work);
  const along = await frames(() => drag(app.page, ruler, wave(() => 10)));
  report.frames('scrub: the moment along the timeline', along, { interval: 16.7 });
  const strip = await app.page.locator('.stage-strip canvas').last().boundingBox();
  for (const panel of ['Overview', 'Arena', 'GPU pool', 'Budget']) {
    await app.showTab(panel);
    await pause(500);
    const stepped = await frames(() => app.page.evaluate(stepMoment, 200));
    report.frames(`scrub: the moment, ${panel} on screen`, stepped, { interval: 16.7 });
  }
  await app.call('show_moment', null);
  await app.showTab('Timeline');
  const across = await frames(() => drag(app.page, strip, wave((box) => box.height / 2)));
  report.frames('drag: the window across the overview strip', across, { interval: 16.7 });
}

/** Turns the wheel over the rows, once a frame. */
async function wheel(page, box, delta, count = 160) {
  await page.mouse.move(box.x + box.width * 0.4, box.y + 100);
  for (let step = 0; step < count; step += 1) await page.mouse.wheel(0, delta);
}

async function zoom({ app, browser, report }) {
  for (const axis of ['Time', 'Events']) {
    await app.page.getByRole('button', { name: axis, exact: true }).click();
    await app.page.keyboard.press('0');
    await pause(1_000);
    const box = await app.page.locator('#timeline-canvas').boundingBox();
    const by = axis.toLowerCase();
    const told = async (name, work) => {
      report.frames(`${name}, by ${by}`, await framesOf(browser, app.page, work), { interval: 16.7 });
    };
    await told('zoom: from all to one event', () => wheel(app.page, box, -60));
    await told('zoom: back to all', () => wheel(app.page, box, 60));
    await wheel(app.page, box, -60, 60);
    await pause(500);
    await told('pan', () => drag(app.page, box, wave(() => 100)));
  }
}

const served = await serveSite(SITE, { isolated: true });
const browser = await launchChromium();
try {
  const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
  const [app, report] = [new App(page, served.url), new Report()];
  const bench = { app, browser, report };
  report.machine({ cores: cpus().length, processor: cpus()[0].model, load: loadavg()[0], chromium: browser.version() });
  await app.ready();
  await pause(2_000);
  report.frames('idle: before any run', await framesOf(browser, page, () => pause(4_000)), {});
  await recording(bench);
  await recorded(bench, await live(bench));
  if (PARTS.has('scrub')) await scrub(bench);
  if (PARTS.has('zoom')) await zoom(bench);
  await reopened(bench);
  report.note('load average at the end', loadavg()[0], '');
  await mkdir(OUT, { recursive: true });
  await writeFile(join(OUT, 'pace.json'), report.json());
  app.problems.forEach((problem) => console.log(`the page complained: ${problem}`));
} finally {
  await browser.close();
  await served.close();
}
