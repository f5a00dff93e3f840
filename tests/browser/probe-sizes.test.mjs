// Sizes of every format of the specification, against a list of their own and a count of blocks
// one by one; and the vectors that other tools get wrong.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { blockOf, bufferBytes, tensorBytes, textureBytes } from '../../public/probe/source/sizes.js';

/** Bytes of a block, its edges, and the formats: written out from the specification's tables. */
const FORMATS = [
  [1, 1, 1, 'r8unorm r8snorm r8uint r8sint stencil8'],
  [2, 1, 1, 'r16unorm r16snorm r16uint r16sint r16float rg8unorm rg8snorm rg8uint rg8sint depth16unorm'],
  [4, 1, 1, 'r32uint r32sint r32float rg16unorm rg16snorm rg16uint rg16sint rg16float rgba8unorm rgba8unorm-srgb rgba8snorm rgba8uint rgba8sint bgra8unorm bgra8unorm-srgb'],
  [4, 1, 1, 'rgb9e5ufloat rgb10a2uint rgb10a2unorm rg11b10ufloat depth24plus depth32float'],
  [5, 1, 1, 'depth24plus-stencil8 depth32float-stencil8'],
  [8, 1, 1, 'rg32uint rg32sint rg32float rgba16unorm rgba16snorm rgba16uint rgba16sint rgba16float'],
  [16, 1, 1, 'rgba32uint rgba32sint rgba32float'],
  [8, 4, 4, 'bc1-rgba-unorm bc1-rgba-unorm-srgb bc4-r-unorm bc4-r-snorm'],
  [16, 4, 4, 'bc2-rgba-unorm bc2-rgba-unorm-srgb bc3-rgba-unorm bc3-rgba-unorm-srgb bc5-rg-unorm bc5-rg-snorm bc6h-rgb-ufloat bc6h-rgb-float bc7-rgba-unorm bc7-rgba-unorm-srgb'],
  [8, 4, 4, 'etc2-rgb8unorm etc2-rgb8unorm-srgb etc2-rgb8a1unorm etc2-rgb8a1unorm-srgb eac-r11unorm eac-r11snorm'],
  [16, 4, 4, 'etc2-rgba8unorm etc2-rgba8unorm-srgb eac-rg11unorm eac-rg11snorm'],
  ...[[4, 4], [5, 4], [5, 5], [6, 5], [6, 6], [8, 5], [8, 6], [8, 8], [10, 5], [10, 6], [10, 8], [10, 10], [12, 10], [12, 12]]
    .map(([w, h]) => [16, w, h, `astc-${w}x${h}-unorm astc-${w}x${h}-unorm-srgb`]),
];
const table = FORMATS.flatMap(([bytes, width, height, names]) => names.split(' ').map((name) => [name, bytes, width, height]));

/** Blocks of a level, counted from the first texel of each. */
function blocks(width, height, across, down) {
  let count = 0;
  for (let y = 0; y < height; y += down) for (let x = 0; x < width; x += across) count += 1;
  return count;
}

function countedBytes([, bytes, across, down], dimension, [width, height, depth], mips, samples) {
  let total = 0;
  let [w, h, d] = [width, height, depth];
  for (let mip = 0; mip < mips; mip += 1) {
    for (let layer = 0; layer < d; layer += 1) total += blocks(w, h, across, down) * bytes * samples;
    [w, h] = [Math.max(1, Math.floor(w / 2)), Math.max(1, Math.floor(h / 2))];
    if (dimension === 3) d = Math.max(1, Math.floor(d / 2));
  }
  return total;
}

test('101 formats, as many as the types of the specification name', async () => {
  const { readFile } = await import('node:fs/promises');
  const types = await readFile(new URL('node_modules/@webgpu/types/dist/index.d.ts', import.meta.url), 'utf8');
  const union = /type GPUTextureFormat =\s*([^;]*);/.exec(types)[1];
  const named = [...union.matchAll(/"([^"]+)"/g)].map((match) => match[1]).sort();
  assert.deepEqual(table.map(([name]) => name).sort(), named);
  assert.equal(named.length, 101);
});

test('every format: mips, layers, samples and depth, against a count of blocks', () => {
  const shapes = [[2, [1, 1, 1], 1, 1], [2, [37, 23, 1], 6, 1], [2, [64, 12, 5], 7, 1], [2, [100, 60, 1], 1, 4], [3, [20, 24, 9], 5, 1], [1, [77, 1, 1], 1, 1]];
  for (const row of table) {
    assert.deepEqual(blockOf(row[0]), row.slice(1), row[0]);
    for (const [dimension, size, mips, samples] of shapes) {
      assert.equal(textureBytes(row[0], dimension, ...size, mips, samples), countedBytes(row, dimension, size, mips, samples), `${row[0]} ${size}`);
    }
  }
});

test('the five vectors', () => {
  assert.equal(textureBytes('rgba8unorm', 2, 1024, 1024, 1, 11, 1), 5_592_404);
  assert.equal(textureBytes('rgba8unorm', 2, 1920, 1080, 1, 1, 4), 33_177_600);
  assert.equal(textureBytes('bc7-rgba-unorm', 2, 1024, 1024, 1, 1, 1), 1_048_576);
  assert.equal(textureBytes('rgba8unorm', 3, 256, 256, 256, 1, 1), 67_108_864);
  assert.equal(textureBytes('depth24plus-stencil8', 2, 1920, 1080, 1, 1, 1), 10_368_000);
});

test('buffers are rounded up to 4, tensors to whole bytes, unknown formats are none', () => {
  assert.deepEqual([0, 1, 4, 5, 4095].map(bufferBytes), [0, 4, 4, 8, 4096]);
  assert.deepEqual(['float32', 'float16', 'int64', 'uint8', 'int4'].map((type) => tensorBytes(type, [3, 5])), [60, 30, 120, 15, 8]);
  assert.equal(tensorBytes('float32', []), 4);
  assert.ok(Number.isNaN(textureBytes('rgba99magic', 2, 1, 1, 1, 1, 1)));
  for (const name of ['constructor', 'toString', 'rgba8', 'bc9-x']) assert.equal(blockOf(name), undefined, name);
});
