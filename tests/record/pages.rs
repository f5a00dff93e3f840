//! The pages that are recorded. They count for themselves, with numbers of their own.

use super::site::File;

/// Everything that has memory, in every kind of realm; some of it goes again.
pub(crate) const EVERYTHING: &[File] = &[
    ("/", EVERYTHING_PAGE),
    ("/gpu.js", GPU),
    ("/worker.js", "importScripts('/gpu.js');\nrun(20, () => new Worker('/nested.js'));"),
    ("/nested.js", "importScripts('/gpu.js');\nrun(40);"),
    ("/module.js", "import '/gpu.js';\nrun(80);"),
    ("/gone.js", "importScripts('/gpu.js');\nrun(160);"),
    ("/frame.html", FRAME),
    ("/removed.html", FRAME),
    ("/popup.html", FRAME),
];

/// Counts apart from the probe: what it makes is what it says.
const GPU: &str = "
globalThis.seen = [typeof globalThis.__arenascope_batch, typeof globalThis.ARENASCOPE_PROBE, typeof setTimeout];
globalThis.run = async (buffers, more) => {
  const adapter = await navigator.gpu.requestAdapter();
  const device = await adapter.requestDevice();
  const kept = [];
  for (let index = 0; index < buffers; index += 1) {
    const buffer = device.createBuffer({ label: `kept ${index}`, size: 4096 + 4 * index, usage: 8 });
    kept.push(buffer);
    device.createBuffer({ label: 'short', size: 1 << 20, usage: 8 }).destroy();
  }
  const bytes = kept.reduce((sum, buffer) => sum + buffer.size, 0);
  kept.push(device.createTexture({ size: [64, 64], format: 'rgba8unorm', mipLevelCount: 7, usage: 4 }));
  globalThis.kept = [kept, device, more?.()];
  const texels = [64, 32, 16, 8, 4, 2, 1].reduce((sum, side) => sum + side * side, 0);
  new BroadcastChannel('counts').postMessage({ bytes, texels, seen });
};
";

const FRAME: &str = "<!doctype html><script>
globalThis.memory = new WebAssembly.Memory({ initial: 2 });
memory.grow(3);
</script>";

const EVERYTHING_PAGE: &str = "<!doctype html><title>everything</title><body><script src='/gpu.js'></script><script>
const counts = { buffers: 0, textures: 0, wasm: 0, seen: [] };
const inbox = new BroadcastChannel('counts');
/** Begins something, and waits for so many counts of it. */
const counted = (begin, expected = 1) => new Promise((resolve) => {
  const heard = [];
  inbox.onmessage = ({ data }) => heard.push(data) === expected && resolve(heard);
  begin();
});
const add = (heard) => {
  for (const { bytes, texels, seen } of heard) {
    counts.buffers += bytes;
    counts.textures += 4 * texels;
    counts.seen.push(seen.join());
  }
};
const framed = (url, isEarly) => new Promise((resolve) => {
  const frame = document.createElement('iframe');
  frame.onload = () => resolve(frame);
  frame.src = url;
  document.body.append(frame);
  // Looked at before it is loaded: the empty document's window becomes the page's.
  if (isEarly) frame.contentWindow.early = true;
});
const opened = (url) => new Promise((resolve) => {
  const tab = open(url);
  tab.addEventListener('load', () => resolve(tab));
});
globalThis.workers = [];
const start = (url, options) => () => workers.push(new Worker(url, options));
(async () => {
  add(await counted(() => run(10)));
  add(await counted(start('/worker.js'), 2));
  add(await counted(start('/module.js', { type: 'module' })));
  const script = `importScripts('${location.origin}/gpu.js'); run(5);`;
  add(await counted(start(URL.createObjectURL(new Blob([script])))));
  await counted(start('/gone.js'));
  workers.pop().terminate();
  await framed('/frame.html');
  await framed('/frame.html', true);
  counts.wasm += 2 * 5 * 65536;
  (await framed('/removed.html', true)).remove();
  await opened('/popup.html');
  counts.wasm += 5 * 65536;
  await fetch('/counts', { method: 'POST', body: JSON.stringify(counts) });
  globalThis.done = true;
})();
</script>";

/// A buffer, and then nothing.
pub(crate) const QUIET: &[File] = &[
    (
        "/",
        "<!doctype html><script src='/gpu.js'></script><script>run(1).then(() => fetch('/counts', { method: 'POST', body: 'ready' })).then(() => { globalThis.ready = true; });</script>",
    ),
    ("/gpu.js", GPU),
    (
        "/plain",
        "<!doctype html><script>globalThis.done = true; alert('who answers?'); globalThis.answered = true;</script>",
    ),
    (
        "/busy",
        "<!doctype html><script>setTimeout(() => { fetch('/counts', { method: 'POST', body: 'ready' }).then(() => { for (;;); }); }, 300);</script>",
    ),
];
