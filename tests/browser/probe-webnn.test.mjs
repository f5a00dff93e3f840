// WebNN in the headless shell: tensors, graphs with their constants, and contexts that end.

import assert from 'node:assert/strict';
import { launchShell } from './browsers.mjs';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { totals } from './probe/decode.mjs';
import { model } from './probe/onnx.mjs';

const probeTest = probeSuite({ launch: launchShell });

const list = (decoder) => totals(decoder.records).live.map((thing) => [thing.class, thing.bytes, thing.usage, thing.type ?? '', (thing.shape ?? []).join()]);

probeTest('tensors, graphs and contexts', async (probed) => {
  pages.set('/', withSink().replace(/\(function installTracker[\s\S]*?\}\)\(\);/, ''));
  await probed.open();
  await probed.run(async () => {
    globalThis.context = await navigator.ml.createContext();
    const builder = new MLGraphBuilder(context);
    const kind = { dataType: 'float32', shape: [4, 8] };
    const input = builder.input('x', kind);
    const weights = builder.constant(kind, new Float32Array(32));
    const sum = builder.add(input, weights);
    globalThis.graph = await builder.build({ y: sum });
    globalThis.x = await context.createTensor({ ...kind, writable: true });
    globalThis.y = await context.createTensor({ ...kind, readable: true });
    context.writeTensor(x, new Float32Array(32).fill(2));
    context.dispatch(graph, { x }, { y });
    globalThis.result = new Float32Array(await context.readTensor(y))[0];
  });
  assert.equal(await probed.run(() => result), 2);
  let decoder = await probed.decode();
  assert.deepEqual(list(decoder), [[11, 128, 0, '', ''], [9, 128, 2, 'float32', '4,8'], [9, 128, 1, 'float32', '4,8']]);
  const tally = Object.assign({}, ...decoder.named('tally').map((record) => record.counts));
  assert.deepEqual([tally[5], tally[6], tally[7]], [[1, 128], [1, 128], [1, 0]]);
  assert.deepEqual(decoder.named('use').at(-1).ids.length, 3);
  assert.equal(decoder.named('device')[0].kind, 2);
  await probed.run(() => x.destroy());
  decoder = await probed.decode();
  assert.deepEqual(list(decoder).map(([kind]) => kind), [11, 9]);
  await probed.run(() => context.destroy());
  decoder = await probed.decode();
  assert.deepEqual(list(decoder), []);
  assert.deepEqual(decoder.named('trouble'), []);
});

/** In the page, before the probe: what MLTensors and constants take, counted by their own attributes. */
function installNetworkTracker() {
  const BYTES = { float32: 4, float16: 2, int32: 4, uint32: 4, int64: 8, uint64: 8, int8: 1, uint8: 1 };
  const tracker = globalThis.networks = { tensors: 0, constants: 0, graphs: 0 };
  const bytes = (thing) => thing.shape.reduce((product, extent) => product * extent, BYTES[thing.dataType]);
  const known = new WeakMap();
  const wrap = (type, name, make) => {
    const native = type?.prototype[name];
    if (native) type.prototype[name] = make(native);
  };
  wrap(globalThis.MLContext, 'createTensor', (native) => async function create(...args) {
    const tensor = await native.apply(this, args);
    known.set(tensor, bytes(tensor));
    tracker.tensors += bytes(tensor);
    return tensor;
  });
  wrap(globalThis.MLTensor, 'destroy', (native) => function destroy() {
    tracker.tensors -= known.get(this) ?? 0;
    known.delete(this);
    return native.call(this);
  });
  wrap(globalThis.MLGraphBuilder, 'constant', (native) => function constant(...args) {
    const operand = native.apply(this, args);
    known.set(this, (known.get(this) ?? 0) + bytes(operand));
    return operand;
  });
  wrap(globalThis.MLGraphBuilder, 'build', (native) => async function build(...args) {
    const graph = await native.apply(this, args);
    tracker.constants += known.get(this) ?? 0;
    tracker.graphs += 1;
    return graph;
  });
}

probeTest('onnxruntime-web over WebNN: tensors and constants are those of an independent count', async (probed) => {
  pages.set('/model.onnx', model(32));
  pages.set('/', `${withSink({}, `(${installNetworkTracker})()`).replace(/\(function installTracker[\s\S]*?\}\)\(\);/, '')}
<script type="module">import * as ort from '/modules/onnxruntime-web/dist/ort.all.bundle.min.mjs';
ort.env.wasm.wasmPaths = '/modules/onnxruntime-web/dist/';
ort.env.wasm.numThreads = 1;
const context = await navigator.ml.createContext({ deviceType: 'cpu' });
const provider = { name: 'webnn', deviceType: 'cpu', context };
const session = await ort.InferenceSession.create('/model.onnx', { executionProviders: [provider] });
globalThis.held = [];
globalThis.moment = async (at) => {
  const x = new ort.Tensor('float32', new Float32Array(1024).fill(at), [32, 32]);
  const { y } = await session.run({ x });
  // The planted leak: a tensor of the context that nobody destroys.
  held.push(await context.createTensor({ dataType: 'float32', shape: [16, 16], writable: true }));
  return y.data[0];
};
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready, null, { timeout: 90_000 });
  for (let at = 0; at < 20; at += 1) {
    assert.equal(await probed.run((moment) => globalThis.moment(moment), at), 32 * 0.5 * at + 1);
    const counted = await probed.run(() => ({ ...globalThis.networks }));
    const { live } = totals((await probed.decode()).records);
    const sum = (kind) => live.filter((thing) => thing.class === kind).reduce((total, thing) => total + thing.bytes, 0);
    assert.deepEqual({ tensors: sum(9), constants: sum(11), graphs: live.filter((thing) => thing.class === 11).length }, counted, `moment ${at}`);
    if (at === 19) console.log(`  ${JSON.stringify(counted)}`);
  }
  assert.deepEqual(probed.decoder.named('trouble'), []);
});
