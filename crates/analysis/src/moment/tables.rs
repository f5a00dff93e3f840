//! The tables of pools and budget at an earlier moment, as the recording tells them.

use super::figures::{Past, Told, is_tensor};
use crate::budget;
use crate::budget::tree::TreeRow;
use crate::run::names::Names;
use arenascope_recording::{AliveThing, Reader, State};
use arenascope_telemetry::budget_table::{BudgetTable, TagRow};
use arenascope_telemetry::pool_detail::ResourceRow;
use arenascope_units::owner::{Heap, MemoryCategory, Owner, Tag};
use std::collections::{BTreeMap, HashMap};

/// What is put where nobody tells.
const UNKNOWN: &str = "–";

/// Everything that was alive in a pool, as rows of its table; `heap` is the GPU device,
/// or the neural-network device for its tensors. What a thing was the recording does not
/// tell: that is taken from `known`, where it is among those. O(alive + known).
pub fn resources(
    (reader, names): (&Reader<'_>, &Names),
    state: &State,
    heap: Heap,
    known: &[ResourceRow],
) -> Vec<ResourceRow> {
    let known: HashMap<u64, &ResourceRow> = known.iter().map(|row| (row.id, row)).collect();
    let things = state.of(heap).iter().filter(|thing| heap == Heap::Device || is_tensor(reader, thing.event));
    things.map(|thing| resource(thing, known.get(&thing.id).copied(), names)).collect()
}

fn resource(thing: &AliveThing, known: Option<&ResourceRow>, names: &Names) -> ResourceRow {
    ResourceRow {
        id: thing.id,
        texture: known.and_then(|row| row.texture.clone()),
        usage: known.map_or_else(|| UNKNOWN.into(), |row| row.usage.clone()),
        state: if thing.is_held { "in_use" } else { "given_back" }.into(),
        category: thing.owner.category,
        tag: names.tag(thing.owner.tag).into(),
        size_bytes: thing.size_bytes,
        requested_bytes: None,
        last_used_us: thing.time_us,
    }
}

/// What was alive of one size.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PastClass {
    /// Bytes of each resource.
    pub class_bytes: u64,
    /// Held by the engine.
    pub in_use_count: u64,
    /// Pending or idle: the recording does not tell them apart.
    pub given_back_count: u64,
}

impl PastClass {
    /// Bytes of all resources of the size.
    pub const fn held_bytes(&self) -> u64 {
        self.class_bytes * (self.in_use_count + self.given_back_count)
    }
}

/// What was alive by size, the smallest first. O(resources).
pub fn classes(state: &State) -> Vec<PastClass> {
    let mut classes = BTreeMap::<u64, PastClass>::new();
    for thing in state.resources() {
        let class_bytes = thing.size_bytes;
        let empty = PastClass { class_bytes, in_use_count: 0, given_back_count: 0 };
        let class = classes.entry(class_bytes).or_insert(empty);
        *if thing.is_held { &mut class.in_use_count } else { &mut class.given_back_count } += 1;
    }
    classes.into_values().collect()
}

/// Who pays for resources: whoever they were created for, whoever holds them. Kept from
/// one moment to the next, since it takes a walk through the life of each.
#[derive(Debug, Default)]
pub struct Payers {
    run_start: u64,
    known: HashMap<(Heap, u64), Option<Owner>>,
}

impl Payers {
    /// `None` where the creation is not kept. O(1) for who was asked for before, else
    /// O(changes).
    fn of(&mut self, reader: &Reader<'_>, heap: Heap, thing: &AliveThing) -> Option<Owner> {
        if heap == Heap::Arena {
            return Some(thing.owner);
        }
        let find = || reader.event(reader.origin(thing.event)?).map(|event| event.owner);
        *self.known.entry((heap, thing.id)).or_insert_with(find)
    }
}

/// The budget's tree: what is charged, and limits and peaks of the categories where a tick
/// tells them. O(alive).
pub fn tree((reader, names): (&Reader<'_>, &Names), state: &State, past: &Past, payers: &mut Payers) -> Vec<TreeRow> {
    if payers.run_start != state.standing.run_start {
        *payers = Payers { run_start: state.standing.run_start, ..Payers::default() };
    }
    let table = BudgetTable { tags: tags_of((reader, names), state, payers), ..BudgetTable::default() };
    let mut rows = budget::tree::rows(&past.metrics.budget, &table);
    let has_tick = past.tells(Told::Kept);
    for row in &mut rows {
        // Of tags and heaps no tick tells more than what is charged.
        let (is_total, is_category) = (row.parent.is_empty(), row.parent == "total/categories");
        *row = TreeRow {
            reserved: None,
            min: None,
            high: None,
            max: row.max.filter(|_| has_tick && (is_total || is_category)),
            borrowed: None,
            peak: row.peak.filter(|_| has_tick && is_category),
            failures: None,
            reclaimed: None,
            ..core::mem::take(row)
        };
    }
    rows
}

fn tags_of((reader, names): (&Reader<'_>, &Names), state: &State, payers: &mut Payers) -> Vec<TagRow> {
    let mut bytes = BTreeMap::<(MemoryCategory, Option<u16>), u64>::new();
    for heap in Heap::ALL {
        for thing in state.of(heap) {
            let payer = payers.of(reader, heap, thing);
            let category = payer.unwrap_or(thing.owner).category;
            *bytes.entry((category, payer.map(|payer| payer.tag.0))).or_default() += thing.size_bytes;
        }
    }
    let row = |((category, tag), current_bytes): ((MemoryCategory, Option<u16>), u64)| TagRow {
        category,
        tag: tag.map_or("(creation not kept)", |tag| names.tag(Tag(tag))).to_owned(),
        current_bytes,
        reserved_bytes: 0,
        peak_bytes: 0,
        limit_bytes: None,
        failures_total: 0,
        pressure: None,
    };
    bytes.into_iter().map(row).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{Cursor, EventLog, EventSeries, Recorder};
    use arenascope_telemetry::event::{Event, Op};
    use arenascope_workload::tags::{SCENE_MESH, UNIFORMS};

    fn event(op: Op, owner: Owner, id: u64, size_bytes: u64) -> Event {
        Event { id, size_bytes, owner, ..Event::note(5, op) }
    }

    /// A mesh's buffer that uniforms hold later, another that nobody holds, a tensor, a
    /// graph and a range.
    fn events() -> Vec<Event> {
        vec![
            Event { size_bytes: 1 << 20, offset_bytes: 4_096, ..Event::note(0, Op::RunStart) },
            event(Op::PoolCreate, SCENE_MESH, 7, 1_024),
            event(Op::PoolRelease, SCENE_MESH, 7, 1_024),
            event(Op::PoolReuse, UNIFORMS, 7, 1_024),
            event(Op::PoolCreate, UNIFORMS, 8, 1_024),
            event(Op::PoolRelease, UNIFORMS, 8, 1_024),
            event(Op::TensorCreate, MemoryCategory::NPU_TENSORS.into(), 9, 64),
            event(Op::NpuCharge, MemoryCategory::NPU_MODELS.into(), 10, 32),
            Event { offset_bytes: 4_096, ..event(Op::ArenaAllocate, SCENE_MESH, 1, 256) },
        ]
    }

    fn at_end<R>(read: impl FnOnce(&Reader<'_>, &State, &Past) -> R) -> R {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        events().into_iter().for_each(|event| recorder.take(event));
        recorder.publish();
        let (mut reader, mut cursor) = (Reader::new(&log), Cursor::new());
        reader.refresh();
        let end = reader.events().end;
        let state = cursor.seek(&reader, end).unwrap();
        read(&reader, state, &Past::of(&reader, &EventSeries::new(), state, None))
    }

    #[test]
    fn rows_say_who_holds_what_and_what_it_is_where_that_is_known() {
        let known = ResourceRow {
            usage: "vertex".into(),
            ..resource(&AliveThing { id: 8, ..thing() }, None, &Names::engine())
        };
        let rows = at_end(|reader, state, _| resources((reader, &Names::engine()), state, Heap::Device, &[known]));
        let said: Vec<_> =
            rows.iter().map(|row| (row.id, row.tag.as_str(), row.state.as_str(), row.usage.as_str())).collect();
        let [first, second] = [(7, "frame/uniforms", "in_use", "–"), (8, "frame/uniforms", "given_back", "vertex")];
        assert_eq!(said, [first, second]);
        let tensors = at_end(|reader, state, _| resources((reader, &Names::engine()), state, Heap::Npu, &[]));
        assert_eq!(tensors.iter().map(|row| row.id).collect::<Vec<_>>(), [9], "a graph is no tensor");
        let class = PastClass { class_bytes: 1_024, in_use_count: 1, given_back_count: 1 };
        assert_eq!(at_end(|_, state, _| classes(state)), [class]);
        assert_eq!(class.held_bytes(), 2_048);
    }

    fn thing() -> AliveThing {
        let owner = UNIFORMS;
        AliveThing { id: 0, offset_bytes: 0, size_bytes: 1, owner, thread: 0, time_us: 0, event: 0, is_held: false }
    }

    #[test]
    fn the_tree_charges_who_asked_for_the_creation() {
        let rows = at_end(|reader, state, past| tree((reader, &Names::engine()), state, past, &mut Payers::default()));
        let current = |path: &str| rows.iter().find(|row| row.path == path).map(|row| row.current);
        assert_eq!(current("total"), Some(2_400));
        assert_eq!(current("total/heaps/device/gpu_buffers"), Some(2_048));
        assert_eq!(current("total/categories/gpu_buffers/scene/mesh"), Some(1_280));
        assert_eq!(current("total/categories/gpu_buffers/frame/uniforms"), Some(1_024));
        assert!(rows.iter().all(|row| row.peak.is_none() && row.max.is_none()), "nobody told");
    }
}
