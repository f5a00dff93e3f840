// The platform's features where Arenascope uses them: in a worker.

const GPU_BYTES = 1024;

function share({ memory }) {
  return Atomics.add(new Int32Array(memory.buffer), 0, 7) + Atomics.load(new Int32Array(memory.buffer), 0);
}

async function gpu() {
  const adapter = await navigator.gpu?.requestAdapter();
  if (!adapter) return null;
  const device = await adapter.requestDevice();
  const buffer = device.createBuffer({ size: GPU_BYTES, usage: GPUBufferUsage.COPY_DST, label: 'pool/probe' });
  device.queue.writeBuffer(buffer, 0, new Uint8Array(GPU_BYTES));
  await device.queue.onSubmittedWorkDone();
  const { size } = buffer;
  buffer.destroy();
  return size;
}

// 2 + 3 on the network device, by its own tensors.
async function nn() {
  if (!navigator.ml) return null;
  const context = await navigator.ml.createContext({ deviceType: 'cpu' });
  const builder = new MLGraphBuilder(context);
  const shape = { dataType: 'float32', shape: [1] };
  const graph = await builder.build({ sum: builder.add(builder.input('a', shape), builder.input('b', shape)) });
  const [a, b] = await Promise.all([0, 1].map(() => context.createTensor({ ...shape, writable: true })));
  const sum = await context.createTensor({ ...shape, readable: true });
  context.writeTensor(a, new Float32Array([2]));
  context.writeTensor(b, new Float32Array([3]));
  context.dispatch(graph, { a, b }, { sum });
  return new Float32Array(await context.readTensor(sum))[0];
}

addEventListener('message', async ({ data }) => {
  try {
    if (data === 'fail') throw new Error('a failure in the worker');
    const answer = await (data === 'gpu' ? gpu() : data === 'nn' ? nn() : share(data));
    postMessage({ answer });
  } catch (error) {
    postMessage({ failure: error.message });
  }
});
