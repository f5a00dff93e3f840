// Starts a worker on the page's module and memory, and is that worker: one
// file, one module, no blob and no second build.

// A browser says nothing when a worker is ended from outside. So each holds a lock of
// its own for as long as it lives, and the page waits for it: who gets it knows.
function watch(worker, lock) {
  worker.addEventListener('message', ({ data }) => {
    if (data?.arenascope_holds !== lock) return;
    navigator.locks.request(lock, () => {
      worker.dispatchEvent(new ErrorEvent('error', { message: 'its thread has ended' }));
    });
  });
}

export function spawn_thread(name, glue, module, memory, entry, stack_bytes) {
  const worker = new Worker(new URL(import.meta.url), { type: 'module', name });
  // Locks are the origin's, of all its tabs.
  const lock = navigator.locks && `${name} ${crypto.randomUUID()}`;
  if (lock) watch(worker, lock);
  worker.postMessage({ arenascope_thread: true, glue, module, memory, entry, stack_bytes, lock });
  return worker;
}

const in_worker = typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope;

function hold(lock) {
  navigator.locks.request(lock, () => {
    self.postMessage({ arenascope_holds: lock });
    // Never settled: the lock is let go with the thread.
    return new Promise(() => {});
  }).catch(() => {
    // A browser that refuses locks: then only silence tells.
  });
}

async function enter({ glue, module, memory, entry, stack_bytes, lock }) {
  try {
    if (lock) hold(lock);
    const exports = await import(glue);
    exports.initSync({ module, memory, thread_stack_size: stack_bytes });
    exports[entry]();
  } catch (error) {
    self.postMessage(JSON.stringify({ say: 'failed', reason: String(error?.message ?? error) }));
  }
}

if (in_worker) {
  self.addEventListener('message', (event) => event.data?.arenascope_thread && enter(event.data), { once: true });
}
