// Records, the tables that they refer to, and the batches that hold them.
// The form is described in docs/probe-protocol.md.

import { config, g, nowMs, randomId } from './realm.js';

const BATCH_BYTES = 65_536;
const HEADER_BYTES = 56;
/** No record but `use` is longer; of a string so much is kept. */
const RECORD_BYTES = 1_100;
const STRING_BYTES = 1_000;
/** So many strings are remembered; then the tables begin anew, as the page's memory is not the probe's. */
const STRINGS_MAX = 20_000;

export const realmId = config.realm ?? randomId();
export const runId = config.run ?? realmId;
/** Most bytes that wait. */
export const limitBytes = () => config.limitBytes ?? 4 << 20;

/** What is written now, and what was before. */
export const stream = {
  /** Whether anything is to be written. */
  on: false,
  /** Whether events are missing, so that the next batch must begin anew. */
  stale: false,
  /** Bytes of batches that nobody took over yet. */
  waitingBytes: 0,
  lost: 0,
  /** Counts renewals of the tables: a frame or stack that was told in an earlier one is told again. */
  epoch: 1,
  /** @type {(batch: Uint8Array) => void} */
  enqueue: () => {},
  /** Sees to it that the batch goes out in a while. */
  wake: () => {},
};

const chunk = new Uint8Array(BATCH_BYTES);
const view = new DataView(chunk.buffer);
const encoder = new g.TextEncoder();
/** @type {Map<string, number>} */
const strings = new Map();
let at = HEADER_BYTES;
let lengthAt = 0;
let records = 0;
let recordsBefore = 0;
let toldBefore = 0;
let sequence = 0;
let flags = 1;
let batchUs = 0;
let lastUs = 0;

/** Whole µs since the realm's time origin; never goes back. */
export const nowUs = () => Math.max(lastUs, Math.round(nowMs() * 1000));

/** @param {number} number */
export const put = (number) => {
  let rest = number;
  while (rest > 127) {
    chunk[at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  chunk[at++] = rest;
};

/** @param {number} where @param {string} id 16 hexadecimal digits */
const writeId = (where, id) => {
  view.setUint32(where, parseInt(id.slice(8), 16), true);
  view.setUint32(where + 4, parseInt(id.slice(0, 8), 16), true);
};

/** @param {string} id */
export const putId = (id) => {
  writeId(at, id);
  at += 8;
};

/** @param {number} where @param {number} number */
const writeLong = (where, number) => {
  view.setUint32(where, number % 2 ** 32, true);
  view.setUint32(where + 4, Math.floor(number / 2 ** 32), true);
};

/** Begins a record. @param {number} kind @param {number} [mostBytes] that it may take */
export const begin = (kind, mostBytes = RECORD_BYTES) => {
  if (at + mostBytes > BATCH_BYTES) close();
  const time = nowUs();
  if (!records) batchUs = lastUs = time;
  chunk[at++] = kind;
  lengthAt = at++;
  put(time - lastUs);
  lastUs = time;
};

/** Ends it: now its length is known, of one byte or two. */
export const end = () => {
  const length = at - lengthAt - 1;
  if (length > 127) {
    chunk.copyWithin(lengthAt + 2, lengthAt + 1, at++);
    chunk[lengthAt + 1] = length >> 7;
  }
  chunk[lengthAt] = length > 127 ? (length & 127) | 128 : length;
  if (!records++) stream.wake();
};

/** A whole record of numbers. @param {number} kind @param {number[]} numbers */
export const tell = (kind, ...numbers) => {
  begin(kind);
  for (const number of numbers) put(number);
  end();
};

/**
 * Hands over what is written.
 * @param {boolean} [evenEmpty] so that what was lost last is told
 * @param {boolean} [isLast] the realm's last
 */
export const close = (evenEmpty = false, isLast = false) => {
  if (!records && !isLast && !(evenEmpty && recordsBefore !== toldBefore)) return;
  if (!records) batchUs = nowUs();
  view.setUint32(0, 0x42505341, true);
  view.setUint32(4, 1 | ((flags | (isLast ? 2 : 0)) << 8) | (HEADER_BYTES << 16), true);
  view.setUint32(8, at - HEADER_BYTES, true);
  view.setUint32(12, records, true);
  writeId(16, realmId);
  view.setUint32(24, sequence++, true);
  writeLong(32, recordsBefore);
  writeLong(40, stream.lost);
  writeLong(48, batchUs);
  const batch = chunk.slice(0, at);
  toldBefore = recordsBefore += records;
  at = HEADER_BYTES;
  records = flags = 0;
  stream.enqueue(batch);
};

/** Whether there is room now, for what can wait until later. */
export const isOpen = () => stream.on && !stream.stale && stream.waitingBytes + at <= limitBytes();

/** Whether an event can be written. If not, it is counted as lost, and its batch ends before it. */
export const hasRoom = () => {
  if (!stream.on) return false;
  if (isOpen()) return true;
  if (records) close();
  stream.stale = true;
  stream.lost += 1;
  recordsBefore += 1;
  return false;
};

/** Forgets the tables: what follows is told from the beginning. */
export const beginTables = () => {
  close();
  strings.clear();
  stream.epoch += 1;
  stream.stale = false;
  flags = 1;
};

export const tablesAreLarge = () => strings.size > STRINGS_MAX;

/** The number of a string, told where it is new. @param {any} value */
export const text = (value) => {
  if (!value) return 0;
  const known = strings.get(value);
  if (known) return known;
  const number = strings.size + 1;
  strings.set(value, number);
  begin(1);
  put(number);
  at += encoder.encodeInto(value, chunk.subarray(at, at + STRING_BYTES)).written;
  end();
  return number;
};

/** A whole record of numbers and strings, where there is room. @param {number} kind @param {(number | string)[]} values */
export const say = (kind, ...values) => {
  if (!hasRoom()) return;
  tell(kind, ...values.map((value) => (typeof value === 'string' ? text(value) : value)));
};

/** How many records a batch holds. @param {Uint8Array} batch */
export const recordsOf = (batch) => new DataView(batch.buffer, batch.byteOffset).getUint32(12, true);

/** The realm that wrote a batch. @param {Uint8Array} batch */
export const realmOf = (batch) => {
  const bytes = new DataView(batch.buffer, batch.byteOffset);
  return [20, 16].map((where) => bytes.getUint32(where, true).toString(16).padStart(8, '0')).join('');
};
