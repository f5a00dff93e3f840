// The scripts are those of the source, typed, small and packed as a package.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { promisify } from 'node:util';
import { gzipSync } from 'node:zlib';
import { PROBE, build } from './probe/build.mjs';
import { Decoder } from './probe/decode.mjs';

const execute = promisify(execFile);
const TSC = join(import.meta.dirname, 'node_modules/typescript/bin/tsc');
/** What a page loads, packed. 8 KiB were wanted; all that it sees does not fit in them. */
const PACKED_BYTES = 11_840;

const tsc = async (...args) => execute(process.execPath, [TSC, ...args]).catch((error) => { throw new Error(error.stdout); });

test('the scripts are built from the source', async () => {
  for (const [name, text] of Object.entries(await build())) {
    assert.ok(await readFile(join(PROBE, name), 'utf8') === text, `${name} is older than source/: node probe/build.mjs`);
  }
});

test('both are small', async () => {
  for (const name of ['arenascope-probe.js', 'arenascope-probe.classic.js']) {
    const bytes = gzipSync(await readFile(join(PROBE, name)), { level: 9 }).length;
    console.log(`  ${name}: ${bytes} bytes packed`);
    assert.ok(bytes <= PACKED_BYTES, `${name}: ${bytes}`);
  }
});

test('the source is typed', () => tsc('--noUnusedLocals', '-p', join(PROBE, 'tsconfig.json')));

test('who uses the package gets its types', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'probe-'));
  await writeFile(join(folder, 'user.ts'), `import { record, attachEmscripten } from '${PROBE}/arenascope-probe.js';
const session = record({ stacks: 'sampled', sink: async (batch) => { batch.length; } });
const file: Promise<File> = session.save();
attachEmscripten({});
// @ts-expect-error there is no such mode
record({ stacks: 'many' });
export { file };
`);
  await tsc('--strict', '--noEmit', '--module', 'nodenext', '--target', 'es2022', join(folder, 'user.ts'));
  await rm(folder, { recursive: true });
});

test('npm packs what a user needs, and no dependency', async () => {
  const { stdout } = await execute('npm', ['pack', '--dry-run', '--json', '--offline'], { cwd: PROBE });
  const [{ files, name }] = JSON.parse(stdout);
  assert.equal(name, 'arenascope-probe');
  const paths = files.map((file) => file.path).sort();
  const sources = (await readdir(join(PROBE, 'source'))).map((file) => `source/${file}`);
  assert.deepEqual(paths, ['README.md', 'arenascope-probe.classic.js', 'arenascope-probe.d.ts', 'arenascope-probe.js', 'package.json', ...sources].sort());
  const { dependencies, version } = JSON.parse(await readFile(join(PROBE, 'package.json'), 'utf8'));
  assert.equal(dependencies, undefined);
  assert.match(await readFile(join(PROBE, 'source/realm.js'), 'utf8'), new RegExp(`VERSION = '${version}'`));
});

test('the protocol’s example is what it says', async () => {
  const text = await readFile(join(import.meta.dirname, '../../docs/probe-protocol.md'), 'utf8');
  const [, hex] = /```hex\n([\s\S]*?)```/.exec(text);
  const decoder = new Decoder();
  const bytes = new Uint8Array(hex.trim().split(/\s+/).map((byte) => parseInt(byte, 16)));
  assert.equal(decoder.push(bytes).length, 0);
  assert.equal(bytes.length, Number(/One whole batch of (\d+) bytes/.exec(text)[1]));
  const [realm] = decoder.realms.values();
  assert.deepEqual([realm.id, realm.next, realm.lost, realm.sequence], ['0102030405060708', 21, 0, 0]);
  const facts = decoder.records.map(({ name, timeUs }) => [timeUs, name]);
  assert.deepEqual(facts, [[1500, 'hello'], [1600, 'device'], [1600, 'frame'], [1600, 'stack'], [1750, 'allocate'], [1750, 'map'], [1770, 'unmap'],
    [1800, 'allocate'], [2100, 'use'], [2100, 'tally'], [2100, 'frame_tick'], [2101, 'unknown'], [2106, 'free']]);
  const [buffer, texture] = decoder.named('allocate');
  assert.deepEqual([buffer.id, buffer.class, buffer.bytes, buffer.usage, buffer.device, buffer.label], [2, 1, 1024, 40, 1, 'quads']);
  assert.deepEqual(buffer.frames.map((frame) => [frame.function, frame.url, frame.line, frame.column]), [['at', 'https://a.test/a.js', 12, 34]]);
  assert.deepEqual([texture.bytes, texture.format, texture.mips, texture.width], [5_592_404, 'rgba8unorm', 11, 1024]);
  assert.deepEqual([decoder.named('use')[0].ids, decoder.named('tally')[0].counts], [[2, 3], { 1: [1, 0], 2: [1, 1024] }]);
});
