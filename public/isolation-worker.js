// Adds the headers of `_headers` to what a host sends without them, so that the page is isolated on
// a host that sets none (GitHub Pages). `isolate.js` starts it where it is needed, and nowhere else.
// Keeps nothing: every file comes from the host, as it is there now.

const HEADERS_FILE = new URL('_headers', self.location.href);

/** Whether a path of `_headers` is that of a file: `*` at its end stands for anything. */
const matches = (pattern, path) => (pattern.endsWith('*') ? path.startsWith(pattern.slice(0, -1)) : path === pattern);

/** Changes to headers, in order: `[pattern, name, value]`; without a value, the header is taken away. */
function changesOf(text) {
  const changes = [];
  let pattern;
  for (const line of text.split('\n')) {
    if (/^[^\s#]/.test(line)) pattern = line.trim();
    const pair = /^\s+([\w-]+):\s*(.*)$/.exec(line);
    const gone = /^\s+!\s*([\w-]+)\s*$/.exec(line);
    if (pair) changes.push([pattern, pair[1], pair[2].trim()]);
    else if (gone) changes.push([pattern, gone[1]]);
  }
  if (changes.length === 0) throw new Error('_headers names no header');
  return changes;
}

async function readChanges() {
  const answer = await fetch(HEADERS_FILE, { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`_headers: the host answers ${answer.status}`);
  return changesOf(await answer.text());
}

/** Kept for as long as the browser keeps this worker running. */
let known;
const changes = () => {
  known ??= readChanges().catch((error) => {
    known = undefined;
    throw error;
  });
  return known;
};

/** The path below the folder of the site, as `_headers` has it. */
const pathOf = (url) => `/${url.slice(new URL('./', self.location.href).href.length).split(/[?#]/)[0]}`;

async function answer(request) {
  const sent = await fetch(request);
  // What is hidden from scripts cannot be written anew: redirects that the browser follows itself.
  if (sent.status === 0) return sent;
  const headers = new Headers(sent.headers);
  const path = pathOf(request.url);
  for (const [pattern, name, value] of await changes()) {
    if (!matches(pattern, path)) continue;
    if (value === undefined) headers.delete(name);
    else headers.set(name, value);
  }
  const hasBody = ![101, 204, 205, 304].includes(sent.status);
  return new Response(hasBody ? sent.body : null, { status: sent.status, statusText: sent.statusText, headers });
}

self.addEventListener('install', (event) => {
  self.skipWaiting();
  event.waitUntil(changes());
});
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));
self.addEventListener('fetch', (event) => {
  const { request } = event;
  const isOwn = request.url.startsWith(new URL('./', self.location.href).href);
  const isOfCacheAlone = request.cache === 'only-if-cached' && request.mode !== 'same-origin';
  if (isOwn && !isOfCacheAlone) event.respondWith(answer(request));
});
