// How fast the timeline is over a long recording: `node pace.mjs [SECONDS]` records
// as many events as a run gives in that time, and prints what a frame costs while
// it records, while the moment is dragged, and while the window zooms from all of
// the run to one event. A frame's cost is the page thread's, end to end: from the
// input to the end of style, layout and paint. No test: it asserts nothing.

import { launchChromium } from './browsers.mjs';
import { SITE } from './fixture.mjs';
import { serveSite } from './server.mjs';

const seconds = Number(process.argv[2] ?? 45);
const STORM = { scenario: 'fragmentation-storm', seed: 3, arena_bytes: 16 * 2 ** 20, speed: 8, mutators: 1 };

const told = (name, times) => {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))].toFixed(1);
  console.log(`${name}: median ${at(0.5)} ms, p95 ${at(0.95)} ms, worst ${at(1)} ms, ${times.length} frames`);
};

/** Sends one input per frame and measures each frame, in the page. */
function paced(inputs) {
  const canvas = document.querySelector('#timeline-canvas');
  const box = canvas.getBoundingClientRect();
  const send = {
    pointer: ({ type, x, y }) => canvas.dispatchEvent(new PointerEvent(type, {
      bubbles: true, button: 0, buttons: 1, pointerId: 1, clientX: box.x + x * box.width, clientY: box.y + y,
    })),
    wheel: ({ x, delta }) => canvas.dispatchEvent(new WheelEvent('wheel', {
      bubbles: true, cancelable: true, deltaY: delta, clientX: box.x + x * box.width, clientY: box.y + 100,
    })),
  };
  return new Promise((resolve) => {
    const [times, channel, ask] = [[], new MessageChannel(), window.requestAnimationFrame];
    let [next, handled, begun] = [0, 0, 0];
    const input = () => {
      const { kind, ...rest } = inputs[next];
      next += 1;
      const before = performance.now();
      send[kind](rest);
      handled = performance.now() - before;
    };
    // A message that is sent in a frame's callback comes after its rendering.
    channel.port1.onmessage = () => {
      times.push(handled + performance.now() - begun);
      if (next < inputs.length) return input();
      window.requestAnimationFrame = ask;
      resolve(times);
    };
    window.requestAnimationFrame = (callback) => ask.call(window, (now) => {
      begun = performance.now();
      callback(now);
      channel.port2.postMessage(0);
    });
    input();
  });
}

const served = await serveSite(SITE, { isolated: true });
const browser = await launchChromium();
const page = await (await browser.newContext({ viewport: { width: 1280, height: 800 } })).newPage();
await page.goto(`${served.url}?tab=timeline`);
while (!(await page.evaluate(() => typeof window.arenascope === 'object'))) await new Promise((done) => setTimeout(done, 50));
await page.evaluate(() => window.arenascope.ready);
await page.evaluate((config) => window.arenascope.start(config), STORM);
await page.waitForTimeout(seconds * 1000);
const live = (await page.evaluate(() => window.arenascope.metrics())).self;
await page.evaluate(() => window.arenascope.stop());
await page.waitForTimeout(2000);
const recording = await page.evaluate(() => window.arenascope.recording());
const events = recording.length - recording.first;
console.log(`${events} events, ${(recording.bytes / events).toFixed(1)} B each, lost ${recording.lost}, after ${seconds} s`);
console.log(`live, while recording: script p95 ${live.script_ms_p95.toFixed(1)} ms, frames p95 ${live.frame_ms_p95.toFixed(1)} ms`);

await page.keyboard.press('0');
await page.waitForTimeout(1000);
const drag = (type, x) => ({ kind: 'pointer', type, x, y: 10 });
const wave = Array.from({ length: 300 }, (_, step) => drag('pointermove', 0.5 - 0.45 * Math.sin(step / 12)));
told('scrub the moment', await page.evaluate(paced, [drag('pointerdown', 0.5), ...wave, drag('pointerup', 0.5)]));

for (const axis of ['Time', 'Events']) {
  await page.getByRole('button', { name: axis, exact: true }).click();
  await page.keyboard.press('0');
  await page.waitForTimeout(1000);
  const zoom = Array.from({ length: 160 }, () => ({ kind: 'wheel', x: 0.4, delta: -60 }));
  told(`zoom from all to one event, by ${axis.toLowerCase()}`, await page.evaluate(paced, zoom));
  const back = Array.from({ length: 160 }, () => ({ kind: 'wheel', x: 0.4, delta: 60 }));
  told(`zoom back, by ${axis.toLowerCase()}`, await page.evaluate(paced, back));
}
await browser.close();
await served.close();
