// Runs a wasm program and drains its ring, as docs/probe-protocol.md has it; holds what it
// told against what the program says of itself. Argument: the module.

import { readFile } from 'node:fs/promises';
import assert from 'node:assert/strict';

const { instance } = await WebAssembly.instantiate(await readFile(process.argv[2]), {});
const { memory, arenascope_ring_ptr, step, leak, blocks, block_address, block_bytes } = instance.exports;
const live = new Map();
const counts = [0, 0, 0, 0];

const drain = () => {
  const at = arenascope_ring_ptr() >>> 0;
  const view = new DataView(memory.buffer);
  const word = (offset) => view.getUint32(at + offset, true);
  assert.deepEqual([word(0), word(4)], [0x474e5241, 1]);
  const [capacity, write] = [word(8), word(12)];
  let read = word(16);
  for (; read !== write; read = (read + 1) >>> 0) {
    const record = 32 + 32 * (read % capacity);
    const [kind, address, old, bytes] = [word(record), ...[8, 16, 24].map((field) => Number(view.getBigUint64(at + record + field, true)))];
    counts[kind] += 1;
    if (kind === 3) assert(live.delete(old), `reallocation of ${old}`);
    if (kind === 2) assert(live.delete(address), `free of ${address}`);
    else {
      assert(!live.has(address), `${address} lives twice`);
      live.set(address, bytes);
    }
    view.setUint32(at + record, 0, true);
  }
  view.setUint32(at + 16, read, true);
  return word(20);
};

assert.equal(arenascope_ring_ptr(), 0, 'there is no ring before the first operation');
for (let round = 0; round < 200; round += 1) {
  const bytes = step(300);
  assert.equal(drain(), 0, 'nothing is lost');
  let sum = 0;
  for (let block = 0; block < blocks(); block += 1) {
    assert.equal(live.get(block_address(block)), block_bytes(block));
    sum += block_bytes(block);
  }
  assert.equal(sum, bytes);
  // The list of the blocks itself is there as well.
  assert([...live.values()].reduce((all, size) => all + size, 0) - sum < 20_000);
}
const before = live.size;
leak(1234);
drain();
assert([...live.values()].includes(1234) && live.size > before);
// A ring that nobody drains counts what it has no room for.
let lost = 0;
while (!lost) {
  step(10_000);
  lost = new DataView(memory.buffer).getUint32(arenascope_ring_ptr() + 20, true);
}
console.log(JSON.stringify({ operations: counts, lost }));
