// Three libraries from npm, unchanged: at 20 moments our bytes are those of an independent count,
// and of the library's own where it has one; a planted missing `dispose` is found by its name.

import assert from 'node:assert/strict';
import { model } from './probe/onnx.mjs';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { replay } from './probe/decode.mjs';

const probeTest = probeSuite();
const MOMENTS = 20;

/** Compares both counts now, and returns what lives. */
async function compare(probed, moment) {
  const { tracker, told, decoder } = await probed.moment();
  assert.deepEqual(tracker.unknown, []);
  assert.deepEqual(told, { buffers: tracker.buffers, textures: tracker.textures, queries: tracker.queries, live: tracker.live }, `moment ${moment}`);
  assert.deepEqual(decoder.named('trouble', 'failure'), []);
  return { live: replay(decoder.records).live, decoder, told, tracker };
}

/** Names whose bytes grew at each of the last ten moments. */
function growing(history) {
  const last = history.slice(-11);
  const names = new Set(last.flatMap((sums) => Object.keys(sums)));
  return [...names].filter((name) => last.every((sums, at) => at === 0 || (sums[name] ?? 0) > (last[at - 1][name] ?? 0)));
}

const sums = (live, nameOf) => {
  const all = {};
  for (const thing of live) all[nameOf(thing)] = (all[nameOf(thing)] ?? 0) + thing.bytes;
  return all;
};

probeTest('three', async (probed) => {
  pages.set('/', `${withSink()}<script type="importmap">{"imports":{"three/webgpu":"/modules/three/build/three.webgpu.js"}}</script>
<script type="module">import * as THREE from 'three/webgpu';
const renderer = new THREE.WebGPURenderer({ canvas: new OffscreenCanvas(200, 150), antialias: true });
await renderer.init();
// Into a texture: with software WebGPU Chromium loses a device that presents to a canvas, probe or not.
let target = new THREE.RenderTarget(200, 150, { samples: 4 });
renderer.setRenderTarget(target);
const scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera(60, 4 / 3, 0.1, 100);
camera.position.z = 5;
const image = (name, size) => {
  const texture = new THREE.DataTexture(new Uint8Array(size * size * 4).fill(200), size, size);
  texture.name = name;
  texture.needsUpdate = true;
  return texture;
};
let kept = [];
globalThis.moment = async (at) => {
  for (const mesh of kept.splice(0, at % 3)) {
    scene.remove(mesh);
    mesh.geometry.dispose();
    mesh.material.map.dispose();
    mesh.material.dispose();
  }
  const mesh = new THREE.Mesh(new THREE.BoxGeometry(1, 1, 1, 1 + at % 4), new THREE.MeshBasicMaterial({ map: image('wall', 16 + at) }));
  scene.add(mesh);
  kept.push(mesh);
  // The planted leak: drawn once, taken out of the scene, never disposed.
  const leak = new THREE.Mesh(new THREE.BoxGeometry(), new THREE.MeshBasicMaterial({ map: image('forgotten', 32) }));
  scene.add(leak);
  if (at === 10) target.setSize(320, 200);
  renderer.render(scene, camera);
  scene.remove(leak);
  leak.geometry.dispose();
  leak.material.dispose();
  return renderer.info.memory;
};
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready, null, { timeout: 60_000 });
  const history = [];
  let seen;
  for (let at = 0; at < MOMENTS; at += 1) {
    await probed.run((moment) => globalThis.moment(moment), at);
    seen = await compare(probed, at);
    history.push(sums(seen.live, (thing) => thing.label));
  }
  assert.ok(seen.live.length > 20, `${seen.live.length} things live`);
  assert.deepEqual(growing(history), ['forgotten']);
  assert.ok(seen.decoder.named('use').length > MOMENTS / 2);
  assert.deepEqual(probed.problems, []);
});

probeTest('tfjs', async (probed) => {
  pages.set('/', `${withSink({ stacks: 'all' })}<script src="/modules/@tensorflow/tfjs/dist/tf.min.js"></script>
<script src="/modules/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js"></script><script>
globalThis.kept = [];
// Buffers are pooled by size, so who made one may not hold it: the leak has a size of its own.
function forgetfulLayer() { return tf.tidy(() => tf.zeros([77, 50]).add(1)); }
function tidyLayer(x) { return tf.tidy(() => tf.matMul(x, x, false, true).add(1)); }
globalThis.moment = async (at) => {
  const x = tf.randomUniform([80, 160]);
  const y = tidyLayer(x);
  await y.data();
  forgetfulLayer();
  x.dispose();
  y.dispose();
  // What it gave is the planted leak.
  if (at % 4 === 3) kept.splice(0).forEach((tensor) => tensor.dispose());
  kept.push(tf.zeros([320, 40]).add(2));
  return tf.memory();
};
(async () => { await tf.setBackend('webgpu'); await tf.ready(); globalThis.ready = tf.getBackend(); })();</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready, null, { timeout: 60_000 });
  assert.equal(await probed.run(() => ready), 'webgpu');
  const history = [];
  for (let at = 0; at < MOMENTS; at += 1) {
    await probed.run((moment) => globalThis.moment(moment), at);
    const { live, told } = await compare(probed, at);
    // Its own figures: what its buffers and textures take, pooled ones included.
    const own = await probed.run(() => tf.memory());
    assert.equal(told.buffers + told.textures, own.numBytesAllocatedInGPU, `moment ${at}`);
    const pageFunction = (thing) => (thing.frames ?? []).map((frame) => frame.function).find((name) => /Layer$/.test(name)) ?? 'other';
    history.push(sums(live, pageFunction));
  }
  assert.deepEqual(growing(history), ['forgetfulLayer']);
  assert.deepEqual(probed.problems, []);
});

probeTest('onnxruntime-web', async (probed) => {
  pages.set('/model.onnx', model(32));
  pages.set('/', `${withSink({ stacks: 'all' })}<script type="module">import * as ort from '/modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs';
ort.env.wasm.wasmPaths = '/modules/onnxruntime-web/dist/';
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create('/model.onnx', { executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer' });
const input = (label, value) => {
  const device = ort.env.webgpu.device;
  const buffer = device.createBuffer({ size: 32 * 32 * 4, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC, label });
  device.queue.writeBuffer(buffer, 0, new Float32Array(1024).fill(value));
  return ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [32, 32], dispose: () => buffer.destroy() });
};
globalThis.leaked = [];
globalThis.moment = async (at) => {
  const x = input('input', at);
  const { y } = await session.run({ x });
  const first = (await y.getData(true))[0];
  x.dispose();
  leaked.push(input('forgotten input', 0));
  return first;
};
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready, null, { timeout: 90_000 });
  const history = [];
  let seen;
  for (let at = 0; at < MOMENTS; at += 1) {
    const first = await probed.run((moment) => globalThis.moment(moment), at);
    assert.equal(first, 32 * 0.5 * at + 1, 'the model runs');
    seen = await compare(probed, at);
    history.push(sums(seen.live, (thing) => thing.label));
  }
  assert.deepEqual(growing(history), ['forgotten input']);
  assert.ok(replay(seen.decoder.records).live.some((thing) => thing.class === 7), 'its wasm memory is seen');
});
