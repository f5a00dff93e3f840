// The least that a page of Arenascope is to the harness: a scripting interface,
// a worker on one shared memory, and errors on request.
const worker = new Worker(new URL('./worker.js', import.meta.url), { type: 'module' });

const ask = (what) => new Promise((resolve, reject) => {
  worker.addEventListener('message', ({ data }) => (data.failure ? reject(new Error(data.failure)) : resolve(data.answer)), { once: true });
  worker.postMessage(what);
});

const sharedMemory = () => new WebAssembly.Memory({ initial: 1, maximum: 65536, shared: true });

window.arenascope = {
  version: 'stand-in',
  ready: crossOriginIsolated ? Promise.resolve() : Promise.reject(new Error('the page is not cross-origin isolated')),
  share: () => ask({ memory: sharedMemory() }),
  gpu: () => ask('gpu'),
  nn: () => ask('nn'),
  complain: () => console.error('a complaint'),
  fail: () => ask('fail'),
};
window.arenascope.ready.catch(() => {});
