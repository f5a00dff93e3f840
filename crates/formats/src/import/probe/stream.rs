//! The batches of one realm, record by record.

use super::batch::Header;
use super::payload::Payload;
use super::record::Record;
use std::collections::VecDeque;

/// A batch that has arrived.
#[derive(Debug)]
struct Batch {
    header: Header,
    body: Box<[u8]>,
}

/// What comes next of a realm.
#[derive(Debug)]
pub(super) enum Step<'b> {
    /// A batch begins.
    Begin(Header),
    /// A record.
    Record(Record<'b>),
}

/// The batches of one realm that were not told yet.
#[derive(Debug, Default)]
pub(super) struct Stream {
    batches: VecDeque<Batch>,
    /// Whether the beginning of the first of them was told.
    is_begun: bool,
    /// How far its body was told, and how many records of it.
    at: usize,
    records: u32,
    /// Time of the last record, µs since the realm's time origin.
    clock_us: u64,
    /// The sequence number that comes next, once one came.
    next_sequence: Option<u64>,
    /// The realm's time origin, µs since 1970.
    pub(super) origin_us: u64,
    /// Batches whose records are not those that they say.
    pub(super) damaged: u64,
}

/// A record before its fields are looked at.
#[derive(Clone, Copy, Debug)]
pub(super) struct Raw<'b> {
    pub(super) kind: u64,
    /// µs since the record before.
    pub(super) passed_us: u64,
    pub(super) payload: &'b [u8],
}

impl<'b> Raw<'b> {
    /// The next record; `None` at the end, or where none is whole.
    pub(super) fn next(bytes: &mut Payload<'b>) -> Option<Self> {
        let kind = bytes.next()?;
        let length = bytes.next()?;
        let mut content = Payload(bytes.take(length)?);
        let passed_us = content.number();
        Some(Self { kind, passed_us, payload: content.0 })
    }
}

impl Stream {
    /// Takes in a batch; false where one of its number or a later one came before.
    pub(super) fn push(&mut self, header: Header, body: &[u8]) -> bool {
        let sequence = u64::from(header.sequence);
        if self.next_sequence.is_some_and(|next| sequence < next) {
            return false;
        }
        self.next_sequence = Some(sequence + 1);
        self.batches.push_back(Batch { header, body: body.into() });
        true
    }

    /// Whether a batch of it has come.
    pub(super) const fn is_known(&self) -> bool {
        self.next_sequence.is_some()
    }

    /// When what comes next happened, µs since 1970; `None` where nothing does.
    pub(super) fn next_us(&mut self) -> Option<u64> {
        loop {
            let batch = self.batches.front()?;
            let within = if self.is_begun {
                let mut rest = Payload(&batch.body[self.at..]);
                Raw::next(&mut rest).map(|raw| self.clock_us.saturating_add(raw.passed_us))
            } else {
                Some(self.clock_us.max(batch.header.time_us))
            };
            match within {
                Some(time_us) => return Some(self.origin_us.saturating_add(time_us)),
                None => self.leave(),
            }
        }
    }

    /// The first batch was told.
    fn leave(&mut self) {
        if let Some(batch) = self.batches.pop_front() {
            self.damaged += u64::from(self.at < batch.body.len() || self.records != batch.header.records);
        }
        (self.is_begun, self.at, self.records) = (false, 0, 0);
    }

    /// What comes next, which [`Self::next_us`] said there is.
    pub(super) fn next(&mut self) -> Option<Step<'_>> {
        let batch = self.batches.front()?;
        if !self.is_begun {
            self.is_begun = true;
            self.clock_us = self.clock_us.max(batch.header.time_us);
            return Some(Step::Begin(batch.header));
        }
        let mut rest = Payload(&batch.body[self.at..]);
        let raw = Raw::next(&mut rest)?;
        self.at = batch.body.len() - rest.0.len();
        self.records = self.records.saturating_add(1);
        self.clock_us = self.clock_us.saturating_add(raw.passed_us);
        Some(Step::Record(Record::of(raw.kind, raw.payload)))
    }
}
