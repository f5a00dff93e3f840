//! Writes what a probe would: for tests.

/// A record without its time.
pub(super) struct Written {
    kind: u64,
    fields: Vec<u8>,
}

pub(super) fn put(mut number: u64, bytes: &mut Vec<u8>) {
    while number >= 0x80 {
        bytes.push(number as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
}

/// A record of varints.
pub(super) fn record<const N: usize>(kind: u64, numbers: [u64; N]) -> Written {
    let mut fields = Vec::new();
    numbers.into_iter().for_each(|number| put(number, &mut fields));
    Written { kind, fields }
}

pub(super) fn text(number: u64, text: &str) -> Written {
    let mut written = record(1, [number]);
    written.fields.extend(text.as_bytes());
    written
}

/// Of a page or a worker that began at that µs since 1970.
pub(super) fn hello(kind: u64, time_origin_us: u64, url: u64, stacks: u64) -> Written {
    let mut fields = [7_u64.to_le_bytes(), 0_u64.to_le_bytes()].concat();
    [kind, time_origin_us, url, 0, 0, 0, stacks, 0, 0].into_iter().for_each(|number| put(number, &mut fields));
    Written { kind: 4, fields }
}

pub(super) fn realm_end(realm: u64, reason: u64) -> Written {
    let mut fields = realm.to_le_bytes().to_vec();
    put(reason, &mut fields);
    Written { kind: 5, fields }
}

pub(super) fn buffer(id: u64, bytes: u64, usage: u64) -> Written {
    record(10, [id, 1, bytes, usage, 1, 0, 0, 0])
}

/// Writes the batches of a realm.
pub(super) struct Writer {
    realm: u64,
    sequence: u32,
    /// Records so far, those that were lost included.
    pub(super) records: u64,
    pub(super) known_lost: u64,
    pub(super) time_us: u64,
    body: Vec<u8>,
    in_body: u32,
    /// When the batch began, and when its last record was.
    begun_us: u64,
    last_us: u64,
    pub(super) is_anew: bool,
}

impl Writer {
    pub(super) fn new(realm: u64) -> Self {
        let (body, begun_us, last_us) = (Vec::new(), 0, 0);
        Self {
            realm,
            sequence: 0,
            records: 0,
            known_lost: 0,
            time_us: 0,
            body,
            in_body: 0,
            begun_us,
            last_us,
            is_anew: true,
        }
    }

    /// Adds a record as of [`Self::time_us`].
    pub(super) fn add(&mut self, record: Written) -> &mut Self {
        if self.in_body == 0 {
            (self.begun_us, self.last_us) = (self.time_us, self.time_us);
        }
        let mut content = Vec::new();
        put(self.time_us - self.last_us, &mut content);
        content.extend(record.fields);
        put(record.kind, &mut self.body);
        put(content.len() as u64, &mut self.body);
        self.body.extend(content);
        self.last_us = self.time_us;
        self.in_body += 1;
        self
    }

    pub(super) fn after(&mut self, passed_us: u64, record: Written) -> &mut Self {
        self.time_us += passed_us;
        self.add(record)
    }

    /// The batch that was written.
    pub(super) fn batch(&mut self) -> Vec<u8> {
        let mut bytes = b"ASPB\x01".to_vec();
        bytes.push(u8::from(core::mem::take(&mut self.is_anew)));
        bytes.extend(56_u16.to_le_bytes());
        bytes.extend((self.body.len() as u32).to_le_bytes());
        bytes.extend(self.in_body.to_le_bytes());
        bytes.extend(self.realm.to_le_bytes());
        bytes.extend(self.sequence.to_le_bytes());
        bytes.extend(0_u32.to_le_bytes());
        bytes.extend(self.records.to_le_bytes());
        bytes.extend(self.known_lost.to_le_bytes());
        bytes.extend(self.begun_us.to_le_bytes());
        bytes.append(&mut self.body);
        self.records += u64::from(core::mem::take(&mut self.in_body));
        self.sequence += 1;
        bytes
    }
}

/// A file of these batches.
pub(super) fn file(batches: &[Vec<u8>]) -> Vec<u8> {
    [b"ASPROBE\0".to_vec(), batches.concat()].concat()
}
