// Chromium's headless shell with a working WebNN, out of an npm package: two
// Brotli archives, unpacked once into the cache folder.

import { spawn } from 'node:child_process';
import { createReadStream, createWriteStream } from 'node:fs';
import { access, chmod, mkdir, readFile, rename, rm } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress } from 'node:zlib';

const PACKAGE = join(import.meta.dirname, 'node_modules/@sparticuz/chromium');
const CACHE = join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'arenascope');

async function untar(archive, into) {
  const tar = spawn('tar', ['-xf', '-', '-C', into], { stdio: ['pipe', 'inherit', 'inherit'] });
  const ended = new Promise((resolve, reject) => {
    tar.once('error', reject);
    tar.once('close', (code) => (code === 0 ? resolve() : reject(new Error(`tar ended with ${code} on ${archive}`))));
  });
  await Promise.all([pipeline(createReadStream(archive), createBrotliDecompress(), tar.stdin), ended]);
}

// Into a folder of this process's own, then renamed: a run that is cut off, or
// a second one beside it, never leaves half a browser under the final name.
async function unpack(folder) {
  const work = `${folder}.${process.pid}`;
  await mkdir(work, { recursive: true });
  await pipeline(
    createReadStream(join(PACKAGE, 'bin/chromium.br')), createBrotliDecompress(),
    createWriteStream(join(work, 'chromium')),
  );
  await chmod(join(work, 'chromium'), 0o755);
  await untar(join(PACKAGE, 'bin/swiftshader.tar.br'), work);
  await rename(work, folder).catch(() => rm(work, { recursive: true }));
}

/**
 * The shell's folder and program, unpacked on first use (some seconds).
 * @returns {Promise<{folder: string, executable: string}>}
 */
export async function headlessShell() {
  if (process.platform !== 'linux' || process.arch !== 'x64') {
    throw new Error(`the headless shell is built for linux x64 only, this is ${process.platform} ${process.arch}`);
  }
  const { version } = JSON.parse(await readFile(join(PACKAGE, 'package.json'), 'utf8'));
  const folder = join(CACHE, `headless-shell-${version}`);
  await access(folder).catch(() => unpack(folder));
  return { folder, executable: join(folder, 'chromium') };
}
