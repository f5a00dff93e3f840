//! Batches as they come, into events in order of time.

use super::batch::{FILE_MAGIC, Header};
use super::living::{Living, WORK_KINDS, Work};
use super::record::Record;
use super::stream::{Step, Stream};
use super::survey::Survey;
use super::teller::Teller;
use crate::import::error::ImportError;
use arenascope_trace::{Sink, Stopped};
use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap};

/// How long what came is held back, so that other realms can still tell what was before it;
/// longer than a realm keeps a batch (100 ms) and than a creation takes to be known failed.
const HELD_US: u64 = 250_000;
/// Most realms of a recording.
const REALMS_MAX: usize = 4096;

/// Decodes a probe's stream, piece by piece.
///
/// Realms have clocks and batches of their own: their records are merged by time, and held
/// back for a quarter of a second, so that creations that fail are in no total. The last of
/// them come by [`Self::flush`].
///
/// ```
/// use arenascope_formats::import::probe::Decoder;
/// use arenascope_trace::Collected;
/// let (mut decoder, mut run) = (Decoder::live(), Collected::default());
/// decoder.feed(b"ASPROBE\0", &mut run)?;
/// decoder.finish(&mut run)?;
/// assert!(run.events.is_empty());
/// # Ok::<(), arenascope_formats::import::ImportError>(())
/// ```
#[derive(Debug, Default)]
pub struct Decoder {
    /// What came of a batch that is not whole.
    input: Vec<u8>,
    /// Bytes before `input`.
    at: u64,
    /// Whether the file's magic may come.
    has_begun: bool,
    streams: Vec<Stream>,
    by_realm: HashMap<u64, usize>,
    /// When the next record of each realm happened that has one.
    queue: BinaryHeap<Reverse<(u64, usize)>>,
    is_queued: Vec<bool>,
    newest_us: u64,
    batches: u64,
    survey: Survey,
    teller: Teller,
    /// Whether everything is held back until the end.
    is_whole: bool,
}

impl Decoder {
    /// Of a stream that is shown while it comes.
    pub fn live() -> Self {
        Self::default()
    }

    /// Of a file: everything is told at the end, in perfect order, with no address space
    /// that was not said before. It takes the memory of the file.
    pub fn whole() -> Self {
        Self { is_whole: true, ..Self::default() }
    }

    /// Whole batches so far.
    pub const fn batches(&self) -> u64 {
        self.batches
    }

    /// Bytes of a batch that has not come whole, and where it begins.
    pub const fn rest(&self) -> (usize, u64) {
        (self.input.len(), self.at)
    }

    /// Takes in the next bytes, of any number, and tells what is old enough. O(bytes, and
    /// what is told).
    ///
    /// # Errors
    /// [`ImportError`]: what is no batch, with its place. It is left out; the next piece
    /// begins a batch. Or the sink's [`Stopped`].
    pub fn feed(&mut self, bytes: &[u8], sink: &mut dyn Sink) -> Result<(), ImportError> {
        self.input.extend_from_slice(bytes);
        let mut from = 0;
        let read = loop {
            match self.take_batch(from) {
                Ok(0) => break Ok(()),
                Ok(taken) => from += taken,
                Err(error) => break Err(error),
            }
        };
        from = if read.is_err() { self.input.len() } else { from };
        self.input.drain(..from);
        self.at += from as u64;
        read?;
        if !self.is_whole {
            self.tell_until(self.newest_us.saturating_sub(HELD_US), sink)?;
        }
        Ok(())
    }

    /// Takes in the batch at `from` of the input; its length, 0 where it is not whole.
    fn take_batch(&mut self, from: usize) -> Result<usize, ImportError> {
        let input = &self.input[from..];
        if !self.has_begun && !input.is_empty() {
            let known = input.len().min(FILE_MAGIC.len());
            if input[..known] == FILE_MAGIC[..known] {
                self.has_begun = known == FILE_MAGIC.len();
                return Ok(if self.has_begun { known } else { 0 });
            }
            self.has_begun = true;
        }
        if input.is_empty() {
            return Ok(0);
        }
        let Some(header) = Header::of(input, self.at + from as u64)? else { return Ok(0) };
        let Some(batch) = input.get(..header.bytes) else { return Ok(0) };
        let batch = &batch[header.header_bytes..];
        self.batches += 1;
        let realms = self.streams.len();
        let realm = *self.by_realm.entry(header.realm).or_insert(realms);
        if realm == realms {
            if realm == REALMS_MAX {
                self.by_realm.remove(&header.realm);
                self.teller.voice.counts.realms_over += 1;
                return Ok(header.bytes);
            }
            self.streams.push(Stream::default());
            self.is_queued.push(false);
        }
        let stream = &mut self.streams[realm];
        let is_known = stream.is_known();
        if !stream.push(header, batch) {
            self.teller.voice.counts.late += 1;
            return Ok(header.bytes);
        }
        let hello = self.survey.look(realm, batch);
        if !is_known {
            // Of a realm that does not say when it began, the first batch is of now.
            let begun = hello.map(|hello| hello.time_origin_us);
            stream.origin_us = begun.unwrap_or_else(|| self.newest_us.saturating_sub(header.time_us));
        }
        self.newest_us = self.newest_us.max(stream.origin_us.saturating_add(header.time_us));
        self.wait_for(realm);
        Ok(header.bytes)
    }

    /// Queues a realm that has something to tell.
    fn wait_for(&mut self, realm: usize) {
        if !self.is_queued[realm]
            && let Some(time_us) = self.streams[realm].next_us()
        {
            self.is_queued[realm] = true;
            self.queue.push(Reverse((time_us, realm)));
        }
    }

    /// Tells what happened until `until_us` since 1970.
    fn tell_until(&mut self, until_us: u64, sink: &mut dyn Sink) -> Result<(), Stopped> {
        while let Some(&Reverse((first_us, realm))) = self.queue.peek() {
            if first_us > until_us {
                break;
            }
            self.queue.pop();
            self.is_queued[realm] = false;
            // As long as no other realm has something earlier to tell.
            let others = self.queue.peek().map(|Reverse(next)| *next);
            let mut told = Ok(());
            while let (Ok(()), Some(time_us)) = (told, self.streams[realm].next_us()) {
                if time_us > until_us || others.is_some_and(|others| others < (time_us, realm)) {
                    break;
                }
                told = self.tell(realm, time_us, sink);
            }
            self.wait_for(realm);
            told?;
        }
        Ok(())
    }

    /// Tells the next of a realm.
    fn tell(&mut self, realm: usize, time_us: u64, sink: &mut dyn Sink) -> Result<(), Stopped> {
        match self.streams[realm].next() {
            Some(Step::Record(Record::RealmEnd { realm: gone, reason })) => {
                let gone = self.by_realm.get(&gone).copied();
                gone.map_or(Ok(()), |gone| self.teller.end_realm(gone, time_us, reason, sink))
            }
            Some(step) => self.teller.tell(realm, time_us, step, &mut self.survey, sink),
            None => Ok(()),
        }
    }

    /// Tells all that is held back: when nothing came for a while.
    ///
    /// # Errors
    /// [`ImportError::Stopped`].
    pub fn flush(&mut self, sink: &mut dyn Sink) -> Result<(), ImportError> {
        self.tell_until(u64::MAX, sink)?;
        Ok(())
    }

    /// Tells all that is left, and notes what was met. Once.
    ///
    /// # Errors
    /// [`ImportError::Stopped`].
    pub fn finish(&mut self, sink: &mut dyn Sink) -> Result<(), ImportError> {
        self.flush(sink)?;
        self.teller.voice.counts.damaged = self.streams.iter().map(|stream| stream.damaged).sum();
        self.teller.note(sink);
        Ok(())
    }

    /// Puts what deserves a look by now into the manifest: at the end that is done anyway.
    /// O(what lives).
    pub fn say_findings(&self, sink: &mut dyn Sink) {
        self.teller.say_findings(sink);
    }

    /// Everything that lives, in order of its number, what is apart from the totals
    /// included; allocations inside wasm memories are not. O(what lives).
    pub fn alive(&self) -> Vec<Living> {
        self.teller.alive()
    }

    /// Calls so far, by the protocol's counters: 1 submits, 2 `writeBuffer`, …
    pub const fn work(&self) -> &[Work; WORK_KINDS] {
        &self.teller.work
    }
}
