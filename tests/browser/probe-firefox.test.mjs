// The same probe in Firefox: sizes, stacks, wasm, workers, and functions that look like its own.

import assert from 'node:assert/strict';
import { launchFirefox } from './browsers.mjs';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { replay } from './probe/decode.mjs';

const probeTest = probeSuite({ launch: launchFirefox });

probeTest('bytes, stacks, memories and a worker in Firefox', async (probed) => {
  pages.set('/worker.js', 'globalThis.kept = new WebAssembly.Memory({ initial: 2 }); self.postMessage(self.location.pathname);');
  pages.set('/make.js', `function inner() { return device.createBuffer({ size: 10, usage: 8, label: 'first' }); }
function outer() { return inner(); }
globalThis.kept = [outer(), device.createTexture({ size: [16, 16], mipLevelCount: 5, format: 'rgba8unorm', usage: 4 }), new WebAssembly.Memory({ initial: 3 })];
device.createBuffer({ size: 10, usage: 8 }).destroy();`);
  pages.set('/', `${withSink({ stacks: 'all' })}<script type="module">
globalThis.device = await (await navigator.gpu.requestAdapter()).requestDevice();
const script = document.createElement('script');
script.src = '/make.js';
document.head.append(script);
await new Promise((resolve) => { script.onload = resolve; });
globalThis.path = await new Promise((resolve) => { new Worker('worker.js').onmessage = (event) => resolve(event.data); });
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready);
  assert.equal(await probed.run(() => path), '/worker.js');
  assert.equal(await probed.run(() => [GPUDevice.prototype.createBindGroup, WebAssembly.Memory, Worker].every((f) => /^function \w+\(\) \{\s*\[native code\]\s*\}$/.test(String(f)))), true);
  await new Promise((resolve) => setTimeout(resolve, 500));
  const decoder = await probed.decode();
  const { live } = replay(decoder.records);
  assert.deepEqual(live.map((thing) => [thing.class, thing.bytes]).sort(), [[1, 12], [2, 1364], [7, 131_072], [7, 196_608]]);
  const [made] = decoder.named('allocate');
  assert.deepEqual(made.frames.map((frame) => [frame.function, frame.line]), [['inner', 1], ['outer', 2], ['', 3]]);
  assert.ok(made.frames.every((frame) => frame.url === `${probed.url}make.js` && frame.column > 0));
  assert.deepEqual(decoder.named('trouble'), []);
});
