// node build.mjs: writes the module and the classic script of public/probe from its source/. Both
// hold one function, so that the probe can be put into a worker as text and run on a frame's
// global object. A test says when they are older than the source.

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { minify } from 'terser';

export const PROBE = process.env.ARENASCOPE_PROBE ?? join(import.meta.dirname, '../../../public/probe');
const FILES = ['realm', 'sizes', 'batches', 'stacks', 'hooks', 'resources', 'errors', 'gpu', 'webnn', 'wasm', 'outlets', 'workers', 'frames', 'main'];
/** Of realm.js: the function's arguments, and the function. */
const ARGUMENTS = /^export const (g|config|probe) = .*\n/gm;

const strip = (text) => text.replace(ARGUMENTS, '').replace(/^import [^;]*;\n/gm, '').replace(/^export /gm, '');

async function body() {
  const texts = await Promise.all(FILES.map((name) => readFile(join(PROBE, `source/${name}.js`), 'utf8')));
  return `function arenascopeProbe(g, config) {
'use strict';
const probe = arenascopeProbe;
const known = g[Symbol.for('arenascope.probe')];
if (known) return known;
${texts.map(strip).join('\n')}
boot();
return api;
}`;
}

const HEAD = '// Arenascope’s probe, built from source/. MIT OR Apache-2.0\n';

const CLASSIC_TAIL = `const value = (text) => { try { return JSON.parse(text); } catch { return text; } };
const script = globalThis.document?.currentScript;
const options = { start: 'now', src: script?.src, ...globalThis.ARENASCOPE_PROBE };
for (const [name, text] of Object.entries(script?.dataset ?? {})) options[name] = name === 'origins' ? text.split(/\\s+/) : value(text);
const api = arenascopeProbe(globalThis, options);
Object.defineProperty(globalThis, 'arenascopeProbe', { value: api, configurable: true });`;

const MODULE_TAIL = `const api = arenascopeProbe(globalThis, { start: 'call', src: import.meta.url });
export const { record, attach, attachEmscripten, version } = api;`;

const SMALL = { ecma: 2022, compress: { passes: 3, pure_getters: true, keep_fargs: false }, mangle: true, format: { wrap_func_args: false } };

/** The two scripts by name. @returns {Promise<Record<string, string>>} */
export async function build() {
  const text = await body();
  const [script, module] = await Promise.all([
    minify(`(() => {\n${text}\n${CLASSIC_TAIL}\n})();`, SMALL),
    minify(`${text}\n${MODULE_TAIL}`, { ...SMALL, module: true }),
  ]);
  return {
    'arenascope-probe.js': `${HEAD}${module.code}\n`,
    'arenascope-probe.classic.js': `${HEAD}${script.code}\n`,
  };
}

if (import.meta.url === `file://${process.argv[1]}`) {
  for (const [name, text] of Object.entries(await build())) await writeFile(join(PROBE, name), text);
}
