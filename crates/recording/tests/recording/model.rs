//! The simplest state there is: a map for each heap, every event from the first.

use arenascope_recording::{AliveThing, Metric, Reader, State};
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_units::owner::Heap;
use std::collections::BTreeMap;

/// Everything alive, by heap and number.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Model {
    pub(crate) alive: [BTreeMap<u64, (Event, u64)>; 3],
    /// Who pays for what is alive: the owner it began with.
    pub(crate) payers: BTreeMap<(usize, u64), usize>,
    pub(crate) reserved_bytes: u64,
    pub(crate) by_op: BTreeMap<Op, u64>,
}

impl Model {
    pub(crate) fn take(&mut self, index: u64, event: Event) {
        match event.op.role() {
            Role::Begins(heap) => {
                self.payers.insert((heap.index(), event.id), event.owner.category.index());
                self.alive[heap.index()].insert(event.id, (event, index));
            }
            Role::Changes(heap) => {
                self.alive[heap.index()].insert(event.id, (event, index));
            }
            Role::Ends(heap) => {
                self.alive[heap.index()].remove(&event.id);
            }
            Role::Notes => match event.op {
                Op::RunStart => *self = Self::default(),
                Op::Reserve => self.reserved_bytes += event.size_bytes,
                Op::Release => self.reserved_bytes -= event.size_bytes,
                Op::ArenaReset => self.alive[0].clear(),
                _ => {}
            },
        }
        *self.by_op.entry(event.op).or_default() += 1;
    }

    pub(crate) fn of(&self, heap: Heap) -> Vec<AliveThing> {
        let thing = |(event, index): &(Event, u64)| AliveThing {
            id: event.id,
            offset_bytes: event.offset_bytes,
            size_bytes: event.size_bytes,
            owner: event.owner,
            thread: event.thread,
            time_us: event.time_us,
            event: *index,
            is_held: event.op != Op::PoolRelease,
        };
        let mut things: Vec<AliveThing> = self.alive[heap.index()].values().map(thing).collect();
        if heap == Heap::Arena {
            things.sort_by_key(|thing| thing.offset_bytes);
        }
        things
    }

    pub(crate) fn metric(&self, metric: Metric) -> u64 {
        let bytes = |heap: usize| self.alive[heap].values().map(|(event, _)| event.size_bytes).sum();
        match metric {
            Metric::ArenaBytes => bytes(0),
            Metric::ArenaRanges => self.alive[0].len() as u64,
            Metric::DeviceBytes => bytes(1),
            Metric::NpuBytes => bytes(2),
            Metric::ReservedBytes => self.reserved_bytes,
            Metric::Category(category) => {
                let wanted = category.index();
                let paid = |heap: usize| {
                    let things = self.alive[heap].iter();
                    things
                        .filter(move |(id, _)| self.payers[&(heap, **id)] == wanted)
                        .map(|(_, (event, _))| event.size_bytes)
                };
                (0..3).flat_map(paid).sum()
            }
        }
    }

    /// Holds a state against this one.
    pub(crate) fn check(&self, state: &State) {
        for heap in Heap::ALL {
            assert_eq!(state.of(heap), self.of(heap), "{heap:?} at {}", state.position);
            assert_eq!(state.standing.alive[heap.index()], self.alive[heap.index()].len() as u64);
        }
        for metric in Metric::ALL {
            assert_eq!(state.standing.metric(metric), self.metric(metric), "{metric:?} at {}", state.position);
        }
        for op in Op::ALL {
            assert_eq!(state.standing.count(op), self.by_op.get(&op).copied().unwrap_or(0), "{op:?}");
        }
    }
}

/// A model of the events before a position, read one by one.
pub(crate) fn replayed(reader: &Reader<'_>, position: u64) -> Model {
    let mut model = Model::default();
    (0..position).for_each(|index| model.take(index, reader.event(index).unwrap()));
    model
}
