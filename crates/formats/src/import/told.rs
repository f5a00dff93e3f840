//! What a reader told, counted: for tests.

use super::read;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Action, Collected, Event, Extents, Manifest, NoteKind, Sink, SpaceId, Stacks, Stopped};
use proptest::prelude::*;
use std::collections::{BTreeMap, HashMap};

/// The run that `bytes` hold.
pub(super) fn told(bytes: &[u8]) -> (Result<Format, ImportError>, Collected) {
    let mut collected = Collected::default();
    let read = read(bytes, &mut collected);
    (read, collected)
}

/// The run that `text` holds; it has to be readable.
pub(super) fn run(text: impl AsRef<[u8]>) -> Collected {
    let (read, collected) = told(text.as_ref());
    read.unwrap();
    assert!(collected.has_begun);
    collected
}

/// Why `text` cannot be read.
pub(super) fn refusal(text: impl AsRef<[u8]>) -> String {
    told(text.as_ref()).0.unwrap_err().to_string()
}

/// The notes of a kind.
pub(super) fn notes(run: &Collected, kind: NoteKind) -> Vec<&str> {
    run.manifest.notes.iter().filter(|note| note.kind == kind).map(|note| &*note.text).collect()
}

/// Figures of a run, by its events alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Totals {
    pub(super) allocations: u64,
    pub(super) frees: u64,
    pub(super) unmatched: u64,
    pub(super) peak: u128,
    pub(super) peak_us: u64,
    pub(super) live: u128,
    pub(super) live_count: usize,
    /// By label, bytes that live at the end.
    pub(super) categories: BTreeMap<String, u128>,
}

/// Counts the events of `run`.
pub(super) fn totals(run: &Collected) -> Totals {
    let mut totals = Totals::default();
    let mut live = HashMap::new();
    let mut time = 0;
    for event in &run.events {
        assert!(event.time_us >= time, "times go back");
        time = event.time_us;
        match event.action {
            Action::Allocate { id, bytes, category, .. } => {
                totals.allocations += 1;
                totals.live += u128::from(bytes);
                assert!(live.insert(id, (bytes, category)).is_none(), "id {id} lives twice");
            }
            Action::Free { id } => match live.remove(&id) {
                Some((bytes, _)) => {
                    totals.frees += 1;
                    totals.live -= u128::from(bytes);
                }
                None => totals.unmatched += 1,
            },
            Action::Resize { id, bytes } => match live.get_mut(&id) {
                Some(known) => {
                    totals.live = totals.live - u128::from(known.0) + u128::from(bytes);
                    known.0 = bytes;
                }
                None => totals.unmatched += 1,
            },
            _ => {}
        }
        if totals.live > totals.peak {
            (totals.peak, totals.peak_us) = (totals.live, event.time_us);
        }
    }
    totals.live_count = live.len();
    for (bytes, category) in live.values() {
        let label = run.manifest.categories[usize::from(category.0)].label.clone();
        *totals.categories.entry(label).or_default() += u128::from(*bytes);
    }
    totals
}

/// The stacks by what lives in them at the end: `bytes leaf<caller<…`.
pub(super) fn live_stacks(run: &Collected) -> Vec<String> {
    let mut live = BTreeMap::new();
    for event in &run.events {
        match event.action {
            Action::Allocate { id, bytes, .. } => _ = live.insert(id, (event.site, bytes)),
            Action::Resize { id, bytes } => _ = live.get_mut(&id).map(|known| known.1 = bytes),
            Action::Free { id } => _ = live.remove(&id),
            _ => {}
        }
    }
    let shown = |(site, bytes)| {
        let names = run.stacks.frames_of(site).map(|frame| format!("{} {}:{}", frame.function, frame.file, frame.line));
        format!("{bytes} {}", names.collect::<Vec<_>>().join(" < "))
    };
    live.into_values().map(shown).collect()
}

/// Counts, and keeps nothing.
#[derive(Default)]
pub(super) struct Counting {
    manifest: Manifest,
    stacks: Stacks,
    extents: Extents,
    pub(super) events: u64,
    pub(super) bytes: u64,
    time_us: u64,
}

impl Sink for Counting {
    fn manifest(&mut self) -> &mut Manifest {
        &mut self.manifest
    }
    fn stacks(&mut self) -> &mut Stacks {
        &mut self.stacks
    }
    fn extent(&mut self, space: SpaceId, address: u64, bytes: u64) {
        self.extents.add(space, address, bytes);
    }
    fn begin(&mut self) -> Result<(), Stopped> {
        Ok(())
    }
    fn event(&mut self, event: Event) -> Result<(), Stopped> {
        assert!(event.time_us >= self.time_us, "times go back");
        self.time_us = event.time_us;
        self.events += 1;
        if let Action::Allocate { bytes, space, address, category, .. } = event.action {
            self.bytes = self.bytes.wrapping_add(bytes);
            assert!(usize::from(category.0) < self.manifest.categories.len());
            let space_of = &self.manifest.spaces[usize::from(space.0)];
            assert!(!space_of.has_addresses || self.extents.offset_of(space, address).is_some() || bytes == 0);
        }
        Ok(())
    }
}

/// As many cases as `PROPTEST_CASES` says, or ten thousand.
pub(super) fn cases() -> ProptestConfig {
    let cases = std::env::var("PROPTEST_CASES").ok().and_then(|cases| cases.parse().ok()).unwrap_or(10_000);
    ProptestConfig { cases, max_shrink_iters: 200, ..ProptestConfig::default() }
}

/// What is done to a valid file: where, what, with which byte.
pub(super) type Mutation = (prop::sample::Index, u8, u8);

/// One to four mutations.
pub(super) fn mutations() -> impl Strategy<Value = Vec<Mutation>> {
    prop::collection::vec((any::<prop::sample::Index>(), 0..6_u8, any::<u8>()), 1..5)
}

/// Reads `valid` with bytes changed, cut, put in or doubled: no panic, an end, and no more
/// events and stacks than the file has bytes for.
pub(super) fn survives(format: Format, valid: &[u8], mutations: &[Mutation]) {
    let mut bytes = valid.to_vec();
    for &(index, kind, byte) in mutations {
        let at = index.index(bytes.len() + 1);
        match kind {
            0 if at < bytes.len() => bytes[at] = byte,
            1 if at < bytes.len() => bytes[at] ^= 1 << (byte % 8),
            2 => bytes.truncate(at),
            3 => {
                let end = bytes.len().min(at + usize::from(byte));
                let piece = bytes[at..end].to_vec();
                bytes.splice(at..at, piece);
            }
            4 => drop(bytes.drain(at..bytes.len().min(at + usize::from(byte % 16)))),
            _ => bytes.insert(at, byte),
        }
    }
    let mut counting = Counting::default();
    let _ = format.read(&mut bytes.as_slice(), &mut counting);
    let most = 4 * bytes.len() as u64 + 64;
    assert!(counting.events <= most, "{} events of {} bytes", counting.events, bytes.len());
    assert!(counting.stacks.len() as u64 <= 64 * most, "{} stacks of {} bytes", counting.stacks.len(), bytes.len());
}
