// A static server as strict as a good host: it sends what dist/_headers says,
// answers a missing file with 404, and knows each file's type or refuses it.

import { createServer } from 'node:http';
import { readFile, stat } from 'node:fs/promises';
import { basename, extname, join, normalize, sep } from 'node:path';

const TYPES = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.wasm': 'application/wasm',
};

// What makes a page isolated: left out where a test wants to see it missing.
const ISOLATION = ['cross-origin-opener-policy', 'cross-origin-embedder-policy'];

/** Whether a path of a `_headers` file is that of a file: `*` at its end stands for anything. */
const matches = (pattern, path) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern);

/**
 * The headers that a `_headers` file gives a path, of every block that is of it in turn; `! Name`
 * takes one away that an earlier block gave.
 * @param {string} text
 * @param {string} path
 * @returns {Record<string, string>} names in lower case
 */
export function parseHeaders(text, path = '/') {
  const headers = {};
  let applies = false;
  for (const line of text.split('\n')) {
    if (/^[^\s#]/.test(line)) applies = matches(line.trim(), path);
    const pair = line.match(/^\s+([\w-]+):\s*(.*)$/);
    const gone = line.match(/^\s+!\s*([\w-]+)\s*$/);
    if (applies && gone) delete headers[gone[1].toLowerCase()];
    if (applies && pair) headers[pair[1].toLowerCase()] = pair[2].trim();
  }
  return headers;
}

async function siteHeaders(dir, { isolated, bare }, path) {
  if (bare) return {};
  const headers = parseHeaders(await readFile(join(dir, '_headers'), 'utf8'), path);
  if (!isolated) for (const name of ISOLATION) delete headers[name];
  return { ...headers, 'cache-control': 'no-store' };
}

/** The file a request names, or null where it names none inside `dir`. */
async function fileFor(dir, url) {
  let path;
  try {
    path = decodeURIComponent(new URL(url, 'http://site').pathname);
  } catch {
    return null;
  }
  const file = join(dir, normalize(path.endsWith('/') ? `${path}index.html` : path));
  if (!file.startsWith(dir + sep)) return null;
  const info = await stat(file).catch(() => null);
  return info?.isFile() ? file : null;
}

async function answer(dir, options, request, response) {
  const headers = await siteHeaders(dir, options, request.url.split('?')[0]);
  const file = await fileFor(dir, request.url);
  const type = file && (options.bare && basename(file) === '_headers' ? 'text/plain' : TYPES[extname(file)]);
  if (!type) {
    response.writeHead(404, { ...headers, 'content-type': 'text/plain' }).end(`nothing at ${request.url}`);
    return;
  }
  response.writeHead(200, { ...headers, 'content-type': type }).end(await readFile(file));
}

/**
 * Serves a folder on a free port of the loopback interface.
 * @param {string} dir the site
 * @param {{isolated?: boolean, bare?: boolean}} options whether the two isolation headers are sent;
 *   `bare` as by a host that sends no headers of the site, and serves any file
 * @returns {Promise<{url: string, close: () => Promise<void>}>}
 */
export async function serveSite(dir, { isolated = true, bare = false } = {}) {
  await stat(join(dir, 'index.html')).catch(() => {
    throw new Error(`no page at ${dir}/index.html: run \`make build\` first`);
  });
  const server = createServer((request, response) => {
    answer(dir, { isolated, bare }, request, response).catch((error) => response.destroy(error));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${server.address().port}/`,
    close: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}
