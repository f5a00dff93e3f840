// `arenascope record` on pages of three libraries from npm, unchanged: what `arenascope info` says of
// its file is what an independent count in the page says.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { promisify } from 'node:util';
import { gunzipSync } from 'node:zlib';
import { chromiumProgram } from './browsers.mjs';
import { model } from './probe/onnx.mjs';
import { pages, serve } from './probe/site.mjs';
import { installTracker } from './probe/tracker.mjs';
import { BUILD_LIMIT_MS, PROGRAM, buildProgram } from './program.mjs';

const run = promisify(execFile);
const LIMIT_MS = 240_000;
const MOMENTS = 5;
/** Memory of the host, which the count of what is on the device does not know. */
const HOST = ['wasm_heaps', 'mapped_shadows'];

let served;
let folder;
before(async () => {
  await buildProgram();
  [served, folder] = await Promise.all([serve(), mkdtemp(join(tmpdir(), 'arenascope-record-'))]);
}, { timeout: BUILD_LIMIT_MS });
after(async () => {
  await served?.close();
  await rm(folder, { recursive: true, force: true });
});

/** A page that does some things one after the other, and then says into its own recording what it counted. */
const page = (head, body) => `<!doctype html><script>(${installTracker})();</script>${head}<script type="module">
${body}
for (let at = 0; at < ${MOMENTS}; at += 1) await moment(at);
const { buffers, textures, queries, unknown } = tracker;
arenascopeProbe.session.mark('counted ' + JSON.stringify({ bytes: buffers + textures + queries, unknown }));
globalThis.done = true;
</script>`;

async function compare(name) {
  const file = join(folder, `${name}.arenascope`);
  const options = ['--until', 'globalThis.done', '--seconds', '120', '--stacks', 'all', '--chrome', chromiumProgram(), '-o', file];
  const { stdout, stderr } = await run(PROGRAM, ['record', served.url, ...options], { timeout: LIMIT_MS });
  assert.match(stdout, /, nothing lost\n$/);
  assert.equal(stderr, '');
  const text = gunzipSync(await readFile(file)).toString('latin1');
  const counted = JSON.parse(/counted (\{.*?\})/.exec(text)[1]);
  const info = JSON.parse((await run(PROGRAM, ['info', '--json', file])).stdout);
  const onDevice = info.categories.filter(({ key }) => !HOST.includes(key)).reduce((sum, row) => sum + row.end_bytes, 0);
  assert.deepEqual({ bytes: onDevice, unknown: [] }, counted);
  assert.ok(onDevice > 10_000 && info.damage === null && info.unmatched === 0, JSON.stringify(info));
  return info;
}

test('three', { timeout: LIMIT_MS }, async () => {
  pages.set('/', page('<script type="importmap">{"imports":{"three/webgpu":"/modules/three/build/three.webgpu.js"}}</script>', `
import * as THREE from 'three/webgpu';
const renderer = new THREE.WebGPURenderer({ canvas: new OffscreenCanvas(200, 150), antialias: true });
await renderer.init();
renderer.setRenderTarget(new THREE.RenderTarget(200, 150, { samples: 4 }));
const scene = new THREE.Scene();
const camera = new THREE.PerspectiveCamera(60, 4 / 3, 0.1, 100);
camera.position.z = 5;
const moment = async (at) => {
  const map = new THREE.DataTexture(new Uint8Array(4 * (16 + at) ** 2).fill(200), 16 + at, 16 + at);
  map.needsUpdate = true;
  scene.add(new THREE.Mesh(new THREE.BoxGeometry(1, 1, 1, 1 + at), new THREE.MeshBasicMaterial({ map })));
  renderer.render(scene, camera);
};
globalThis.kept = [renderer, scene];`));
  await compare('three');
});

test('tfjs', { timeout: LIMIT_MS }, async () => {
  pages.set('/', page('<script src="/modules/@tensorflow/tfjs/dist/tf.min.js"></script><script src="/modules/@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.min.js"></script>', `
await tf.setBackend('webgpu');
await tf.ready();
globalThis.kept = [];
const moment = async (at) => {
  const x = tf.randomUniform([80, 160]);
  kept.push(tf.tidy(() => tf.matMul(x, x, false, true).add(at)));
  await kept.at(-1).data();
  x.dispose();
};`));
  await compare('tfjs');
});

test('onnxruntime-web', { timeout: LIMIT_MS }, async () => {
  pages.set('/model.onnx', model(32));
  pages.set('/', page('', `
import * as ort from '/modules/onnxruntime-web/dist/ort.webgpu.bundle.min.mjs';
ort.env.wasm.wasmPaths = '/modules/onnxruntime-web/dist/';
ort.env.wasm.numThreads = 1;
const session = await ort.InferenceSession.create('/model.onnx', { executionProviders: ['webgpu'], preferredOutputLocation: 'gpu-buffer' });
globalThis.kept = [session];
const moment = async (at) => {
  const { device } = ort.env.webgpu;
  const buffer = device.createBuffer({ size: 4096, usage: GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC });
  device.queue.writeBuffer(buffer, 0, new Float32Array(1024).fill(at));
  const x = ort.Tensor.fromGpuBuffer(buffer, { dataType: 'float32', dims: [32, 32] });
  const { y } = await session.run({ x });
  kept.push(buffer, x, y);
};`));
  const info = await compare('ort');
  assert.ok(info.categories.find(({ key }) => key === 'wasm_heaps').end_bytes > 0);
});
