//! A run at a moment, as a side of a comparison.

use super::about::About;
use super::align::Landings;
use super::figure::{Fact, Unit, parts_per_million};
use super::findings::findings;
use super::lifetimes::ended;
use super::moment::{Landed, Moment, MomentError};
use super::side::{CategoryFacts, FailureKey, Had, LimitFacts, ObjectKey, OwnerKey, Place, Side, Thing};
use super::usage::{Usage, pass};
use super::watched::Watch;
use crate::moment::free_space::FreeSpace;
use crate::run::names::Names;
use crate::run::page_link::text_of;
use arenascope_recording::{AliveThing, Cursor, Reader, Standing, State, Tables};
use arenascope_session::manifest::Manifest as Session;
use arenascope_telemetry::event::{FailureReason, Op};
use arenascope_trace::{CannotTell, Manifest, NoteKind, Stopped};
use arenascope_units::owner::{Heap, MemoryCategory, Owner, Tag};
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use thiserror::Error;

/// A run, and the moment of it that is compared.
pub struct RunOf<'r, 'l> {
    /// The newest run that it sees.
    pub reader: &'r Reader<'l>,
    /// Its name.
    pub name: &'r str,
    /// Tells it from other runs: moments of one run have the same.
    pub run: u64,
    /// The moment.
    pub moment: Moment,
}

/// Why a run cannot be compared.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum SideError {
    /// It has no events.
    #[error("{run} has no events")]
    Empty {
        /// Its name.
        run: String,
    },
    /// It has no such moment.
    #[error(transparent)]
    Moment(#[from] MomentError),
    /// Nobody wants to know any more.
    #[error("the comparison was cancelled")]
    Stopped,
}

impl From<Stopped> for SideError {
    fn from(_: Stopped) -> Self {
        Self::Stopped
    }
}

/// What is known of a run while its side is made.
struct Making<'m, 'l> {
    reader: &'m Reader<'l>,
    names: Names,
    manifest: Manifest,
    tables: Option<Arc<Tables>>,
    landed: Landed,
}

impl RunOf<'_, '_> {
    /// Its side. O(events of the run).
    ///
    /// # Errors
    /// [`SideError`].
    pub fn side(&self, watch: &mut Watch<'_>) -> Result<Side, SideError> {
        let reader = self.reader;
        let range = reader.run();
        if range.is_empty() {
            return Err(SideError::Empty { run: self.name.into() });
        }
        let tables = reader.log().tables();
        let manifest = tables.as_ref().map(|tables| tables.manifest.clone()).unwrap_or_default();
        let names = names_of(tables.as_deref());
        let landings = Landings::of(reader, &manifest.markers);
        let landed = self.moment.in_run(reader, &landings, self.name)?;
        let making = Making { reader, names, manifest, tables, landed };
        let up_to = range.start..landed.position;
        let mut usage = Usage::before(reader, range.start);
        pass(reader, up_to.clone(), &mut usage, watch, |_, _| ())?;
        let mut cursor = Cursor::new();
        let empty = || SideError::Empty { run: self.name.into() };
        let state = cursor.seek(reader, landed.position).ok_or_else(empty)?;
        let mut side = making.alive(state);
        side.run = self.run;
        side.about = making.about(self, &state.standing);
        side.facts = making.facts(&usage, &side, &state.standing);
        side.facts.extend(making.free_space(state));
        side.categories = making.categories(&usage, &side);
        side.pool = making.pool(state);
        side.limits = making.limits(&usage, &side, state);
        side.lifetimes = match making.manifest.cannot_tell.get(&CannotTell::Frees) {
            Some(why) => Err(why.clone()),
            None => Ok(ended(reader, up_to.clone(), watch)?),
        };
        let owners = side.owners.len().max(making.tables.as_ref().map_or(0, |tables| tables.tags.len()));
        side.findings = findings((reader, &making.names), &making.manifest, up_to, owners, watch)?;
        side.failures = Ok(making.failures(range.start));
        side.landings = landings;
        Ok(side)
    }
}

fn names_of(tables: Option<&Tables>) -> Names {
    match tables {
        Some(tables) => Names::of(&tables.manifest, tables.tags.as_slice().into()),
        None => Names::engine(),
    }
}

impl Making<'_, '_> {
    fn owner_key(&self, owner: Owner) -> OwnerKey {
        let tag = if owner.tag == Tag::NONE { "(no label)" } else { self.names.tag(owner.tag) };
        OwnerKey { category: self.names.category(owner.category).into(), owner: tag.into() }
    }

    /// Everything that is alive, and whose it is: charged to the category that paid, named by
    /// the last holder.
    fn alive(&self, state: &State) -> Side {
        let mut owners: HashMap<Owner, u32> = HashMap::new();
        let mut side = self.bare();
        let mut objects: BTreeMap<(Owner, bool, u64), u64> = BTreeMap::new();
        for heap in Heap::ALL {
            for alive in state.of(heap) {
                let born = self.reader.origin(alive.event).unwrap_or(alive.event);
                let kind = self.reader.kind(born).unwrap_or_default();
                let owner = Owner::new(kind.owner().category, alive.owner.tag);
                let next = owners.len() as u32;
                let number = *owners.entry(owner).or_insert(next);
                if number == next {
                    side.owners.push(self.owner_key(owner));
                }
                let (place, bytes) = (self.place(heap, alive), alive.size_bytes);
                if place.is_none() {
                    *objects.entry((owner, alive.is_held, bytes)).or_default() += 1;
                }
                side.things.push(Thing { identity: born, owner: number, place, bytes, site: kind.site() });
            }
        }
        let object = |((owner, is_held, size_bytes), count): ((Owner, bool, u64), u64)| {
            let key = ObjectKey { owner: self.owner_key(owner), is_held, size_bytes };
            (key, size_bytes.saturating_mul(count), count)
        };
        side.objects = objects.into_iter().map(object).collect();
        side.line_bytes = state.standing.capacity_bytes;
        side
    }

    fn bare(&self) -> Side {
        let spaces = match &self.tables {
            Some(tables) => tables.manifest.spaces.iter().map(|space| space.label.clone()).collect(),
            None => vec!["Arena".into()],
        };
        let no_stacks = || match self.manifest.cannot_tell.get(&CannotTell::Stacks) {
            Some(why) => why.clone(),
            None => "our own runs have labels, and no call stacks".into(),
        };
        let tables: Had<Arc<Tables>> =
            self.tables.clone().filter(|tables| !tables.stacks.is_empty()).ok_or_else(no_stacks);
        Side { spaces, tables, ..Side::empty() }
    }

    fn place(&self, heap: Heap, alive: &AliveThing) -> Option<Place> {
        let offset = (heap == Heap::Arena).then_some(alive.offset_bytes)?;
        match &self.tables {
            None => Some(Place { space: 0, address: offset, offset }),
            Some(tables) => {
                let (space, address) = tables.extents.address_of(offset)?;
                Some(Place { space: space.0, address, offset })
            }
        }
    }

    fn about(&self, run: &RunOf<'_, '_>, standing: &Standing) -> About {
        let range = self.reader.run();
        let position = self.landed.position;
        let last_us = position.checked_sub(1).and_then(|last| self.reader.time_us(last)).unwrap_or(0);
        let contradictions = self.manifest.notes.iter().filter(|note| note.kind == NoteKind::Contradiction);
        let about = About {
            name: run.name.into(),
            has_times: self.names.has_times(),
            moment: run.moment.clone(),
            is_cut: self.landed.is_cut,
            time_us: last_us,
            events: position - range.start,
            events_of_run: range.end - range.start,
            lost_events: standing.gaps.lost,
            contradictions: contradictions.map(|note| note.text.clone()).collect(),
            ..About::default()
        };
        match &self.tables {
            Some(_) => self.about_others(about),
            None => self.about_ours(about, standing),
        }
    }

    fn about_others(&self, about: About) -> About {
        let source = &self.manifest.source;
        let capacities: Option<Vec<u64>> = self.manifest.spaces.iter().map(|space| space.capacity_bytes).collect();
        About {
            format: source.label.clone(),
            tool: source.tool.clone(),
            subject: source.subject.clone(),
            host: source.host.clone(),
            capacity_bytes: capacities
                .filter(|all| !all.is_empty())
                .map(|all| all.iter().fold(0, |sum: u64, bytes| sum.saturating_add(*bytes))),
            made_ms: source.begun_ms.and_then(|ms| i64::try_from(ms).ok()),
            ..about
        }
    }

    fn about_ours(&self, about: About, standing: &Standing) -> About {
        let session = self.reader.manifest().and_then(|text| Session::from_text(&text));
        let config = session.as_ref().map(|session| &session.config);
        About {
            format: "Arenascope recording".into(),
            tool: session.as_ref().map(|session| format!("Arenascope {}", session.version)),
            scenario: config.map(|config| text_of(config, "scenario")),
            seed: config.map(|config| config.seed),
            policy: config.map(|config| text_of(config, "policy")),
            capacity_bytes: Some(standing.capacity_bytes).filter(|bytes| *bytes > 0),
            made_ms: session.as_ref().and_then(|session| i64::try_from(session.begun_ms?).ok()),
            ..about
        }
    }

    fn facts(&self, usage: &Usage, side: &Side, standing: &Standing) -> Vec<Fact> {
        let fact = |label, unit, value| Fact { label, unit, value };
        let (live_bytes, live_count) = side.live();
        let peak_us = if self.names.has_times() { self.reader.time_us(usage.peak.event) } else { None };
        let reserved = |bytes: u64| (usage.reserved_peak.bytes > 0).then_some(bytes);
        let failures = standing.count(Op::ArenaFailure) + standing.count(Op::BudgetRefusal);
        vec![
            fact("Live", Unit::Bytes, Some(live_bytes)),
            fact("Live things", Unit::Count, Some(live_count)),
            fact("Peak", Unit::Bytes, Some(usage.peak.bytes)),
            fact("Peak at", Unit::Micros, peak_us),
            fact("Reserved", Unit::Bytes, reserved(usage.reserved)),
            fact("Reserved, peak", Unit::Bytes, reserved(usage.reserved_peak.bytes)),
            fact("Allocations", Unit::Count, Some(usage.came)),
            fact("Allocated in all", Unit::Bytes, Some(usage.came_bytes)),
            fact("Frees", Unit::Count, Some(usage.went)),
            fact("Refused requests", Unit::Count, Some(failures)),
            fact("Events", Unit::Count, Some(self.landed.position - self.reader.run().start)),
        ]
    }

    /// Of our own arena alone: others' spaces lie folded on the line.
    fn free_space(&self, state: &State) -> Vec<Fact> {
        if !self.names.is_engine() {
            return Vec::new();
        }
        let space = FreeSpace::of(state);
        let fragmentation = parts_per_million(space.external_fragmentation());
        let fact = |label, unit, value| Fact { label, unit, value: Some(value) };
        vec![
            fact("Arena free", Unit::Bytes, space.bytes()),
            fact("Largest free range", Unit::Bytes, space.largest_bytes()),
            fact("Free ranges", Unit::Count, space.count()),
            fact("External fragmentation", Unit::PartsPerMillion, fragmentation),
        ]
    }

    fn categories(&self, usage: &Usage, side: &Side) -> Vec<CategoryFacts> {
        let mut counts: HashMap<&str, u64> = HashMap::new();
        side.things.iter().for_each(|thing| *counts.entry(&side.owner(thing).category).or_default() += 1);
        let of = |category: MemoryCategory| {
            let (label, peak) = (self.names.category(category), usage.peaks[category.index()]);
            CategoryFacts {
                label: label.into(),
                bytes: usage.category(category.index()),
                count: counts.get(label).copied().unwrap_or(0),
                peak_bytes: Some(peak.bytes),
                peak_us: (peak.bytes > 0 && self.names.has_times()).then(|| self.reader.time_us(peak.event)).flatten(),
            }
        };
        self.names.categories().map(of).collect()
    }

    fn pool(&self, state: &State) -> Vec<Fact> {
        if !self.names.is_engine() {
            return Vec::new();
        }
        let standing = &state.standing;
        let [hits, created] = [Op::PoolReuse, Op::PoolCreate].map(|op| standing.count(op));
        let bytes = |is_held: bool| {
            let of = state.resources().iter().filter(|thing| thing.is_held == is_held);
            of.map(|thing| thing.size_bytes).sum::<u64>()
        };
        pool_facts(
            [hits, created, standing.count(Op::PoolDestroy), bytes(true), bytes(false)],
            [Op::TensorReuse, Op::TensorCreate].map(|op| standing.count(op)),
        )
    }

    fn limits(&self, usage: &Usage, side: &Side, state: &State) -> Vec<LimitFacts> {
        let limit = |label: &str, level, bytes, limit_bytes, refusals| LimitFacts {
            label: label.into(),
            level,
            bytes,
            limit_bytes,
            refusals,
        };
        let standing = &state.standing;
        if let Some(tables) = &self.tables {
            let mut held = vec![0_u64; tables.manifest.spaces.len()];
            let placed = side.things.iter().filter_map(|thing| Some((thing.place?.space, thing.bytes)));
            // Of memory without addresses, the number of the space stands where the offset does.
            let unplaced = state.resources().iter().map(|thing| (thing.offset_bytes as u8, thing.size_bytes));
            for (space, bytes) in placed.chain(unplaced) {
                held.iter_mut().skip(space.into()).take(1).for_each(|held| *held = held.saturating_add(bytes));
            }
            let space = |(space, held): (&arenascope_trace::Space, u64)| {
                limit(&space.label, "space", held, space.capacity_bytes, None)
            };
            return tables.manifest.spaces.iter().zip(held).map(space).collect();
        }
        let total = Some(standing.capacity_bytes).filter(|bytes| *bytes > 0);
        let all = limit("Total", "total", usage.total, total, Some(standing.count(Op::BudgetRefusal)));
        let heap = |heap: Heap| limit(self.names.heap(heap), "heap", standing.heap_bytes(heap), None, None);
        let category = |category: MemoryCategory| {
            limit(self.names.category(category), "category", usage.category(category.index()), None, None)
        };
        let heaps = Heap::ALL.into_iter().map(heap);
        core::iter::once(all).chain(heaps).chain(self.names.categories().map(category)).collect()
    }

    fn failures(&self, from: u64) -> Vec<(FailureKey, u64, u64)> {
        let mut sums: BTreeMap<FailureKey, (u64, u64)> = BTreeMap::new();
        let range = from..self.landed.position;
        let is_one = |op: Op| matches!(op, Op::ArenaFailure | Op::BudgetRefusal);
        for event in self.reader.scan(range, |kind| is_one(kind.op())).filter_map(|index| self.reader.event(index)) {
            let cause = match (event.op, &self.tables) {
                (Op::BudgetRefusal, _) => "budget".into(),
                (_, Some(tables)) => {
                    let space = tables.manifest.spaces.get(event.offset_bytes as usize);
                    space.map_or_else(|| "out of memory".into(), |space| format!("out of memory: {}", space.label))
                }
                (_, None) => {
                    let reason = FailureReason::from_detail(event.detail).map_or("refused", FailureReason::label);
                    format!("arena: {reason}")
                }
            };
            let (bytes, count) = sums.entry(FailureKey { cause, owner: self.owner_key(event.owner) }).or_default();
            *bytes = bytes.saturating_add(event.size_bytes);
            *count += 1;
        }
        sums.into_iter().map(|(key, (bytes, count))| (key, bytes, count)).collect()
    }
}

/// Figures of the pools: hits, creations, destructions, bytes held and given back; hits and
/// creations of tensors.
pub(super) fn pool_facts(gpu: [u64; 5], tensors: [u64; 2]) -> Vec<Fact> {
    let [hits, created, destroyed, held, given_back] = gpu;
    let fact = |label, unit, value| Fact { label, unit, value };
    let ratio = |hits: u64, created: u64| {
        let all = hits.saturating_add(created);
        (all > 0).then(|| parts_per_million(hits as f64 / all as f64))
    };
    vec![
        fact("Hits", Unit::Count, Some(hits)),
        fact("Creations", Unit::Count, Some(created)),
        fact("Hit ratio", Unit::PartsPerMillion, ratio(hits, created)),
        fact("Destructions", Unit::Count, Some(destroyed)),
        fact("In use", Unit::Bytes, Some(held)),
        fact("Given back", Unit::Bytes, Some(given_back)),
        fact("Tensors, hits", Unit::Count, Some(tensors[0])),
        fact("Tensors, creations", Unit::Count, Some(tensors[1])),
        fact("Tensors, hit ratio", Unit::PartsPerMillion, ratio(tensors[0], tensors[1])),
    ]
}
