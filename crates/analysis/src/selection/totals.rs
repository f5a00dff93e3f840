//! What happened in a chosen span of time: allocated, freed, net and how many, exactly,
//! by category and by owner.

use super::selected::Selection;
use crate::numbers::text::count;
use crate::recordings::flow::{Account, Flow};
use crate::recordings::flow_index::FlowIndex;
use crate::run::names::Names;
use arenascope_recording::Reader;
use arenascope_units::Bytes;
use arenascope_units::owner::{MemoryCategory, Owner};
use core::ops::Range;
use std::collections::BTreeMap;

/// The totals of a span of time.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RangeTotals {
    /// The span, µs since the run's start.
    pub time_us: Range<u64>,
    /// Events in the span.
    pub events: u64,
    /// What came and went, over all owners.
    pub all: Flow,
    /// Categories with something in them, in the budget's order.
    pub categories: Vec<(MemoryCategory, Flow)>,
    /// Owners and heaps, the largest change first.
    pub owners: Vec<(Account, Flow)>,
    /// Where the recording begins within or after the span, µs: what came before is not
    /// in the totals.
    pub kept_since_us: Option<u64>,
}

impl RangeTotals {
    /// Of the owners and categories that are selected, in the selected span of time;
    /// `None` where no span is. Addresses do not narrow it. O(chunks · owners + chunk)
    /// where `flows` has taken in the full chunks.
    pub fn of(reader: &Reader<'_>, flows: &FlowIndex, selection: &Selection) -> Option<Self> {
        let time_us = selection.time_us.clone()?;
        let [from, to] = [time_us.start, time_us.end].map(|time_us| reader.position_at(time_us));
        let mut totals = Self { events: to - from, ..Self::default() };
        let mut categories: BTreeMap<MemoryCategory, Flow> = BTreeMap::new();
        for (account, flow) in flows.between(reader, from..to).by_account() {
            if selection.has_owner(account.1) {
                let sum = categories.entry(account.1.category).or_default();
                *sum = beside(*sum, &flow);
                totals.all = beside(totals.all, &flow);
                totals.owners.push((account, flow));
            }
        }
        totals.owners.sort_by_key(|(_, flow)| core::cmp::Reverse((flow.net_bytes().unsigned_abs(), flow.came_bytes)));
        totals.categories = categories.into_iter().collect();
        let run = reader.run();
        let is_cut = run.start > reader.run_start() && from == run.start;
        totals.kept_since_us = if is_cut { reader.time_us(run.start) } else { None };
        totals.time_us = time_us;
        Some(totals)
    }

    /// In one line: `12 345 allocated (+1.2 MiB), 12 000 freed (−1.1 MiB): +0.1 MiB`.
    pub fn text(&self) -> String {
        flow_text(&self.all)
    }
}

/// Of two accounts in the same span: lows of a sum are not the sum of lows, so there are
/// none.
const fn beside(one: Flow, other: &Flow) -> Flow {
    Flow {
        came: one.came + other.came,
        went: one.went + other.went,
        came_bytes: one.came_bytes + other.came_bytes,
        went_bytes: one.went_bytes + other.went_bytes,
        low: 0,
        low_bytes: 0,
    }
}

/// A flow in one line.
pub fn flow_text(flow: &Flow) -> String {
    let [came, went] = [flow.came_bytes, flow.went_bytes].map(Bytes::new);
    let net = crate::leaks::growth_text::signed_bytes(flow.net_bytes());
    format!("{} allocated ({came}), {} freed ({went}): {net}", count(flow.came), count(flow.went))
}

/// One line of the table, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TotalsLine {
    /// Category and tag of the memory.
    pub owner: Owner,
    /// The name of the owner's tag.
    pub tag: String,
    /// The heap, for people.
    pub heap_label: String,
    /// How many were allocated or created.
    pub allocated: String,
    /// Bytes of these.
    pub allocated_bytes: String,
    /// How many were freed or destroyed.
    pub freed: String,
    /// Bytes of these.
    pub freed_bytes: String,
    /// Bytes more or less, with the sign.
    pub net: String,
}

/// The owners' lines, in their order, of a run with these names.
pub fn owner_lines(totals: &RangeTotals, names: &Names) -> Vec<TotalsLine> {
    totals.owners.iter().map(|(account, flow)| line(*account, flow, names)).collect()
}

fn line((heap, owner): Account, flow: &Flow, names: &Names) -> TotalsLine {
    TotalsLine {
        owner,
        tag: names.tag(owner.tag).into(),
        heap_label: names.heap(heap).into(),
        allocated: count(flow.came),
        allocated_bytes: Bytes::new(flow.came_bytes).to_string(),
        freed: count(flow.went),
        freed_bytes: Bytes::new(flow.went_bytes).to_string(),
        net: crate::leaks::growth_text::signed_bytes(flow.net_bytes()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recordings::flow::Counted;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_units::owner::Heap;
    use arenascope_workload::tags;

    fn log() -> EventLog {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        recorder.take(Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) });
        for step in 1..=100_u64 {
            let owner = if step % 2 == 0 { tags::ENTITY } else { tags::SCRATCH };
            let range = Event {
                owner,
                id: step,
                offset_bytes: step * 64,
                size_bytes: 64,
                ..Event::note(step * 10, Op::ArenaAllocate)
            };
            recorder.take(range);
            if step % 2 == 1 {
                recorder.take(Event { op: Op::ArenaFree, ..range });
            }
        }
        let pooled = Event { owner: tags::THRASH, id: 7, size_bytes: 500, ..Event::note(1_000, Op::PoolCreate) };
        [Op::PoolCreate, Op::PoolRelease, Op::PoolReuse, Op::PoolRelease]
            .into_iter()
            .for_each(|op| recorder.take(Event { op, ..pooled }));
        let gone = Event {
            owner: Owner::new(tags::THRASH.category, arenascope_units::owner::Tag(u16::MAX)),
            op: Op::PoolDestroy,
            ..pooled
        };
        recorder.take(Event { time_us: 1_001, ..gone });
        recorder.publish();
        log
    }

    fn totals(selection: &Selection) -> Option<RangeTotals> {
        let log = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        RangeTotals::of(&reader, &FlowIndex::new(Counted::Existing), selection)
    }

    #[test]
    fn a_span_has_its_totals_by_owner_and_category() {
        assert_eq!(totals(&Selection::default()), None);
        let mut selection = Selection { time_us: Some(100..300), ..Selection::default() };
        let found = totals(&selection).unwrap();
        assert_eq!((found.all.came, found.all.went, found.all.net_bytes(), found.events), (20, 10, 640, 30));
        assert_eq!(found.text(), format!("20 allocated ({}), 10 freed (640 B): +640 B", Bytes::new(1_280)));
        let owners: Vec<_> =
            owner_lines(&found, &Names::engine()).into_iter().map(|line| (line.tag, line.net)).collect();
        assert_eq!(
            owners,
            [("ecs/entity", "+640 B"), ("frame/scratch", "0 B")].map(|(tag, net)| (tag.into(), net.into()))
        );
        selection.toggle_tag(tags::SCRATCH.tag);
        let found = totals(&selection).unwrap();
        assert_eq!((found.owners.len(), found.categories.len(), found.all.came, found.all.net()), (1, 1, 10, 0));
    }

    #[test]
    fn what_a_pool_destroys_was_its_last_holders() {
        let found = totals(&Selection { time_us: Some(1_000..2_000), ..Selection::default() }).unwrap();
        let device: Vec<_> = found.owners.iter().filter(|((heap, _), _)| *heap == Heap::Device).collect();
        let [((_, owner), flow)] = device[..] else { panic!("{device:?}") };
        assert_eq!((*owner, flow.came, flow.went, flow.net_bytes()), (tags::THRASH, 1, 1, 0));
    }
}
