// What does not fit is counted, to the record; and after it the totals are right again.

import assert from 'node:assert/strict';
import { pages, probeSuite, withSink } from './probe/site.mjs';
import { totals } from './probe/decode.mjs';

const probeTest = probeSuite();
const SECONDS = Number(process.env.ARENASCOPE_PROBE_SECONDS ?? 5);
const RATE = 100_000;

/** In the page: so many objects a second come and go for so long; 1 000 stay. A device is not needed to count them. */
const churn = async ([seconds, rate]) => {
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const kept = globalThis.kept = [];
  let made = 0;
  const start = performance.now();
  const perTurn = rate / 50;
  for (let turn = 0; turn < seconds * 50; turn += 1) {
    for (let at = 0; at < perTurn; at += 1) {
      const memory = device.createQuerySet({ type: 'occlusion', count: 1 });
      made += 1;
      if (at % perTurn === 0 && kept.length < 1000) kept.push(memory);
      else memory.destroy();
    }
    const due = start + (turn + 1) * 20;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
  }
  return { made, kept: kept.length, seconds: (performance.now() - start) / 1000 };
};

const checkSums = (decoder, { made, kept }, stats) => {
  const [realm] = decoder.realms.values();
  const events = decoder.named('allocate').filter((thing) => !(thing.flags & 1)).length + decoder.named('free').length;
  const produced = made + (made - kept);
  const missing = produced - events;
  assert.equal(realm.toldLost, realm.lost, 'the gaps between batches are what the probe says it lost');
  assert.equal(stats.lost, realm.lost);
  assert.equal(realm.lost, missing, `${events} of ${produced} came, ${realm.lost} told as lost`);
  return { lost: realm.lost, produced };
};

probeTest(`${RATE} creations a second for ${SECONDS} s into a sink that keeps up: nothing is lost`, async (probed) => {
  pages.set('/', withSink());
  await probed.open();
  let did = null;
  const end = probed.run(churn, [SECONDS, RATE]).then((answer) => { did = answer; });
  // Read as it comes, and forgotten: a minute of it is 12 million records.
  const live = new Set();
  let events = 0;
  while (!did || !probed.decoder || probed.decoder.records.length > 0) {
    if (!did) await Promise.race([end, new Promise((resolve) => setTimeout(resolve, 500))]);
    if (probed.decoder) probed.decoder.records = [];
    const { records } = await probed.decode();
    for (const { name, id } of records) {
      if (name === 'allocate') live.add(id);
      if (name === 'free') live.delete(id);
      events += name === 'allocate' || name === 'free' ? 1 : 0;
    }
  }
  const [realm] = probed.decoder.realms.values();
  assert.deepEqual([realm.lost, realm.toldLost, live.size], [0, 0, did.kept]);
  assert.equal(events, 2 * did.made - did.kept);
  console.log(`  ${did.made} creations in ${did.seconds.toFixed(1)} s, ${events} events in ${realm.batches} batches, none lost`);
});

probeTest('the same with a small buffer and a slow sink: the loss is exact, and what lives is right at the end', async (probed) => {
  pages.set('/', withSink({ limitBytes: 100_000 }));
  await probed.open();
  await probed.run(() => {
    arenascopeProbe.record({ sink: (batch) => {
      taken.push(batch);
      return new Promise((resolve) => setTimeout(resolve, 150));
    } });
  });
  const did = await probed.run(churn, [SECONDS, RATE]);
  await probed.page.waitForTimeout(1000);
  const decoder = await probed.decode();
  const { lost, produced } = checkSums(decoder, did, await probed.run(() => arenascopeProbe.session.stats()));
  assert.ok(lost > produced / 10, `${lost} of ${produced} were to be lost`);
  assert.equal(totals(decoder.records).byClass[5], did.kept * 8, 'snapshots make up for what was lost');
  console.log(`  ${produced} events, ${lost} lost and told`);
});

probeTest('a full buffer that nobody empties keeps the beginning, and says what is missing', async (probed) => {
  pages.set('/', `<!doctype html><script src="/probe/arenascope-probe.classic.js" data-limit-bytes="200000"></script>`);
  await probed.open();
  const did = await probed.run(churn, [1, RATE]);
  const text = await probed.run(async () => btoa(String.fromCharCode(...new Uint8Array(await (await arenascopeProbe.session.save()).arrayBuffer()))));
  const { decodeFile } = await import('./probe/decode.mjs');
  const decoder = decodeFile(Buffer.from(text, 'base64'));
  const { lost } = checkSums(decoder, did, await probed.run(() => arenascopeProbe.session.stats()));
  assert.ok(lost > 0);
});
