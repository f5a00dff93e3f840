// Starts a worker on the page's module and memory, and is that worker: one
// file, one module, no blob and no second build.

export function spawn_thread(name, glue, module, memory, entry, stack_bytes) {
  const worker = new Worker(new URL(import.meta.url), { type: 'module', name });
  worker.postMessage({ arenascope_thread: true, glue, module, memory, entry, stack_bytes });
  return worker;
}

const in_worker = typeof WorkerGlobalScope !== 'undefined' && self instanceof WorkerGlobalScope;

async function enter({ glue, module, memory, entry, stack_bytes }) {
  try {
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
