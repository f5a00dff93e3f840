//! Tokens as events.

use super::merge::SNAPSHOTS;
use super::spaces::{GPU, SYSTEM};
use super::survey::Survey;
use super::token::{HEAP, KINDS, Token};
use crate::import::error::ImportError;
use arenascope_trace::{Action, Event, NoteKind, Sink, Site, SpaceId};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Where no stream says how fast its clock is: that of the traces of Windows.
const FREQUENCY: u64 = 10_000_000;
/// Most names of moments; more have none of their own.
const MARKERS_MAX: usize = 1 << 10;

/// A resource that is.
#[derive(Debug)]
struct Resource {
    kind: u8,
    name: Site,
    /// Its allocations: space, address and id.
    bound: Vec<(SpaceId, u64, u64)>,
}

/// What contradicts what was before: how often, and when first, µs.
#[derive(Debug, Default)]
struct Doubts(BTreeMap<&'static str, (u64, u64)>);

impl Doubts {
    fn count(&mut self, what: &'static str, time_us: u64) {
        self.0.entry(what).or_insert((0, time_us)).0 += 1;
    }
}

/// The trace as far as it was told.
pub(super) struct Replay<'s> {
    survey: &'s Survey,
    frequency: u64,
    /// Ranges that the driver has, by address.
    reserved: BTreeMap<u64, u64>,
    resources: HashMap<u32, Resource>,
    /// All that is bound: space, address and id.
    bound: BTreeSet<(SpaceId, u64, u64)>,
    created: usize,
    next_id: u64,
    heaps: u64,
    unplaced: u64,
    others: u64,
    doubts: Doubts,
}

impl<'s> Replay<'s> {
    pub(super) fn new(survey: &'s Survey) -> Self {
        let frequency = if survey.frequency == 0 { FREQUENCY } else { u64::from(survey.frequency) };
        let (reserved, resources, bound) = (BTreeMap::new(), HashMap::new(), BTreeSet::new());
        let (created, next_id, heaps, unplaced, others) = (0, 1, 0, 0, 0);
        let doubts = Doubts::default();
        Self { survey, frequency, reserved, resources, bound, created, next_id, heaps, unplaced, others, doubts }
    }

    /// Tells what a token means.
    pub(super) fn apply(
        &mut self,
        ticks: u64,
        stream: usize,
        token: Token,
        sink: &mut dyn Sink,
    ) -> Result<(), ImportError> {
        let since = u128::from(ticks.saturating_sub(self.survey.begin));
        let time_us = u64::try_from(since * 1_000_000 / u128::from(self.frequency)).unwrap_or(u64::MAX);
        let thread = if stream == SNAPSHOTS { 0 } else { stream as u16 };
        let mut tell = Telling { time_us, thread, sink };
        match token {
            Token::Allocate { address, bytes } => self.reserve(address, bytes, &mut tell),
            Token::Free { address } => self.release(address, &mut tell),
            Token::Create { resource, kind } => self.create(resource, kind, &mut tell),
            Token::Destroy { resource } => self.destroy(resource, &mut tell),
            Token::Bind { resource, address, bytes, is_system } => {
                self.bind(resource, if is_system { SYSTEM } else { GPU }, address, bytes, &mut tell)
            }
            Token::Snapshot { name } => tell.mark(&name),
            Token::Misc(3) => tell.mark("Present"),
            Token::Misc(6) => tell.mark("The system asked to trim memory"),
            Token::Misc(_) | Token::Other => {
                self.others += 1;
                Ok(())
            }
            Token::Timestamp { .. } | Token::Later { .. } | Token::Name { .. } => Ok(()),
        }
    }

    fn reserve(&mut self, address: u64, bytes: u64, tell: &mut Telling<'_>) -> Result<(), ImportError> {
        if self.reserved.insert(address, bytes).is_some() {
            self.doubts.count("allocations at an address that is allocated", tell.time_us);
        }
        tell.event(Site::NONE, Action::Reserve { space: GPU, address, bytes })
    }

    /// What is still bound there ends before it.
    fn release(&mut self, address: u64, tell: &mut Telling<'_>) -> Result<(), ImportError> {
        let Some(bytes) = self.reserved.remove(&address) else {
            self.doubts.count("frees of addresses that were not allocated", tell.time_us);
            return Ok(());
        };
        let within = (GPU, address, 0)..(GPU, address.saturating_add(bytes), 0);
        let ends: Vec<_> = self.bound.range(within).copied().collect();
        for place in ends {
            self.bound.remove(&place);
            tell.event(Site::NONE, Action::Free { id: place.2 })?;
        }
        tell.event(Site::NONE, Action::Release { space: GPU, address, bytes })
    }

    fn create(&mut self, id: u32, kind: u8, tell: &mut Telling<'_>) -> Result<(), ImportError> {
        if self.resources.contains_key(&id) {
            self.doubts.count("resources with the number of one that lives", tell.time_us);
            self.destroy(id, tell)?;
        }
        let name = self.survey.names.get(self.created).copied().unwrap_or_default();
        self.created += 1;
        self.heaps += u64::from(kind == HEAP);
        self.resources.insert(id, Resource { kind, name, bound: Vec::new() });
        Ok(())
    }

    fn destroy(&mut self, id: u32, tell: &mut Telling<'_>) -> Result<(), ImportError> {
        let Some(resource) = self.resources.remove(&id) else {
            self.doubts.count("ends of resources that are not known", tell.time_us);
            return Ok(());
        };
        for place in resource.bound {
            // Unless it ended with the range that it lay in.
            if self.bound.remove(&place) {
                tell.event(Site::NONE, Action::Free { id: place.2 })?;
            }
        }
        Ok(())
    }

    fn bind(
        &mut self,
        id: u32,
        space: SpaceId,
        address: u64,
        bytes: u64,
        tell: &mut Telling<'_>,
    ) -> Result<(), ImportError> {
        if address == 0 {
            self.unplaced += 1;
            return Ok(());
        }
        let known = self.resources.get_mut(&id);
        if known.is_none() {
            self.doubts.count("memory for resources that are not known", tell.time_us);
        }
        let (kind, name) = known.as_ref().map_or((None, Site::NONE), |known| (Some(known.kind), known.name));
        if kind == Some(HEAP) {
            return Ok(());
        }
        if space == GPU && !is_within(&self.reserved, address, bytes) {
            self.doubts.count("resources outside of what is allocated", tell.time_us);
        }
        let place = (space, address, self.next_id);
        self.next_id += 1;
        self.bound.insert(place);
        known.into_iter().for_each(|known| known.bound.push(place));
        let label = kind.and_then(|kind| KINDS.get(usize::from(kind))).copied().unwrap_or("Unknown");
        let category = tell.sink.manifest().category(label);
        tell.event(name, Action::Allocate { id: place.2, space, address, bytes, category })
    }

    /// Notes what was met.
    pub(super) fn finish(self, sink: &mut dyn Sink) {
        let manifest = sink.manifest();
        if self.survey.frequency == 0 {
            let text = "no stream says how fast its clock is: 10 MHz are taken, and times may be wrong by a factor";
            manifest.note(NoteKind::Missing, text);
        }
        for (what, (count, first_us)) in self.doubts.0 {
            manifest.note(NoteKind::Contradiction, format!("{count} {what}, the first {first_us} µs after the start"));
        }
        for (count, what) in [
            (self.heaps, "heaps are not counted: they are what other resources lie in"),
            (self.unplaced, "resources were bound to no address, and are not counted"),
            (
                self.others,
                "tokens are no allocations (page tables, residency, mappings, submissions), and are left out",
            ),
        ] {
            if count != 0 {
                manifest.note(NoteKind::Remark, format!("{count} {what}"));
            }
        }
    }
}

/// Whether one range holds all of it.
fn is_within(ranges: &BTreeMap<u64, u64>, address: u64, bytes: u64) -> bool {
    let range = ranges.range(..=address).next_back();
    range.is_some_and(|(from, length)| address.saturating_add(bytes) <= from.saturating_add(*length))
}

/// Who is told, and when it was.
struct Telling<'k> {
    time_us: u64,
    thread: u16,
    sink: &'k mut dyn Sink,
}

impl Telling<'_> {
    fn event(&mut self, site: Site, action: Action) -> Result<(), ImportError> {
        Ok(self.sink.event(Event { time_us: self.time_us, thread: self.thread, site, action })?)
    }

    fn mark(&mut self, text: &str) -> Result<(), ImportError> {
        let manifest = self.sink.manifest();
        let is_full = manifest.markers.len() >= MARKERS_MAX;
        let marker = manifest.marker(if is_full { "Snapshot" } else { text });
        self.event(Site::NONE, Action::Mark { marker })
    }
}
