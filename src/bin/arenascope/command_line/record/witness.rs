//! What the recorder sees and no realm can tell: that a worker was terminated, that a
//! page crashed. It goes into the recording as batches of a realm of the recorder's own.

use super::batch::{HEAD_BYTES, LAST, MAGIC, RealmId, TABLES_ANEW, VERSION};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// Kinds of records, as `docs/probe-protocol.md` numbers them.
const STRING: u8 = 1;
const HELLO: u8 = 4;
const REALM_END: u8 = 5;
/// Kind of a realm that is no page, frame or worker.
const OTHER: u64 = 5;

/// Why a realm ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// Its creator ended it, or the browser did.
    Terminated = 3,
    /// Nothing more is told of it.
    Stopped = 4,
}

/// The recorder as a realm: it has a hello, and then ends of others.
#[derive(Debug)]
pub(crate) struct Witness {
    realm: RealmId,
    run: u64,
    origin: SystemTime,
    batches: u32,
    records: u64,
    last_us: u64,
}

impl Witness {
    /// A realm of a run, which began now.
    pub(crate) const fn new(realm: RealmId, run: u64, origin: SystemTime) -> Self {
        Self { realm, run, origin, batches: 0, records: 0, last_us: 0 }
    }

    /// A batch that says that realms ended.
    pub(crate) fn ends(&mut self, realms: &[RealmId], reason: Reason, now: SystemTime) -> Vec<u8> {
        self.batch(realms, reason, 0, now)
    }

    /// The last batch, if there was one before.
    pub(crate) fn farewell(&mut self, now: SystemTime) -> Option<Vec<u8>> {
        (self.batches > 0).then(|| self.batch(&[self.realm], Reason::Stopped, LAST, now))
    }

    fn batch(&mut self, ended: &[RealmId], reason: Reason, flags: u8, now: SystemTime) -> Vec<u8> {
        // A clock that was set back must not set back the batches.
        self.last_us = self.last_us.max(micros(now.duration_since(self.origin).unwrap_or_default()));
        let is_first = self.batches == 0;
        let mut body = Body::default();
        if is_first {
            body.hello(self.run, micros(self.origin.duration_since(UNIX_EPOCH).unwrap_or_default()));
        }
        for realm in ended {
            body.end(*realm, reason);
        }
        let flags = if is_first { flags | TABLES_ANEW } else { flags };
        let batch = self.headed(&body, flags);
        self.batches += 1;
        self.records += u64::from(body.records);
        batch
    }

    fn headed(&self, body: &Body, flags: u8) -> Vec<u8> {
        let mut batch = Vec::with_capacity(HEAD_BYTES + body.bytes.len());
        batch.extend(MAGIC);
        batch.extend([VERSION, flags, HEAD_BYTES as u8, 0]);
        batch.extend((body.bytes.len() as u32).to_le_bytes());
        batch.extend(body.records.to_le_bytes());
        batch.extend(self.realm.0.to_le_bytes());
        batch.extend(self.batches.to_le_bytes());
        batch.extend(0_u32.to_le_bytes());
        batch.extend(self.records.to_le_bytes());
        batch.extend(0_u64.to_le_bytes());
        batch.extend(self.last_us.to_le_bytes());
        batch.extend(&body.bytes);
        batch
    }
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

/// Records in a row.
#[derive(Default)]
struct Body {
    bytes: Vec<u8>,
    records: u32,
}

impl Body {
    fn hello(&mut self, run: u64, origin_us: u64) {
        let name = b"arenascope record";
        let version = env!("CARGO_PKG_VERSION").as_bytes();
        self.record(STRING, &[&[1], name.as_slice()].concat());
        self.record(STRING, &[&[2], version].concat());
        let mut payload = [run.to_le_bytes(), [0; 8]].concat();
        // Kind, origin, no address, name, no user agent, version, no stacks, no interval, no limit.
        for number in [OTHER, origin_us, 0, 1, 0, 2, 0, 0, 0] {
            varint(&mut payload, number);
        }
        self.record(HELLO, &payload);
    }

    fn end(&mut self, realm: RealmId, reason: Reason) {
        self.record(REALM_END, &[realm.0.to_le_bytes().as_slice(), &[reason as u8]].concat());
    }

    /// A record at the time of the batch.
    fn record(&mut self, kind: u8, payload: &[u8]) {
        self.bytes.push(kind);
        varint(&mut self.bytes, payload.len() as u64 + 1);
        self.bytes.push(0);
        self.bytes.extend(payload);
        self.records += 1;
    }
}

fn varint(bytes: &mut Vec<u8>, mut value: u64) {
    while value > 0x7f {
        bytes.push(value as u8 | 0x80);
        value >>= 7;
    }
    bytes.push(value as u8);
}

#[cfg(test)]
mod tests {
    use super::super::batch::Head;
    use super::*;

    fn at(us: u64) -> SystemTime {
        UNIX_EPOCH + Duration::from_micros(us)
    }

    #[test]
    fn batches_follow_each_other() {
        let mut witness = Witness::new(RealmId(9), 0x0102, at(1_000));
        assert_eq!(witness.farewell(at(1_000)), None);
        let batches = [
            witness.ends(&[RealmId(3), RealmId(4)], Reason::Terminated, at(1_500)),
            witness.ends(&[RealmId(5)], Reason::Terminated, at(900)),
            witness.farewell(at(2_000)).unwrap(),
        ];
        let heads = batches.each_ref().map(|batch| Head::of(batch).unwrap());
        assert_eq!(heads.map(|head| (head.records, head.records_before)), [(5, 0), (1, 5), (1, 6)]);
        assert_eq!(heads.map(|head| head.is_last), [false, false, true]);
        assert!(heads.iter().all(|head| head.realm == RealmId(9)));
        assert_eq!(batches.each_ref().map(|batch| (batch[5], batch[24])), [(TABLES_ANEW, 0), (0, 1), (LAST, 2)]);
        // Time does not go back with the clock.
        assert_eq!(batches.each_ref().map(|batch| u16::from_le_bytes([batch[48], batch[49]])), [500, 500, 1_000]);
    }

    #[test]
    fn records_are_as_the_protocol_says() {
        let batch = Witness::new(RealmId(9), 0x0102, at(1_000)).ends(&[RealmId(3)], Reason::Terminated, at(1_000));
        let version = env!("CARGO_PKG_VERSION");
        let mut expected = b"\x01\x13\x00\x01arenascope record\x01".to_vec();
        expected.extend([version.len() as u8 + 2, 0, 2]);
        expected.extend(version.as_bytes());
        expected.extend([4, 27, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 5, 0xe8, 7, 0, 1, 0, 2, 0, 0, 0]);
        expected.extend([5, 10, 0, 3, 0, 0, 0, 0, 0, 0, 0, 3]);
        assert_eq!(batch[HEAD_BYTES..], expected);
    }
}
