// Workers of every kind and frames get a probe before their own script, and notice nothing.

import assert from 'node:assert/strict';
import { pages, probeSuite, withProbe, withSink, withoutProbe } from './probe/site.mjs';
import { replay } from './probe/decode.mjs';

const probeTest = probeSuite();

/** In a worker: what it could notice of functions that the probe stands in for, and of its address. */
function facts() {
  const seen = {};
  const fact = (f) => f && [f.name, f.length, String(f), Object.getOwnPropertyNames(f).sort().join(), Object.getPrototypeOf(f) === Function.prototype];
  const note = (name, owner) => {
    for (const key of Object.getOwnPropertyNames(owner)) {
      const { value, get, set, ...flags } = Object.getOwnPropertyDescriptor(owner, key);
      const parts = [value, get, set].map((part) => (typeof part === 'function' ? fact(part) : typeof part));
      if (parts.some(Array.isArray)) seen[`${name}.${key}`] = JSON.stringify([flags, parts]);
    }
  };
  note('location', WorkerLocation.prototype);
  note('request', XMLHttpRequest.prototype);
  note('scope', Object.getPrototypeOf(self));
  note('scope', Object.getPrototypeOf(Object.getPrototypeOf(self)));
  for (const name of ['Request', 'WebSocket', 'EventSource', 'Worker', 'fetch', 'importScripts', 'close', 'requestAnimationFrame']) seen[name] = JSON.stringify(fact(self[name]));
  for (const name of ['href', 'origin', 'protocol', 'host', 'hostname', 'pathname', 'search', 'hash']) seen[`location ${name}`] = location[name];
  seen.text = `${location} ${new URL('x', location)} ${new Request('y').url} ${self.origin}`;
  for (const [name, call] of Object.entries({ fetch: () => Request(), none: () => new Request(), illegal: () => Reflect.get(WorkerLocation.prototype, 'href') })) {
    try {
      call();
    } catch (error) {
      seen[`error ${name}`] = `${error.constructor.name}: ${error.message}`;
    }
  }
  return seen;
}

/** In a worker: makes a memory of so many pages, and says so. */
const worker = (pageCount, more = '') => `self.onmessage = async (event) => {
  globalThis.kept = new WebAssembly.Memory({ initial: ${pageCount} });
  ${more}
  self.postMessage({ facts: (${facts})(), echo: event.data, href: self.location.href, text: await (await fetch('data.json')).text() });
};`;

const ask = (probed, make) => probed.run((source) => new Promise((resolve, reject) => {
  const made = (0, eval)(source)();
  (globalThis.workers ??= []).push(made);
  const port = made.port ?? made;
  port.onmessage = (event) => resolve(event.data);
  made.onerror = (event) => reject(new Error(event.message ?? 'error'));
  port.postMessage('hello');
}), String(make));

const memories = (decoder) => replay(decoder.records).live.filter((thing) => thing.class === 7);

/** Waits until so many realms told of memories. */
const until = async (probed, count) => {
  for (let round = 0; round < 60; round += 1) {
    const decoder = await probed.decode();
    if (memories(decoder).length === count) return decoder;
    await probed.page.waitForTimeout(100);
  }
  throw new Error(`waited in vain for ${count} memories; there are ${memories(await probed.decode()).length}`);
};

const WORKERS = {
  classic: [`importScripts('lib/part.js'); ${worker(2, 'if (part !== 42) throw new Error("part");')}`, () => new Worker('workers/classic.js', { name: 'mine' })],
  module: [`import { part } from './lib/part.mjs'; ${worker(2, 'if (part !== 42 || !import.meta.url.endsWith("/workers/module.js")) throw new Error("part");')}`, () => new Worker('workers/module.js', { type: 'module' })],
};

for (const [kind, [source, make]] of Object.entries(WORKERS)) {
  probeTest(`a ${kind} worker`, async (probed) => {
    pages.set('/workers/lib/part.js', 'var part = 42;');
    pages.set('/workers/lib/part.mjs', 'export const part = 42;');
    pages.set('/workers/data.json', '{"a":1}');
    pages.set(`/workers/${kind}.js`, source);
    pages.set('/', withoutProbe);
    await probed.open();
    const plain = await ask(probed, make);
    pages.set('/', withSink());
    await probed.open();
    const answer = await ask(probed, make);
    assert.ok(Object.keys(plain.facts).length > 30);
    assert.deepEqual(answer, plain);
    assert.equal(answer.href, `${probed.url}workers/${kind}.js`);
    const decoder = await until(probed, 1);
    const [page, inside] = decoder.named('hello');
    assert.deepEqual([inside.kind, inside.run, inside.parent, inside.url], [3, page.run, page.realm, answer.href]);
    if (kind === 'classic') assert.equal(inside.title, 'mine');
    assert.deepEqual(decoder.named('trouble'), []);
    await probed.run(() => workers[0].terminate());
    assert.equal(memories(await probed.decode()).length, 0, 'what a terminated worker had is gone');
  });
}

probeTest('the module’s probe goes into workers as well', async (probed) => {
  pages.set('/plain.js', 'globalThis.kept = new WebAssembly.Memory({ initial: 9 }); self.postMessage((function () { return this === self; })());');
  pages.set('/', `${withoutProbe}<script type="module">import { record } from '/probe/arenascope-probe.js';
globalThis.taken = [];
const session = record({ sink: (batch) => { taken.push(batch); } });
globalThis.arenascopeProbe = { session };
globalThis.ready = true;</script>`);
  await probed.open();
  await probed.page.waitForFunction(() => globalThis.ready);
  assert.equal(await ask(probed, () => new Worker('plain.js')), true, 'its script is not strict');
  assert.deepEqual(memories(await until(probed, 1)).map((memory) => memory.bytes / 65_536), [9]);
});

probeTest('workers from blobs, revoked at once, and workers of workers', async (probed) => {
  pages.set('/workers/inner.js', 'globalThis.kept = new WebAssembly.Memory({ initial: 5 }); self.postMessage("inner");');
  pages.set('/workers/outer.js', `const inner = new Worker('inner.js'); globalThis.kept = new WebAssembly.Memory({ initial: 4 });
inner.onmessage = (event) => self.postMessage(event.data);`);
  pages.set('/', withSink());
  await probed.open();
  const blob = await ask(probed, () => {
    const url = URL.createObjectURL(new Blob(['"use strict"; globalThis.kept = new WebAssembly.Memory({ initial: 3 }); self.postMessage(self.location.href);']));
    const made = new Worker(url);
    URL.revokeObjectURL(url);
    return made;
  });
  assert.match(blob, /^blob:http/);
  assert.equal(await ask(probed, () => new Worker('workers/outer.js')), 'inner');
  const decoder = await until(probed, 3);
  assert.deepEqual(memories(decoder).map((memory) => memory.bytes / 65_536).sort(), [3, 4, 5]);
  const hellos = decoder.named('hello');
  const outer = hellos.find((hello) => hello.url.endsWith('outer.js'));
  assert.equal(hellos.find((hello) => hello.url.endsWith('inner.js')).parent, outer.realm);
  assert.equal(new Set(hellos.map((hello) => hello.run)).size, 1);
});

probeTest('a worker that closes itself says so; one whose script is missing still fails', async (probed) => {
  pages.set('/closing.js', 'globalThis.kept = new WebAssembly.Memory({ initial: 1 }); self.postMessage(1); setTimeout(() => self.close(), 300);');
  pages.set('/', withSink());
  await probed.open();
  await ask(probed, () => new Worker('closing.js'));
  await until(probed, 1);
  const decoder = await until(probed, 0);
  assert.deepEqual(decoder.named('realm_end').map((end) => end.reason), [2]);
  assert.equal(await probed.run(() => new Promise((resolve) => { new Worker('missing.js').onerror = () => resolve('error'); })), 'error');
});

probeTest('shared workers where the user wants them', async (probed) => {
  pages.set('/shared.js', 'globalThis.kept = new WebAssembly.Memory({ initial: 6 }); onconnect = ({ ports: [port] }) => { port.onmessage = () => port.postMessage(self.name); };');
  pages.set('/', withSink({ sharedWorkers: true }));
  await probed.open();
  assert.equal(await ask(probed, () => new SharedWorker('shared.js', 'both')), 'both');
  const decoder = await until(probed, 1);
  assert.equal(decoder.named('hello').at(-1).kind, 4);
  pages.set('/', withSink());
  await probed.open();
  assert.equal(await ask(probed, () => new SharedWorker('shared.js', 'other')), 'other');
  probed.decoder = null;
  await probed.page.waitForTimeout(300);
  assert.deepEqual((await probed.decode()).named('trouble').map((trouble) => trouble.where), ['shared worker']);
});

probeTest('a shared wasm memory counts once, in the realm that made it', async (probed) => {
  pages.set('/user.js', `self.onmessage = async ({ data }) => {
  await WebAssembly.instantiate(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0, 2, 16, 1, 3, 101, 110, 118, 6, 109, 101, 109, 111, 114, 121, 2, 3, 1, 8]), { env: { memory: data } });
  self.postMessage('used');
};`);
  pages.set('/', { body: withSink(), headers: { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' } });
  pages.set('/user.js', { body: pages.get('/user.js'), headers: { 'cross-origin-embedder-policy': 'require-corp' } });
  await probed.open();
  const said = await probed.run(() => new Promise((resolve) => {
    globalThis.memory = new WebAssembly.Memory({ initial: 1, maximum: 8, shared: true });
    const worker = new Worker('user.js');
    worker.onmessage = ({ data }) => resolve(data);
    worker.onerror = (event) => resolve(event.message);
    worker.postMessage(memory);
  }));
  assert.equal(said, 'used');
  await probed.run(() => memory.grow(2));
  await probed.page.waitForTimeout(400);
  const { live } = replay((await probed.decode()).records);
  assert.deepEqual(live.map((thing) => [thing.class, thing.bytes]).sort(), [[7, 3 * 65_536], [8, 0]]);
});

probeTest('frames of the same origin, before their first script, and after they went elsewhere', async (probed) => {
  const frame = (count) => `<script>globalThis.kept = new WebAssembly.Memory({ initial: ${count} });</script>`;
  pages.set('/one', frame(1));
  pages.set('/two', frame(2));
  pages.set('/', `${withSink()}<iframe src="/one"></iframe><iframe srcdoc="<script>globalThis.kept = new WebAssembly.Memory({ initial: 4 })</script>"></iframe>`);
  await probed.open();
  let decoder = await until(probed, 2);
  assert.deepEqual(memories(decoder).map((memory) => memory.bytes / 65_536).sort(), [1, 4]);
  const [page, ...frames] = decoder.named('hello');
  assert.deepEqual(frames.map((hello) => [hello.kind, hello.parent]), [[2, page.realm], [2, page.realm]]);
  await probed.run(() => {
    const made = document.createElement('iframe');
    made.src = '/two';
    document.body.append(made);
  });
  decoder = await until(probed, 3);
  await probed.run(() => document.querySelector('iframe').remove());
  decoder = await until(probed, 2);
  assert.deepEqual(decoder.named('realm_end').map((end) => end.reason), [1]);
  assert.deepEqual(probed.problems, []);
});

probeTest('a worker of a frame', async (probed) => {
  pages.set('/of-frame.js', 'globalThis.kept = new WebAssembly.Memory({ initial: 3 });');
  pages.set('/frame', '<script>globalThis.worker = new Worker("of-frame.js");</script>');
  pages.set('/', `${withSink()}<iframe src="/frame"></iframe>`);
  await probed.open();
  const decoder = await until(probed, 1);
  assert.deepEqual(decoder.named('hello').map((hello) => hello.kind), [1, 2, 3]);
  assert.deepEqual(decoder.named('trouble'), []);
});

probeTest('where a page’s policy forbids workers from blobs, the first fails, which is told, and others run without a probe', async (probed) => {
  pages.set('/plain.js', 'self.postMessage("plain");');
  const withPolicy = (head) => pages.set('/', { body: head, headers: { 'content-security-policy': "worker-src 'self'" } });
  withPolicy(withSink());
  await probed.open();
  await assert.rejects(ask(probed, () => new Worker('plain.js')));
  assert.equal(await ask(probed, () => new Worker('plain.js')), 'plain');
  assert.deepEqual((await probed.decode()).named('trouble').map((trouble) => trouble.where), ['worker']);
  // With `workers` off nothing is tried, and no violation is reported.
  probed.problems = [];
  withPolicy(withProbe('data-workers="false"'));
  await probed.open();
  assert.equal(await ask(probed, () => new Worker('plain.js')), 'plain');
  assert.deepEqual(probed.problems, []);
});

probeTest('a worker may load the classic script itself', async (probed) => {
  pages.set('/self.js', `importScripts('/probe/arenascope-probe.classic.js');
globalThis.kept = new WebAssembly.Memory({ initial: 8 });
arenascopeProbe.session.save().then((file) => file.arrayBuffer()).then((bytes) => self.postMessage(bytes));`);
  pages.set('/', withoutProbe);
  await probed.open();
  const text = await probed.run(() => new Promise((resolve) => {
    new Worker('self.js').onmessage = ({ data }) => resolve(btoa(String.fromCharCode(...new Uint8Array(data))));
  }));
  const { decodeFile } = await import('./probe/decode.mjs');
  const decoder = decodeFile(Buffer.from(text, 'base64'));
  assert.deepEqual([decoder.named('hello')[0].kind, memories(decoder).map((memory) => memory.bytes / 65_536)], [3, [8]]);
});

probeTest('profilers in other tabs find the page, attach, get a fresh start when they come again', async (probed) => {
  pages.set('/', `${withProbe()}<title>found</title>`);
  pages.set('/profiler', withoutProbe);
  const profiler = await probed.page.context().newPage();
  await profiler.goto(`${probed.url}profiler`);
  await profiler.evaluate(() => {
    globalThis.heard = [];
    globalThis.channel = new BroadcastChannel('arenascope-probe');
    channel.onmessage = ({ data }) => heard.push(data);
    globalThis.attach = (run) => {
      globalThis.batches = [];
      globalThis.live?.close();
      globalThis.live = new BroadcastChannel(`arenascope-probe/${run}`);
      live.onmessage = ({ data }) => {
        if (data.type !== 'batch') return;
        batches.push(btoa(String.fromCharCode(...data.bytes)));
        live.postMessage({ type: 'taken', bytes: data.bytes.length });
      };
      channel.postMessage({ type: 'attach', run });
    };
  });
  await probed.open();
  const use = async () => probed.run(async () => {
    globalThis.device ??= await (await navigator.gpu.requestAdapter()).requestDevice();
    (globalThis.kept ??= []).push(device.createBuffer({ size: 100, usage: 8, label: `b${kept?.length ?? 0}` }));
  });
  await use();
  await profiler.evaluate(() => { heard.length = 0; channel.postMessage({ type: 'who' }); });
  await profiler.waitForFunction(() => heard.length > 0);
  const [hello] = await profiler.evaluate(() => heard);
  assert.deepEqual([hello.type, hello.url, hello.title], ['hello', probed.url, 'found']);
  const { Decoder } = await import('./probe/decode.mjs');
  const read = async () => {
    await profiler.waitForTimeout(400);
    const decoder = new Decoder();
    for (const text of await profiler.evaluate(() => batches)) decoder.push(new Uint8Array(Buffer.from(text, 'base64')));
    return decoder;
  };
  await profiler.evaluate((run) => attach(run), hello.run);
  await use();
  let decoder = await read();
  assert.deepEqual(decoder.named('allocate').map((thing) => thing.flags), [0, 0], 'the first gets all since the start');
  await profiler.evaluate((run) => attach(run), hello.run);
  await use();
  decoder = await read();
  assert.deepEqual(decoder.named('allocate').map((thing) => thing.flags), [1, 1, 0], 'a later one is told what lives');
  assert.equal((await probed.run(() => globalThis.arenascopeProbe.session.stats())).waitingBytes, 0);
});

probeTest('an embedding page attaches by a message; one of an origin that may not does not', async (probed) => {
  pages.set('/inner', withProbe());
  pages.set('/', `${withoutProbe}<script>
globalThis.batches = globalThis.hellos = 0;
addEventListener('message', ({ data, source }) => {
  if (data?.arenascopeProbe !== 1 || data.type !== 'hello') return;
  hellos += 1;
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = ({ data }) => { batches += 1; port1.postMessage({ type: 'taken', bytes: data.bytes.length }); };
  source.postMessage({ arenascopeProbe: 1, type: 'attach', run: data.run }, '*', [port2]);
});
globalThis.embed = (url) => {
  const frame = document.createElement('iframe');
  frame.src = url;
  document.body.append(frame);
};
</script><body>`);
  // A loopback page takes any other loopback host, as while one develops.
  await probed.open();
  await probed.run((url) => embed(`${url}inner`), probed.url.replace('127.0.0.1', 'localhost'));
  await probed.page.waitForFunction(() => globalThis.batches > 0);
  await probed.page.goto(probed.url.replace('127.0.0.1', 'stranger.test'));
  await probed.run((url) => embed(`${url}inner`), probed.url);
  await probed.page.waitForFunction(() => globalThis.hellos > 0);
  await probed.page.waitForTimeout(500);
  assert.equal(await probed.run(() => globalThis.batches), 0);
});

probeTest('a DevTools driver takes batches through a binding', async (probed) => {
  pages.set('/', withoutProbe);
  const texts = [];
  await probed.page.exposeFunction('__arenascope_batch', (text) => texts.push(text));
  const { readFile } = await import('node:fs/promises');
  const { PROBE } = await import('./probe/site.mjs');
  await probed.page.addInitScript(await readFile(`${PROBE}/arenascope-probe.classic.js`, 'utf8'));
  await probed.open();
  await probed.run(() => { globalThis.memory = new WebAssembly.Memory({ initial: 7 }); });
  await probed.page.waitForTimeout(400);
  const { Decoder } = await import('./probe/decode.mjs');
  const decoder = new Decoder();
  for (const text of texts) decoder.push(new Uint8Array(Buffer.from(text, 'base64')));
  assert.deepEqual(memories(decoder).map((memory) => memory.bytes / 65_536), [7]);
});
