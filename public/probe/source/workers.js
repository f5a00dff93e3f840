// Workers get a probe before their own script, by a few lines that run both.

import { apply, config, g, getOwnPropertyDescriptor, guard, later, probe, randomId, trouble } from './realm.js';
import { begin, end, hasRoom, put, putId, realmId, runId, stream } from './batches.js';
import { hook, hookConstructor, hookStatic, remember, replace, stateOf } from './hooks.js';
import { outlets } from './outlets.js';
import { tally } from './resources.js';

/** A worker has fetched its lines by then. */
const REVOKE_MS = 30_000;

const { Blob, URL } = g;
const createUrl = URL.createObjectURL.bind(URL);
const revokeUrl = URL.revokeObjectURL.bind(URL);
const baseOf = () => config.base ?? g.document?.baseURI ?? g.location.href;
const { toString } = Function.prototype;

/** What the page's own addresses of blobs stand for: it may revoke them as soon as the worker is made. @type {Map<string, any>} */
const blobs = new Map();
/** @type {Map<string, string>} */
const sharedUrls = new Map();
let isAllowed = true;

/** @param {any[]} parts */
const urlOf = (parts) => createUrl(new Blob(parts, { type: 'text/javascript' }));

/** @param {string} url */
const revokeLater = (url) => later(() => revokeUrl(url), REVOKE_MS);

/** @param {string} realm @param {number} kind @param {string} base */
const configText = (realm, kind, base) => JSON.stringify({
  ...config, kind, realm, base, run: runId, parent: realmId, start: stream.on ? 'now' : 'call', src: undefined, disguised: undefined,
});

/** The address of lines that run the probe, and then the script. @param {string} url @param {boolean} isModule @param {string} settings */
const bootstrap = (url, isModule, settings) => {
  const blob = blobs.get(url);
  const script = JSON.stringify(blob ? createUrl(blob) : url);
  const run = `'use strict';(${apply(toString, probe, [])})(globalThis,${settings});`;
  if (!isModule) return urlOf([run, `importScripts(${script})`]);
  const first = urlOf([run]);
  revokeLater(first);
  return urlOf([`import ${JSON.stringify(first)};import ${script};`]);
};

/** The address of a worker's script, where a probe can be put before it. @param {any} given */
const scriptUrl = (given) => {
  if (config.workers === false || !isAllowed || given === undefined) return null;
  const url = new URL(String(given), baseOf());
  if (url.protocol === 'blob:' ? blobs.get(url.href) instanceof Blob : url.origin === g.location.origin) return url.href;
  trouble('worker', `not recorded: ${url.protocol === 'data:' ? 'data:' : url.href}`);
  return null;
};

/** @param {any[]} args @param {(args: any[]) => any} make */
const makeWorker = (args, make) => {
  const realm = randomId();
  guard('relay', outlets.openRelay);
  const started = guard('worker', () => {
    const url = scriptUrl(args[0]);
    if (!url) return null;
    const lines = bootstrap(url, args[1]?.type === 'module', configText(realm, 3, url));
    revokeLater(lines);
    return make([lines, ...args.slice(1)]);
  });
  const worker = started ?? make(args);
  guard('worker', () => {
    tally(21);
    if (started) remember(worker, { realm });
  });
  return worker;
};

/** One for each address and name, so that this page shares it with itself. @param {any[]} args @param {(args: any[]) => any} make */
const makeSharedWorker = (args, make) => {
  guard('relay', outlets.openRelay);
  const url = config.sharedWorkers && guard('shared worker', () => scriptUrl(args[0]));
  if (!url) {
    trouble('shared worker', `not recorded: ${args[0]}`);
    return make(args);
  }
  const name = typeof args[1] === 'string' ? args[1] : args[1]?.name ?? '';
  const key = `${url} ${name}`;
  if (!sharedUrls.has(key)) sharedUrls.set(key, bootstrap(url, args[1]?.type === 'module', configText(randomId(), 4, url)));
  return make([sharedUrls.get(key), ...args.slice(1)]);
};

/** All of a realm is gone. @param {string} realm @param {number} reason */
export const tellEnd = (realm, reason) => {
  if (!hasRoom()) return;
  begin(5);
  putId(realm);
  put(reason);
  end();
};

export const watchWorkers = () => {
  if (!g.Worker) return;
  hookStatic(URL, 'createObjectURL', (self, [blob], url) => blobs.set(url, blob));
  hookStatic(URL, 'revokeObjectURL', (self, [url]) => blobs.delete(String(url)));
  hookConstructor(g, 'Worker', makeWorker);
  hookConstructor(g, 'SharedWorker', makeSharedWorker);
  hook(g.Worker, 'terminate', (worker) => {
    const known = stateOf(worker);
    if (known?.realm) tellEnd(known.realm, 3);
    if (known) known.realm = null;
  });
  g.document?.addEventListener('securitypolicyviolation', (/** @type {any} */ event) => {
    if (!/worker-src|child-src|script-src/.test(event.effectiveDirective) || event.blockedURI !== 'blob') return;
    isAllowed = false;
    trouble('worker', 'the page’s policy forbids workers from blobs: set workers: false');
  });
};

/**
 * In a worker: addresses are relative to its own script, not to the lines that ran it.
 * @param {string} base
 */
export const pretendBase = (base) => {
  const url = new URL(base);
  for (const name of ['href', 'origin', 'protocol', 'host', 'hostname', 'port', 'pathname', 'search', 'hash']) {
    replace(g.WorkerLocation?.prototype, name, (native) => ({
      /** @this {any} */
      method() {
        // Throws where this is no location, as it must.
        apply(native, this, []);
        return url[name];
      },
    }).method, 'get');
  }
  replace(g.WorkerLocation?.prototype, 'toString', () => ({ toString: () => base }).toString);
  if (url.protocol === 'blob:') return;
  const absolute = (/** @type {any} */ given) => (typeof given === 'string' && guard('base', () => new URL(given, base).href)) || given;
  /** @param {any} owner @param {string} name @param {(args: any[]) => any[]} change */
  const rebase = (owner, name, change) => replace(owner, name, (native) => ({
    /** @this {any} @param {any[]} args */
    method(...args) {
      return apply(native, this, change(args));
    },
  }).method);
  const first = (/** @type {any[]} */ args) => (args.length ? [absolute(args[0]), ...args.slice(1)] : args);
  rebase(ownerOf('importScripts'), 'importScripts', (args) => args.map(absolute));
  rebase(ownerOf('fetch'), 'fetch', first);
  rebase(g.XMLHttpRequest?.prototype, 'open', ([method, address, ...rest]) => [method, absolute(address), ...rest]);
  for (const name of ['Request', 'EventSource', 'WebSocket']) hookConstructor(g, name, (args, make) => make(first(args)));
};

/** Where a function of the global object lies: on itself or on a prototype. @param {string} name */
export const ownerOf = (name) => {
  let owner = g;
  while (owner && !getOwnPropertyDescriptor(owner, name)) owner = Object.getPrototypeOf(owner);
  return owner;
};
