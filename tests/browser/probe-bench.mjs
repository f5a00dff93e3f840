// node probe-bench.mjs: what the probe costs, against the bare browser in the same run. Prints; asserts nothing.

import { launchChromium } from './browsers.mjs';
import { pages, serve, withProbe, withoutProbe } from './probe/site.mjs';

const ROUNDS = Number(process.argv[2] ?? 7);
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

/** In the page: µs to create and destroy a small buffer. */
const createAndDestroy = async () => {
  const device = globalThis.device ??= await (await navigator.gpu.requestAdapter()).requestDevice();
  const loop = (count) => {
    for (let at = 0; at < count; at += 1) device.createBuffer({ size: 256, usage: GPUBufferUsage.UNIFORM | GPUBufferUsage.COPY_DST }).destroy();
  };
  loop(2_000);
  const times = [];
  for (let round = 0; round < 20; round += 1) {
    await device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => setTimeout(resolve, 5));
    const start = performance.now();
    loop(2_000);
    times.push((performance.now() - start) / 2);
  }
  return times.sort((a, b) => a - b)[10];
};

const THREE_PAGE = `<script type="importmap">{"imports":{"three/webgpu":"/modules/three/build/three.webgpu.js"}}</script>
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
globalThis.frame = async (count) => {
  const times = [];
  for (let at = 0; at < count; at += 1) {
    scene.rotation.y += 0.01;
    const start = performance.now();
    renderer.render(scene, camera);
    times.push(performance.now() - start);
    await renderer.backend.device.queue.onSubmittedWorkDone();
    await new Promise((resolve) => requestAnimationFrame(resolve));
  }
  return times.sort((a, b) => a - b)[count >> 1];
};
await frame(5);
globalThis.ready = true;</script>`;

const KINDS = {
  bare: withoutProbe,
  probe: withProbe(),
  sampled: withProbe('data-stacks="sampled"'),
  all: withProbe('data-stacks="all"'),
};

async function measure(browser, url, head, kind) {
  pages.set('/', head + (kind === 'frame' ? THREE_PAGE : ''));
  const page = await browser.newPage();
  await page.goto(url);
  if (kind === 'frame') await page.waitForFunction(() => globalThis.ready, null, { timeout: 60_000 });
  // As a profiler does that keeps up, so that the buffer is never full.
  await page.evaluate(() => globalThis.arenascopeProbe?.record({ sink: () => {} }));
  const figure = kind === 'frame' ? await page.evaluate(() => globalThis.frame(60)) : await page.evaluate(createAndDestroy);
  await page.close();
  return figure;
}

const served = await serve();
const browser = await launchChromium();
for (const [kind, unit] of [['create', 'µs to create and destroy a buffer'], ['frame', 'ms of a frame of three with 1 000 draws']]) {
  const figures = Object.fromEntries(Object.keys(KINDS).map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round += 1) {
    for (const name of Object.keys(KINDS)) figures[name].push(await measure(browser, served.url, KINDS[name], kind));
  }
  console.log(unit);
  for (const [name, all] of Object.entries(figures)) {
    const ratios = all.map((figure, at) => figure / figures.bare[at]);
    console.log(`  ${name.padEnd(8)} ${median(all).toFixed(2)}  ${median(ratios).toFixed(3)} × bare  (${Math.min(...all).toFixed(2)} to ${Math.max(...all).toFixed(2)})`);
  }
}
await browser.close();
await served.close();
