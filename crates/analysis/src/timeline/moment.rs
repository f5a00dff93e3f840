//! The memory at a moment, as the timeline's table shows it: bytes by category
//! and heap, what is alive, and whether it is exact.

use super::text::{event_text, pressure_text};
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_recording::{Gaps, Reader, State};
use arenascope_telemetry::event::Op;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory};

/// A row of bytes: by heap ([`Heap::ALL`]), and all of them.
pub type BytesRow = [u64; 4];

/// Everything the table shows. The figures of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateFigures {
    /// By category ([`MemoryCategory::every`]), bytes.
    pub rows: [BytesRow; MemoryCategory::MAX],
    /// Bytes over all categories.
    pub total: BytesRow,
    /// Further figures: name and value, for people.
    pub figures: Vec<(&'static str, String)>,
    /// The event before the moment, in words.
    pub event: String,
    /// Why it may differ from what was; `None` where it is exact.
    pub approximate: Option<String>,
}

impl StateFigures {
    /// Of a state of a run with these names. O(resources of the pool).
    pub fn of(reader: &Reader<'_>, state: &State, names: &Names) -> Self {
        let standing = &state.standing;
        let row = |category: MemoryCategory| {
            let [arena, device, npu] = Heap::ALL.map(|heap| standing.bytes[heap.index()][category.index()]);
            [arena, device, npu, arena + device + npu]
        };
        let rows = MemoryCategory::every().map(row);
        let total = core::array::from_fn(|column| rows.iter().map(|row| row[column]).sum());
        let event = state.position.checked_sub(1).and_then(|event| reader.event(event));
        Self {
            rows,
            total,
            figures: if names.is_engine() { figures(state) } else { figures_of_file(state) },
            event: event.map_or_else(|| "Nothing yet".into(), |event| event_text(&event, names)),
            approximate: approximate(standing.gaps),
        }
    }
}

fn figures(state: &State) -> Vec<(&'static str, String)> {
    let standing = &state.standing;
    let resources = state.resources();
    let held = resources.iter().filter(|resource| resource.is_held).count();
    let idle_bytes: u64 =
        resources.iter().filter(|resource| !resource.is_held).map(|resource| resource.size_bytes).sum();
    let arena = Bytes::new(standing.heap_bytes(Heap::Arena));
    let capacity = Bytes::new(standing.capacity_bytes);
    let share = arena.ratio_of(capacity).map_or_else(|| "–".into(), |ratio| ratio.to_string());
    vec![
        ("Arena used", format!("{arena} of {capacity} · {share}")),
        ("Arena ranges", count(standing.alive[Heap::Arena.index()])),
        (
            "GPU resources",
            format!("{} in use · {} given back", count(held as u64), count((resources.len() - held) as u64)),
        ),
        ("Given back to the pool", Bytes::new(idle_bytes).to_string()),
        ("Tensors and graphs", count(standing.alive[Heap::Npu.index()])),
        ("Budget pressure", pressure_text(standing.pressure).into()),
        ("Failed allocations", count(standing.count(Op::ArenaFailure))),
        ("Budget refusals", count(standing.count(Op::BudgetRefusal))),
    ]
}

/// Of a run that another tool recorded: it has no pool, no device and no budget of ours.
fn figures_of_file(state: &State) -> Vec<(&'static str, String)> {
    let standing = &state.standing;
    let total = |of: fn(&State, Heap) -> u64| [Heap::Arena, Heap::Device].map(|heap| of(state, heap)).iter().sum();
    let pending = |state: &State, heap| state.of(heap).iter().filter(|thing| !thing.is_held).count() as u64;
    vec![
        ("Live bytes", Bytes::new(total(|state, heap| state.standing.heap_bytes(heap))).to_string()),
        ("Live allocations", count(total(|state, heap| state.standing.alive[heap.index()]))),
        ("Pending frees", count(total(pending))),
        ("Failed allocations", count(standing.count(Op::ArenaFailure))),
    ]
}

/// What is missing, and so what the figures may be wrong by.
fn approximate(gaps: Gaps) -> Option<String> {
    let parts = [
        (gaps.lost, "lost"),
        (gaps.inferred, "ends not seen"),
        (gaps.unmatched, "without a beginning"),
        (gaps.corrected, "put right"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, what)| format!("{} {what}", count(number)))
        .collect();
    (!gaps.is_empty()).then(|| format!("Approximate: events are missing before this moment ({})", said.join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{Cursor, EventLog, Recorder};
    use arenascope_telemetry::event::Event;
    use arenascope_units::owner::Owner;

    fn figures_at(events: &[Event], position: u64) -> StateFigures {
        figures_in(events, position, &Names::engine())
    }

    fn figures_in(events: &[Event], position: u64, names: &Names) -> StateFigures {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        events.iter().for_each(|event| recorder.take(*event));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut cursor = Cursor::new();
        StateFigures::of(&reader, cursor.seek(&reader, position).unwrap(), names)
    }

    fn event(op: Op, category: MemoryCategory, id: u64, size_bytes: u64) -> Event {
        Event { id, size_bytes, offset_bytes: 4_096 * id, owner: Owner::from(category), ..Event::note(id, op) }
    }

    #[test]
    fn bytes_are_where_they_lie_and_whose_they_are() {
        let events = [
            Event { size_bytes: 1 << 20, offset_bytes: 4_096, ..Event::note(0, Op::RunStart) },
            event(Op::ArenaAllocate, MemoryCategory::ECS, 1, 4_096),
            event(Op::PoolCreate, MemoryCategory::GPU_BUFFERS, 2, 8_192),
            event(Op::PoolCreate, MemoryCategory::GPU_BUFFERS, 3, 1_024),
            event(Op::PoolRelease, MemoryCategory::GPU_BUFFERS, 3, 1_024),
            event(Op::TensorCreate, MemoryCategory::NPU_TENSORS, 5, 512),
            event(Op::BudgetRefusal, MemoryCategory::ECS, 7, 1_000),
            event(Op::BudgetRefusal, MemoryCategory::ECS, 8, 1_000),
            event(Op::ArenaFailure, MemoryCategory::ECS, 6, 999),
        ];
        let figures = figures_at(&events, 9);
        assert_eq!(figures.rows[MemoryCategory::ECS.index()], [4_096, 0, 0, 4_096]);
        assert_eq!(figures.rows[MemoryCategory::GPU_BUFFERS.index()], [0, 9_216, 0, 9_216]);
        assert_eq!(figures.total, [4_096, 9_216, 512, 13_824]);
        let value = |name: &str| figures.figures.iter().find(|figure| figure.0 == name).map(|figure| figure.1.as_str());
        assert_eq!(value("Arena used"), Some("4.0 KiB of 1.0 MiB · 0.4 %"));
        assert_eq!(value("GPU resources"), Some("1 in use · 1 given back"));
        assert_eq!(value("Given back to the pool"), Some("1.0 KiB"));
        assert_eq!((value("Failed allocations"), value("Budget refusals")), (Some("1"), Some("2")));
        assert_eq!((figures.event.as_str(), &figures.approximate), ("Arena: refused 999 B, ECS: full", &None));
        let before = figures_at(&events, 2);
        assert_eq!((before.total[3], before.event.as_str()), (4_096, "Arena: allocated 4.0 KiB, ECS"));
    }

    #[test]
    fn a_file_is_told_without_the_engines_figures() {
        let mut manifest = arenascope_trace::Manifest::of("test", "Test");
        manifest.category("Heap");
        let names = Names::of(&manifest, [].into());
        let events = [
            Event { size_bytes: 1 << 20, offset_bytes: 4_096, ..Event::note(0, Op::RunStart) },
            event(Op::ArenaAllocate, MemoryCategory::ECS, 1, 4_096),
            event(Op::ArenaAllocate, MemoryCategory::ECS, 2, 4_096),
            event(Op::ArenaFreeRequest, MemoryCategory::ECS, 2, 4_096),
            event(Op::ArenaFree, MemoryCategory::ECS, 1, 4_096),
        ];
        let figures = figures_in(&events, 5, &names);
        let expected =
            [("Live bytes", "4.0 KiB"), ("Live allocations", "1"), ("Pending frees", "1"), ("Failed allocations", "0")];
        assert_eq!(figures.figures, expected.map(|(name, value)| (name, value.to_owned())));
        assert_eq!(figures.event, "Freed 4.0 KiB, Heap");
    }

    #[test]
    fn after_a_loss_it_says_that_it_is_approximate() {
        let events = [Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }, Event::lost(3, 12)];
        assert_eq!(figures_at(&events, 1).approximate, None);
        let said = figures_at(&events, 2).approximate.unwrap();
        assert!(said.ends_with("(12 lost)"), "{said}");
    }
}
