// The command line as the native tests built it.

import { execFile } from 'node:child_process';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const ROOT = join(import.meta.dirname, '../..');
const TARGET = process.env.CARGO_TARGET_DIR ?? join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'arenascope/target');

/** Where the program lies, once `buildProgram` has been awaited. */
export const PROGRAM = join(TARGET, 'debug/arenascope');
/** What building it may take where the native tests have not run. */
export const BUILD_LIMIT_MS = 1_200_000;

/** Builds it where it is older than its source: after the native tests there is nothing to do. */
export const buildProgram = () => promisify(execFile)(
  'cargo', ['build', '--quiet', '--workspace', '--profile', 'test', '--bin', 'arenascope'],
  { cwd: ROOT, env: { ...process.env, CARGO_TARGET_DIR: TARGET } },
);
