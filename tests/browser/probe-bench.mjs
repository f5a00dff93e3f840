// node probe-bench.mjs [ROUNDS] [create | frame]: what the probe costs, against the bare browser in
// the same page: its functions and the browser's own take turns, so that whatever else is at
// work on the machine meets both. Prints; asserts nothing.

import { launchChromium } from './browsers.mjs';
import { Decoder } from './probe/decode.mjs';
import { pages, serve, withProbe } from './probe/site.mjs';

const ROUNDS = Number(process.argv[2] ?? 9);
const ONLY = process.argv[3];
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** In the page, before and after the probe: which functions the prototypes have. */
const REMEMBER = `globalThis.remember = () => Object.getOwnPropertyNames(globalThis).filter((name) => /^GPU/.test(name) && globalThis[name].prototype)
  .map((name) => [globalThis[name].prototype, Object.getOwnPropertyDescriptors(globalThis[name].prototype)]);
globalThis.use = (all) => all.forEach(([prototype, descriptors]) => {
  for (const [name, descriptor] of Object.entries(descriptors)) if (descriptor.configurable) Object.defineProperty(prototype, name, descriptor);
});`;

/** In the page: the time of a task that is repeated, bare and probed in turn; the shortest fifth of each. */
const TURNS = `globalThis.compare = async (task, rounds) => {
  const times = { bare: [], probe: [] };
  for (let round = 0; round < rounds * 2; round += 1) {
    const kind = round % 2 ? 'probe' : 'bare';
    use(kind === 'bare' ? natives : ours);
    for (let warm = 0; warm < 3; warm += 1) await task();
    const all = [];
    for (let at = 0; at < 15; at += 1) all.push(await task());
    times[kind].push(all.sort((a, b) => a - b)[3]);
  }
  return times;
};`;

const head = (attributes) => `<!doctype html><script>${REMEMBER} globalThis.natives = remember();</script>
${withProbe(attributes).replace('<!doctype html>', '')}<script>globalThis.ours = remember(); ${TURNS}
globalThis.taken = [];
arenascopeProbe.record({ sink: (batch) => { taken.push(batch); } });</script>`;

const CREATE_PAGE = `<script type="module">const device = await (await navigator.gpu.requestAdapter()).requestDevice();
globalThis.task = async () => {
  await device.queue.onSubmittedWorkDone();
  await new Promise((resolve) => setTimeout(resolve, 5));
  const start = performance.now();
  for (let at = 0; at < 2_000; at += 1) device.createBuffer({ size: 256, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST }).destroy();
  return (performance.now() - start) / 2;
};</script>`;

const FRAME_PAGE = `<script type="importmap">{"imports":{"three/webgpu":"/modules/three/build/three.webgpu.js"}}</script>
<script type="module">import * as THREE from 'three/webgpu';
const renderer = new THREE.WebGPURenderer({ canvas: new OffscreenCanvas(64, 64) });
await renderer.init();
renderer.setRenderTarget(new THREE.RenderTarget(64, 64));
const scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera(60, 1, 0.1, 100);
camera.position.z = 20;
const geometry = new THREE.BoxGeometry(0.1, 0.1, 0.1);
for (let at = 0; at < 1000; at += 1) {
  const mesh = new THREE.Mesh(geometry, new THREE.MeshBasicMaterial({ color: at * 77 }));
  mesh.position.set(at % 10 - 5, (at / 10 | 0) % 10 - 5, at / 100 | 0);
  scene.add(mesh);
}
globalThis.task = async () => {
  scene.rotation.y += 0.01;
  const start = performance.now();
  renderer.render(scene, camera);
  const ms = performance.now() - start;
  await renderer.backend.device.queue.onSubmittedWorkDone();
  await new Promise((resolve) => requestAnimationFrame(resolve));
  return ms;
};</script>`;

const KINDS = [
  ['create', CREATE_PAGE, 'µs to create and destroy a buffer', ['', 'data-stacks="sampled"', 'data-stacks="all"']],
  ['frame', FRAME_PAGE, 'ms of JavaScript in a frame of three with 1 000 draws', ['', 'data-stacks="sampled"', 'data-stacks="all"']],
];

async function costsOf(page) {
  const texts = await page.evaluate(() => taken.map((batch) => { let text = ''; for (const byte of batch) text += String.fromCharCode(byte); return btoa(text); }));
  const decoder = new Decoder();
  for (const text of texts) decoder.push(new Uint8Array(Buffer.from(text, 'base64')));
  const sum = (key) => decoder.named('cost').reduce((total, cost) => total + cost[key], 0);
  return { events: sum('events'), eventUs: sum('eventUs'), flushUs: sum('flushUs'), windowUs: sum('windowUs') };
}

const served = await serve();
const browser = await launchChromium();
for (const [kind, body, what, options] of KINDS) {
  if (ONLY && ONLY !== kind) continue;
  console.log(what);
  for (const attributes of options) {
    pages.set('/', head(attributes) + body);
    const page = await browser.newPage();
    await page.goto(served.url);
    await page.waitForFunction(() => globalThis.task, null, { timeout: 60_000 });
    const { bare, probe } = await page.evaluate((rounds) => globalThis.compare(globalThis.task, rounds), ROUNDS);
    const ratio = median(probe.map((figure, at) => figure / bare[at]));
    console.log(`  ${(attributes || 'no stacks').padEnd(22)} bare ${median(bare).toFixed(2)}, probe ${median(probe).toFixed(2)}: ${ratio.toFixed(3)} ×`);
    // Its own measurement, of both turns: half of the time nothing but the clock of batches is at work.
    const costs = await costsOf(page);
    console.log(`${' '.repeat(25)}it says ${(costs.eventUs / costs.events).toFixed(2)} µs an event, ${(costs.flushUs / costs.windowUs * 100).toFixed(2)} % of the time in batches`);
    await page.close();
  }
}
await browser.close();
await served.close();
