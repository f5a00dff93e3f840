// What frames cost, in two views. In the page: the time from frame to frame, as
// requestAnimationFrame says it. In Chromium's trace: what ran on the page's thread
// between two frames. The second is no figure of the page's own making.

/** Times in ms, told by the value that half, 95 of 100 and all of them keep to. */
export function spread(times) {
  const sorted = times.toSorted((a, b) => a - b);
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? NaN;
  return { p50: at(0.5), p95: at(0.95), worst: at(1), count: times.length };
}

// In the page: notes when each frame begins, until it is asked for them. By the
// clock: the time that a frame is given by the browser is that of its schedule.
function noteFrames() {
  const frames = [];
  const note = () => {
    frames.push(performance.now());
    window.paceFrames.next = requestAnimationFrame(note);
  };
  window.paceFrames = { frames, next: requestAnimationFrame(note) };
}

function takeFrames() {
  cancelAnimationFrame(window.paceFrames.next);
  const { frames } = window.paceFrames;
  delete window.paceFrames;
  return frames.slice(1).map((time, index) => time - frames[index]);
}

const CATEGORIES = ['-*', 'devtools.timeline', 'v8.execute', 'toplevel', '__metadata'];
// What runs script, or waits for it to end.
const SCRIPT = new Set([
  'FireAnimationFrame', 'FunctionCall', 'RunMicrotasks', 'EventDispatch', 'TimerFire', 'v8.callFunction',
  'EvaluateScript', 'HandlePostMessage', 'v8.run', 'V8.RunMicrotasks',
]);
const isTask = ({ name }) => name === 'ThreadControllerImpl::RunTask' || name === 'RunTask';
// Callbacks of one frame lie nearer to each other than this, ms.
const SAME_FRAME_MS = 4;

/** The thread that draws the page: the one on which animation frames fire. */
function pageThread(events) {
  const fired = events.filter(({ name }) => name === 'FireAnimationFrame');
  if (fired.length === 0) throw new Error('the trace holds no animation frame');
  const { pid, tid } = fired[0];
  return events.filter((event) => event.pid === pid && event.tid === tid && event.ph === 'X');
}

/** Those that lie in no other. */
function outermost(events) {
  let end = -Infinity;
  return events.toSorted((a, b) => a.ts - b.ts || (b.dur ?? 0) - (a.dur ?? 0)).filter(({ ts, dur = 0 }) => {
    const isOutside = ts >= end;
    if (isOutside) end = ts + dur;
    return isOutside;
  });
}

/** Sums of a field, by the frame in which its event begins; µs to ms. */
function sums(events, starts, field) {
  const all = new Array(starts.length).fill(0);
  let frame = 0;
  for (const event of events) {
    while (frame + 1 < starts.length && starts[frame + 1] <= event.ts) frame += 1;
    if (event.ts >= starts[0]) all[frame] += (event[field] ?? 0) / 1000;
  }
  // The last frame is cut off by the end of the trace.
  return all.slice(0, -1);
}

/**
 * Script by the clock and by the processor, and all work of the page's thread, by
 * frame, ms. What the clock counts more, other threads had of the cores.
 * @param {object[]} events of a trace
 */
export function costs(events) {
  const own = pageThread(events);
  const fired = outermost(own.filter(({ name }) => name === 'FireAnimationFrame')).map(({ ts }) => ts);
  const starts = fired.filter((ts, index) => index === 0 || ts - fired[index - 1] > SAME_FRAME_MS * 1000);
  const [script, tasks] = [outermost(own.filter(({ name }) => SCRIPT.has(name))), outermost(own.filter(isTask))];
  return {
    script: sums(script, starts, 'dur'),
    processor: sums(script, starts, 'tdur'),
    thread: sums(tasks, starts, 'dur'),
  };
}

/**
 * Does `work`, and tells what the frames meanwhile were like.
 * @returns {Promise<Record<'interval' | 'script' | 'processor' | 'thread', object>>}
 */
export async function framesOf(browser, page, work) {
  await page.evaluate(noteFrames);
  await browser.startTracing(page, { categories: CATEGORIES });
  await work();
  const intervals = await page.evaluate(takeFrames);
  const trace = JSON.parse(await browser.stopTracing());
  const { script, processor, thread } = costs(trace.traceEvents ?? trace);
  return { interval: spread(intervals), script: spread(script), processor: spread(processor), thread: spread(thread) };
}
