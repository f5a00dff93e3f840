// What never existed is in no total, and what was on a lost device is gone.

import assert from 'node:assert/strict';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { totals } from './probe/decode.mjs';

const probeTest = probeSuite();

const open = async (probed) => {
  pages.set('/', `${withSink()}<script type="module">const adapter = await navigator.gpu.requestAdapter();
globalThis.device = await adapter.requestDevice(); globalThis.errors = [];
device.addEventListener('uncapturederror', (event) => { event.preventDefault(); errors.push(event.error.message); });
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready);
};

const labels = (decoder) => totals(decoder.records).live.map((thing) => thing.label).sort();
// Chromium tells of errors when the device has something else to say.
const settled = async (probed) => {
  await probed.run(() => (globalThis.second ?? device).queue.onSubmittedWorkDone().catch(() => {}));
  await probed.page.waitForTimeout(300);
  return probed.decode();
};

probeTest('creations that give an error object are retracted, and only they', async (probed) => {
  await open(probed);
  await probed.run(() => {
    device.createBuffer({ size: 1000, usage: GPUBufferUsage.VERTEX, label: 'good' });
    device.createBuffer({ size: device.limits.maxBufferSize + 4, usage: GPUBufferUsage.COPY_DST, label: 'too large' });
    device.createBuffer({ size: 16, usage: GPUBufferUsage.MAP_READ | GPUBufferUsage.STORAGE, label: 'wrong usage' });
    device.createTexture({ size: [100_000, 4], format: 'rgba8unorm', usage: 4, label: 'too wide' });
    device.createTexture({ size: [4, 4], format: 'rgba8unorm', usage: GPUTextureUsage.COPY_DST, label: 'good texture' });
  });
  const decoder = await settled(probed);
  assert.deepEqual(labels(decoder), ['good', 'good texture']);
  assert.deepEqual(decoder.named('free').map((free) => free.reason), [3, 3, 3]);
  const failures = decoder.named('failure');
  assert.ok(failures.length >= 3 && failures.every((failure) => failure.message.length > 0));
  assert.ok(failures.some((failure) => failure.id && failure.bytes > 2 ** 27), 'a failure says what was asked for');
  assert.equal(await probed.run(() => errors.length), 3, 'the page got its own errors, and no other');
  assert.deepEqual(decoder.named('trouble'), []);
});

probeTest('an error that a scope of the page took is found as well, and the page still gets it', async (probed) => {
  await open(probed);
  const got = await probed.run(async () => {
    device.pushErrorScope('validation');
    device.createBuffer({ size: 64, usage: GPUBufferUsage.COPY_SRC, label: 'good' });
    device.createTexture({ size: [4, 4], sampleCount: 3, format: 'rgba8unorm', usage: 16, label: 'three samples' });
    const error = await device.popErrorScope();
    device.pushErrorScope('validation');
    const none = await device.popErrorScope();
    return { error: error.message, none, uncaptured: errors };
  });
  assert.match(got.error, /sample/i);
  assert.deepEqual([got.none, got.uncaptured], [null, []]);
  const decoder = await settled(probed);
  assert.deepEqual(labels(decoder), ['good']);
  assert.deepEqual(decoder.named('failure').map((failure) => failure.kind), [2]);
});

probeTest('a creation that throws is told as a failure, and still throws', async (probed) => {
  await open(probed);
  const thrown = await probed.run(() => {
    device.createBuffer({ size: 16, usage: 8, label: 'good' });
    try {
      device.createBuffer({ size: 2 ** 48, usage: GPUBufferUsage.COPY_SRC, mappedAtCreation: true });
    } catch (error) {
      return error.constructor.name;
    }
    return null;
  });
  assert.equal(thrown, 'RangeError');
  const decoder = await settled(probed);
  assert.deepEqual(labels(decoder), ['good']);
  const [failure] = decoder.named('failure');
  assert.deepEqual([failure.kind, failure.bytes], [4, 2 ** 48]);
});

probeTest('a destroyed device ends all that was on it, once', async (probed) => {
  await open(probed);
  await probed.run(async () => {
    device.createBuffer({ size: 1000, usage: 8, label: 'on the first', mappedAtCreation: true });
    device.createTexture({ size: [16, 16], format: 'rgba8unorm', usage: 4 });
    const adapter = await navigator.gpu.requestAdapter();
    globalThis.second = await adapter.requestDevice();
    globalThis.other = second.createBuffer({ size: 64, usage: 8, label: 'on the second' });
    globalThis.late = device.createBuffer({ size: 8, usage: 8 });
    device.destroy();
    late.destroy();
    device.createBuffer({ size: 8, usage: 8, label: 'on a lost device' });
    device.destroy();
    await device.lost;
  });
  const decoder = await settled(probed);
  assert.deepEqual(labels(decoder), ['on the second']);
  assert.equal(totals(decoder.records).mapped, 0);
  assert.deepEqual(decoder.named('lost').map((lost) => lost.reason), [2]);
  assert.deepEqual(decoder.named('free'), []);
});
