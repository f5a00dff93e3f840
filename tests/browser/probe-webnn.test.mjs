// WebNN in the headless shell: tensors, graphs with their constants, and contexts that end.

import assert from 'node:assert/strict';
import { launchShell } from './browsers.mjs';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { totals } from './probe/decode.mjs';

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
