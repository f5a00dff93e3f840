// Reads what the probe writes, from docs/probe-protocol.md alone: a second reader beside the
// program's own, kept small, for tests.

import { gunzipSync } from 'node:zlib';

const BATCH_MAGIC = 0x42505341;
const FILE_MAGIC = 'ASPROBE\0';

class Reader {
  constructor(bytes) {
    this.bytes = bytes;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    this.at = 0;
  }

  get left() {
    return this.bytes.length - this.at;
  }

  u32() {
    this.at += 4;
    return this.view.getUint32(this.at - 4, true);
  }

  u64() {
    this.at += 8;
    return this.view.getBigUint64(this.at - 8, true);
  }

  varint() {
    // What is not there any more is 0, as the protocol has it of fields that came later.
    let [value, scale] = [0, 1];
    while (this.at < this.bytes.length) {
      const byte = this.bytes[this.at++];
      value += (byte & 127) * scale;
      if (byte < 128) return value;
      scale *= 128;
    }
    if (scale > 1) throw new Error('a number is cut');
    return 0;
  }

  rest() {
    return this.bytes.subarray(this.at, this.bytes.length);
  }
}

const list = (count, read) => Array.from({ length: count }, read);
const textureDetails = (r, str) => ({ format: str(), dimension: r.varint(), width: r.varint(), height: r.varint(), depth: r.varint(), mips: r.varint(), samples: r.varint() });
const tensorDetails = (r, str) => ({ type: str(), shape: list(r.varint(), () => r.varint()) });
const DETAILS = { 2: textureDetails, 3: textureDetails, 13: textureDetails, 5: (r) => ({ count: r.varint() }), 9: tensorDetails, 10: tensorDetails };

/** Payloads by kind: name and fields. `n` is a varint, `s` a str, `i` a u64. */
const FIELDS = {
  2: 'frame number:n function:s url:s line:n column:n',
  3: 'stack number:n parent:n frame:n',
  4: 'hello run:i parent:i kind:n timeOrigin:n url:s title:s agent:s version:s stacks:n sampleBytes:n limitBytes:n',
  5: 'realm_end ended:i reason:n',
  9: 'lost device:n reason:n message:s',
  11: 'free id:n reason:n',
  12: 'resize id:n bytes:n',
  13: 'map id:n offset:n bytes:n mode:n',
  14: 'unmap id:n',
  15: 'label id:n label:s',
  17: 'frame_tick number:n',
  19: 'work_done device:n ageUs:n',
  20: 'mark text:s',
  21: 'failure device:n kind:n id:n bytes:n message:s',
  22: 'snapshot_begin count:n',
  23: 'snapshot_end',
  24: 'cost windowUs:n events:n eventUs:n flushUs:n',
  25: 'trouble where:s what:s times:n',
  26: 'wasm_allocate memory:n thread:n address:n bytes:n stack:n',
  27: 'wasm_free memory:n thread:n address:n',
  28: 'wasm_reallocate memory:n thread:n old:n address:n bytes:n stack:n',
  29: 'wasm_lost memory:n count:n',
};

const SPECIAL = {
  8: (r, str) => ({ name: 'device', id: r.varint(), kind: r.varint(), label: str(), adapter: str(), limits: Object.fromEntries(list(r.varint(), () => [str(), r.varint()])) }),
  10(r, str) {
    const record = { name: 'allocate', id: r.varint(), class: r.varint(), bytes: r.varint(), usage: r.varint(), device: r.varint(), label: str(), stack: r.varint(), flags: r.varint() };
    return { ...record, ...DETAILS[record.class]?.(r, str) };
  },
  16(r) {
    let id = 0;
    return { name: 'use', ids: list(r.varint(), () => (id += r.varint())) };
  },
  18: (r) => ({ name: 'tally', counts: Object.fromEntries(list(r.varint(), () => [r.varint(), [r.varint(), r.varint()]])) }),
};

function readPayload(kind, reader, strings) {
  const str = () => {
    const number = reader.varint();
    return number === 0 ? '' : strings.get(number) ?? '(unknown)';
  };
  if (SPECIAL[kind]) return SPECIAL[kind](reader, str);
  if (!FIELDS[kind]) return { name: 'unknown' };
  const [name, ...fields] = FIELDS[kind].split(' ');
  const record = { name };
  for (const field of fields) {
    const [key, type] = field.split(':');
    record[key] = type === 'n' ? reader.varint() : type === 's' ? str() : reader.u64().toString(16).padStart(16, '0');
  }
  return record;
}

/** Batches of any realms, in any pieces: `push(bytes)` of whole batches; what they say is in `records`. */
export class Decoder {
  realms = new Map();
  records = [];

  realm(id) {
    if (!this.realms.has(id)) this.realms.set(id, { id, strings: new Map(), frames: new Map(), stacks: new Map(), next: 0, lost: 0, batches: 0, toldLost: 0, times: [] });
    return this.realms.get(id);
  }

  /** One batch; returns the bytes that follow it. */
  push(bytes) {
    const r = new Reader(bytes);
    if (r.u32() !== BATCH_MAGIC) throw new Error('no batch');
    const [version, flags, headerBytes] = [bytes[4], bytes[5], bytes[6] | (bytes[7] << 8)];
    if (version !== 1) throw new Error(`version ${version}`);
    r.at = 8;
    const [bodyBytes, count] = [r.u32(), r.u32()];
    const realm = this.realm(r.u64().toString(16).padStart(16, '0'));
    const sequence = r.u32();
    r.at = 32;
    const [before, lost, timeUs] = [Number(r.u64()), Number(r.u64()), Number(r.u64())];
    if (before < realm.next) throw new Error(`realm ${realm.id}: ${before} records before, but ${realm.next} came`);
    realm.lost += before - realm.next;
    realm.next = before + count;
    realm.toldLost = lost;
    realm.batches += 1;
    realm.sequence = sequence;
    if (timeUs < (realm.times.at(-1) ?? 0)) throw new Error('time goes back');
    realm.times.push(timeUs);
    if (flags & 1) for (const table of [realm.strings, realm.frames, realm.stacks]) table.clear();
    if (flags & 2) realm.isOver = true;
    this.body(bytes.subarray(headerBytes, headerBytes + bodyBytes), realm, timeUs, count);
    return bytes.subarray(headerBytes + bodyBytes);
  }

  body(bytes, realm, batchUs, count) {
    const r = new Reader(bytes);
    let timeUs = batchUs;
    let records = 0;
    while (r.left > 0) {
      const [kind, length] = [r.varint(), r.varint()];
      const payload = new Reader(r.bytes.subarray(r.at, r.at + length));
      if (payload.left !== length) throw new Error('a record is cut');
      r.at += length;
      timeUs += payload.varint();
      records += 1;
      if (kind === 1) realm.strings.set(payload.varint(), new TextDecoder().decode(payload.rest()));
      else this.take({ code: kind, realm: realm.id, timeUs, ...readPayload(kind, payload, realm.strings) }, realm);
    }
    if (records !== count) throw new Error(`${records} records, not ${count}`);
  }

  take(record, realm) {
    if (record.code === 2) realm.frames.set(record.number, record);
    if (record.code === 3) realm.stacks.set(record.number, record);
    // The tables may begin anew later, so a stack is looked up now.
    if (record.stack) record.frames = framesOf(realm, record.stack);
    this.records.push(record);
  }

  named(...names) {
    return this.records.filter((record) => names.includes(record.name));
  }
}

function framesOf(realm, number) {
  const frames = [];
  for (let at = realm.stacks.get(number); at; at = realm.stacks.get(at.parent)) frames.push(realm.frames.get(at.frame));
  return frames;
}

/** A whole file, packed or not. */
export function decodeFile(file) {
  const bytes = file[0] === 0x1f ? gunzipSync(file) : file;
  if (Buffer.from(bytes.subarray(0, 8)).toString('latin1') !== FILE_MAGIC) throw new Error('no file of the probe');
  const decoder = new Decoder();
  let rest = new Uint8Array(bytes.subarray(8));
  while (rest.length > 0) rest = decoder.push(rest);
  return decoder;
}

/** What lives after some records: the rules of `free`, `lost`, `realm_end` and snapshots. */
export function replay(records) {
  const live = new Map();
  const mapped = new Map();
  let snapshot = null;
  const drop = (condition) => {
    for (const [key, thing] of live) {
      if (!condition(thing)) continue;
      live.delete(key);
      mapped.delete(key);
    }
  };
  for (const record of records) {
    const key = `${record.realm}:${record.id}`;
    if (record.name === 'allocate') {
      if (!live.has(key)) live.set(key, { ...record, key });
      snapshot?.add(key);
    } else if (record.name === 'free') {
      live.delete(key);
      mapped.delete(key);
    } else if (record.name === 'resize' && live.has(key)) live.get(key).bytes = record.bytes;
    else if (record.name === 'label' && live.has(key)) live.get(key).label = record.label;
    else if (record.name === 'map') mapped.set(key, record.bytes);
    else if (record.name === 'unmap') mapped.delete(key);
    else if (record.name === 'lost') drop((thing) => thing.realm === record.realm && thing.device === record.device);
    else if (record.name === 'realm_end' && record.reason !== 4) drop((thing) => thing.realm === record.ended);
    else if (record.name === 'snapshot_begin') snapshot = new Set();
    else if (record.name === 'snapshot_end') {
      const told = snapshot;
      drop((thing) => thing.realm === record.realm && !told.has(thing.key));
      snapshot = null;
    }
  }
  return { live: [...live.values()], mapped };
}

/** Sums of what lives, by class. */
export function totals(records) {
  const { live, mapped } = replay(records);
  const byClass = {};
  for (const thing of live) byClass[thing.class] = (byClass[thing.class] ?? 0) + thing.bytes;
  const device = live.filter((thing) => thing.device && !(thing.flags & 4)).reduce((sum, thing) => sum + thing.bytes, 0);
  return { byClass, device, live, mapped: [...mapped.values()].reduce((sum, bytes) => sum + bytes, 0) };
}
