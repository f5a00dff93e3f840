//! A small reader of a recorded file, written from `docs/probe-protocol.md`: what lives at
//! its end, and what each realm is.

use flate2::read::GzDecoder;
use std::collections::BTreeMap;
use std::io::Read;

/// A realm as its stream tells it.
#[derive(Debug, Default)]
pub(crate) struct Realm {
    /// 1 page, 2 frame, 3 worker, 4 shared worker, 5 other.
    pub(crate) kind: u64,
    pub(crate) run: u64,
    pub(crate) url: String,
    pub(crate) labels: Vec<String>,
    pub(crate) batches: u64,
    /// Whether it is gone.
    pub(crate) is_gone: bool,
    strings: BTreeMap<u64, String>,
    live: BTreeMap<u64, Live>,
    records_next: u64,
}

#[derive(Clone, Copy, Debug)]
struct Live {
    class: u64,
    bytes: u64,
    device: u64,
}

/// A whole recording.
#[derive(Debug, Default)]
pub(crate) struct Recording {
    pub(crate) realms: BTreeMap<u64, Realm>,
    pub(crate) lost: u64,
}

/// Bytes that are left to read.
struct Bytes<'b>(&'b [u8]);

impl<'b> Bytes<'b> {
    fn take(&mut self, count: usize) -> &'b [u8] {
        let (taken, rest) = self.0.split_at(count);
        self.0 = rest;
        taken
    }

    fn u16(&mut self) -> u16 {
        u16::from_le_bytes(self.take(2).try_into().unwrap())
    }

    fn u32(&mut self) -> u32 {
        u32::from_le_bytes(self.take(4).try_into().unwrap())
    }

    fn u64(&mut self) -> u64 {
        u64::from_le_bytes(self.take(8).try_into().unwrap())
    }

    /// A field that is not there is 0.
    fn varint(&mut self) -> u64 {
        let (mut value, mut shift) = (0, 0);
        while let Some((byte, rest)) = self.0.split_first() {
            self.0 = rest;
            value |= u64::from(byte & 0x7f) << shift;
            shift += 7;
            if byte & 0x80 == 0 {
                break;
            }
        }
        value
    }
}

impl Recording {
    /// Of a file that is packed by gzip.
    pub(crate) fn of(packed: &[u8]) -> Self {
        let mut bytes = Vec::new();
        GzDecoder::new(packed).read_to_end(&mut bytes).unwrap();
        let mut recording = Self::default();
        let mut file = Bytes(&bytes);
        assert_eq!(file.take(8), b"ASPROBE\0");
        while !file.0.is_empty() {
            recording.batch(&mut file);
        }
        recording
    }

    fn batch(&mut self, file: &mut Bytes<'_>) {
        assert_eq!(file.take(4), b"ASPB");
        let [version, flags] = *file.take(2) else { unreachable!() };
        assert_eq!((version, file.u16()), (1, 56));
        let (body, records, id) = (file.u32(), file.u32(), file.u64());
        let (_sequence, _reserved, before, _known, _time) =
            (file.u32(), file.u32(), file.u64(), file.u64(), file.u64());
        let realm = self.realms.entry(id).or_default();
        if flags & 1 != 0 {
            realm.strings.clear();
        }
        self.lost += before - realm.records_next;
        realm.records_next = before + u64::from(records);
        realm.batches += 1;
        let mut body = Bytes(file.take(body as usize));
        for _ in 0..records {
            let (kind, length) = (body.varint(), body.varint() as usize);
            let mut record = Bytes(body.take(length));
            record.varint();
            self.record(id, kind, &mut record);
        }
        assert!(body.0.is_empty());
    }

    fn record(&mut self, id: u64, kind: u64, record: &mut Bytes<'_>) {
        if kind == 5 {
            let (ended, reason) = (record.u64(), record.varint());
            let realm = self.realms.get_mut(&ended).expect("a realm that was told of");
            if reason != 4 {
                realm.live.clear();
                realm.is_gone = true;
            }
            return;
        }
        self.realms.get_mut(&id).unwrap().record(kind, record);
    }

    /// Bytes that live at the end, of classes.
    pub(crate) fn live(&self, classes: &[u64]) -> u64 {
        let all = self.realms.values().flat_map(|realm| realm.live.values());
        all.filter(|live| classes.contains(&live.class)).map(|live| live.bytes).sum()
    }

    /// Realms of a kind, by where they are.
    pub(crate) fn of_kind(&self, kind: u64) -> Vec<&Realm> {
        let mut realms: Vec<_> = self.realms.values().filter(|realm| realm.kind == kind).collect();
        realms.sort_by_key(|realm| realm.url.clone());
        realms
    }
}

impl Realm {
    fn text(&self, number: u64) -> String {
        self.strings.get(&number).cloned().unwrap_or_default()
    }

    fn record(&mut self, kind: u64, record: &mut Bytes<'_>) {
        match kind {
            1 => {
                let number = record.varint();
                self.strings.insert(number, String::from_utf8(record.0.to_vec()).unwrap());
            }
            4 => {
                self.run = record.u64();
                record.u64();
                self.kind = record.varint();
                record.varint();
                let url = record.varint();
                self.url = self.text(url);
            }
            9 => {
                let device = record.varint();
                self.live.retain(|_, live| live.device != device);
            }
            10 => {
                let (id, class, bytes, _usage) = (record.varint(), record.varint(), record.varint(), record.varint());
                let (device, label) = (record.varint(), record.varint());
                self.labels.push(self.text(label));
                self.live.insert(id, Live { class, bytes, device });
            }
            11 => drop(self.live.remove(&record.varint())),
            12 => {
                let (id, bytes) = (record.varint(), record.varint());
                if let Some(live) = self.live.get_mut(&id) {
                    live.bytes = bytes;
                }
            }
            _ => {}
        }
    }
}
