//! The memory at a moment, as the timeline's table shows it: bytes by category
//! and heap, what is alive, and whether it is exact.

use super::table_numbers::count;
use super::timeline_words::{event_words, pressure_words};
use crate::owner::{Heap, MemoryCategory};
use crate::recording::{Gaps, Reader, State};
use crate::telemetry::event::Op;
use crate::units::Bytes;

/// A row of bytes: by heap ([`Heap::ALL`]), and all of them.
pub type BytesRow = [u64; 4];

/// Everything the table shows. The figures of one moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StateFigures {
    /// By category ([`MemoryCategory::ALL`]), bytes.
    pub rows: [BytesRow; 6],
    /// All categories, bytes.
    pub total: BytesRow,
    /// Names and values.
    pub figures: Vec<(&'static str, String)>,
    /// The event before the moment, in words.
    pub event: String,
    /// Why it may differ from what was; `None` where it is exact.
    pub approximate: Option<String>,
}

impl StateFigures {
    /// Of a state. O(resources of the pool).
    pub fn of(reader: &Reader<'_>, state: &State) -> Self {
        let standing = &state.standing;
        let row = |category: MemoryCategory| {
            let [arena, device, npu] = Heap::ALL.map(|heap| standing.bytes[heap.index()][category.index()]);
            [arena, device, npu, arena + device + npu]
        };
        let rows = MemoryCategory::ALL.map(row);
        let total = core::array::from_fn(|column| rows.iter().map(|row| row[column]).sum());
        let event = state.position.checked_sub(1).and_then(|event| reader.event(event));
        Self {
            rows,
            total,
            figures: figures(state),
            event: event.map_or_else(|| "Nothing yet".into(), |event| event_words(&event)),
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
    let refused = standing.count(Op::ArenaFailure) + standing.count(Op::BudgetRefusal);
    vec![
        ("Arena used", format!("{arena} of {capacity} · {share}")),
        ("Arena ranges", count(standing.alive[Heap::Arena.index()])),
        ("GPU resources", format!("{} in use · {} idle", count(held as u64), count((resources.len() - held) as u64))),
        ("Idle in the pool", Bytes::new(idle_bytes).to_string()),
        ("Tensors and graphs", count(standing.alive[Heap::Npu.index()])),
        ("Budget pressure", pressure_words(standing.pressure).into()),
        ("Failures so far", count(refused)),
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
    use crate::owner::Owner;
    use crate::recording::{Cursor, EventLog, Recorder};
    use crate::telemetry::event::Event;

    fn figures_at(events: &[Event], position: u64) -> StateFigures {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        events.iter().for_each(|event| recorder.take(*event));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let mut cursor = Cursor::new();
        StateFigures::of(&reader, cursor.seek(&reader, position).unwrap())
    }

    fn event(op: Op, category: MemoryCategory, id: u64, size_bytes: u64) -> Event {
        Event { id, size_bytes, offset_bytes: 4_096 * id, owner: Owner::from(category), ..Event::note(id, op) }
    }

    #[test]
    fn bytes_are_where_they_lie_and_whose_they_are() {
        let events = [
            Event { size_bytes: 1 << 20, offset_bytes: 4_096, ..Event::note(0, Op::RunStart) },
            event(Op::ArenaAllocate, MemoryCategory::Ecs, 1, 4_096),
            event(Op::PoolCreate, MemoryCategory::GpuBuffers, 2, 8_192),
            event(Op::PoolCreate, MemoryCategory::GpuBuffers, 3, 1_024),
            event(Op::PoolRelease, MemoryCategory::GpuBuffers, 3, 1_024),
            event(Op::TensorCreate, MemoryCategory::NpuTensors, 5, 512),
            event(Op::ArenaFailure, MemoryCategory::Ecs, 6, 999),
        ];
        let figures = figures_at(&events, 7);
        assert_eq!(figures.rows[MemoryCategory::Ecs.index()], [4_096, 0, 0, 4_096]);
        assert_eq!(figures.rows[MemoryCategory::GpuBuffers.index()], [0, 9_216, 0, 9_216]);
        assert_eq!(figures.total, [4_096, 9_216, 512, 13_824]);
        let value = |name: &str| figures.figures.iter().find(|figure| figure.0 == name).map(|figure| figure.1.as_str());
        assert_eq!(value("Arena used"), Some("4.0 KiB of 1.0 MiB · 0.4 %"));
        assert_eq!(value("GPU resources"), Some("1 in use · 1 idle"));
        assert_eq!(value("Idle in the pool"), Some("1.0 KiB"));
        assert_eq!(value("Failures so far"), Some("1"));
        assert_eq!((figures.event.as_str(), &figures.approximate), ("Arena: refused 999 B, ECS: full", &None));
        let before = figures_at(&events, 2);
        assert_eq!((before.total[3], before.event.as_str()), (4_096, "Arena: allocated 4.0 KiB, ECS"));
    }

    #[test]
    fn after_a_loss_it_says_that_it_is_approximate() {
        let events = [Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) }, Event::lost(3, 12)];
        assert_eq!(figures_at(&events, 1).approximate, None);
        let said = figures_at(&events, 2).approximate.unwrap();
        assert!(said.ends_with("(12 lost)"), "{said}");
    }
}
