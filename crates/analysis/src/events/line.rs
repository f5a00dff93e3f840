//! One event as a row of a table, and as a line of tab-separated values.

use super::lifetime::{Life, life};
use super::text::{Outcome, category_of, op_label, result_text, tag_label, thread_label};
use crate::run::names::Names;
use arenascope_recording::Reader;
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_units::owner::Heap;
use arenascope_units::{Bytes, Micros};

/// One event as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// Its number in the recording.
    pub index: u64,
    /// When it happened, seconds since the run's start: `12.345678`.
    pub time: String,
    /// Who did it: `Engine`, `Thread 2`.
    pub thread: String,
    /// The operation, for people.
    pub op: &'static str,
    /// Whether it was done, failed, or was put in.
    pub outcome: Outcome,
    /// The key of its category, for the colour; none for what is nobody's.
    pub category: Option<&'static str>,
    /// The category, for people; empty for what is nobody's.
    pub category_label: String,
    /// The name of its tag.
    pub tag: String,
    /// How much; empty where it has no size.
    pub size: String,
    /// Where in the arena, or its number: `0x0012ab40`, `#17`.
    pub place: String,
    /// How it went, in words.
    pub result: String,
    /// How long what it opens or closes was open.
    pub life: String,
}

/// The row of an event, as things were at `until`; `None` where it is not kept.
pub fn line(reader: &Reader<'_>, index: u64, until: u64, names: &Names) -> Option<EventLine> {
    let (event, kind) = (reader.event(index)?, reader.kind(index)?);
    let category = category_of(kind);
    Some(EventLine {
        index,
        time: seconds(event.time_us),
        thread: thread_label(event.thread, names),
        op: op_label(event.op),
        outcome: Outcome::of(kind),
        category: category.map(|category| category.key()),
        category_label: category.map_or("", |category| names.category(category)).into(),
        tag: tag_label(kind, names).into(),
        size: size(&event),
        place: place(&event, names),
        result: result_text(&event, kind, names),
        life: match life(reader, index, until) {
            Life::None => String::new(),
            Life::Open => "open".into(),
            Life::Closed(us) => Micros::new(us).to_string(),
            Life::Unknown => "not kept".into(),
        },
    })
}

/// Seconds to the microsecond: `12.345678`.
pub fn seconds(time_us: u64) -> String {
    format!("{}.{:06}", time_us / 1_000_000, time_us % 1_000_000)
}

/// True where the size of an event is a size.
const fn is_sized(event: &Event) -> bool {
    match event.op.role() {
        Role::Notes => matches!(event.op, Op::ArenaFailure | Op::BudgetRefusal | Op::NnDispatch),
        _ => true,
    }
}

fn size(event: &Event) -> String {
    match event.op {
        Op::Lost => format!("{} events", crate::numbers::text::count(event.size_bytes)),
        _ if is_sized(event) => Bytes::new(event.size_bytes).to_string(),
        _ => String::new(),
    }
}

fn place(event: &Event, names: &Names) -> String {
    match event.op {
        Op::ArenaAllocate | Op::ArenaFree | Op::ArenaResize | Op::ArenaFreeRequest | Op::Reserve | Op::Release => {
            names.place(event.offset_bytes)
        }
        Op::Submit | Op::Complete => format!("#{}", event.id),
        op => match op.role() {
            Role::Begins(Heap::Device) | Role::Changes(Heap::Device) | Role::Ends(Heap::Device) => resource(event.id),
            Role::Notes => String::new(),
            _ => format!("#{}", event.id),
        },
    }
}

/// As the pool writes its resources: `#12` is the first thing in slot 12, `#12.3` the
/// fourth.
fn resource(id: u64) -> String {
    let (slot, generation) = (id & 0xFFFF_FFFF, id >> 32);
    if generation == 0 { format!("#{slot}") } else { format!("#{slot}.{generation}") }
}

/// The columns of [`tsv`].
pub const TSV_HEAD: &str =
    "event\ttime_us\tthread\toperation\tcategory\ttag\tsize_bytes\toffset_bytes\tid\tresult\tlifetime_us";

/// An event as a line of tab-separated values without units, for other programs;
/// `None` where it is not kept.
pub fn tsv(reader: &Reader<'_>, index: u64, until: u64, names: &Names) -> Option<String> {
    let (event, kind) = (reader.event(index)?, reader.kind(index)?);
    let is_range = matches!(event.op, Op::ArenaAllocate | Op::ArenaFree | Op::ArenaResize);
    let or_empty = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    Some(format!(
        "{index}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        event.time_us,
        event.thread,
        event.op.key(),
        category_of(kind).map_or("", |category| names.category_key(category)),
        tag_label(kind, names),
        or_empty((is_sized(&event) || event.op == Op::Lost).then_some(event.size_bytes)),
        or_empty(is_range.then_some(event.offset_bytes)),
        or_empty((event.op.role() != Role::Notes || place(&event, names).starts_with('#')).then_some(event.id)),
        result_text(&event, kind, names),
        or_empty(super::lifetime::life_us(reader, index, until)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::FailureReason;
    use arenascope_telemetry::refusal::ArenaRefusal;
    use arenascope_workload::tags;

    fn log() -> EventLog {
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        let range = Event {
            owner: tags::SCENE_MESH,
            id: 9,
            offset_bytes: 0x12ab40,
            size_bytes: 3 << 10,
            ..Event::note(1_000_007, Op::ArenaAllocate)
        };
        recorder.take(range);
        let refusal = ArenaRefusal { reason: FailureReason::Full, index_thousandths: 4, largest_free_bytes: 64 };
        let (id, offset_bytes) = refusal.to_words();
        let detail = FailureReason::Full as u8;
        recorder.take(Event { op: Op::ArenaFailure, time_us: 1_000_009, detail, thread: 2, id, offset_bytes, ..range });
        recorder.take(Event { id: 3, ..Event::note(1_000_010, Op::Submit) });
        recorder.take(Event { op: Op::ArenaFree, time_us: 1_002_507, ..range });
        recorder.take(Event { id: 10, time_us: 2_000_000, ..range });
        recorder.publish();
        log
    }

    #[test]
    fn a_row_says_it_all() {
        let log = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let line = |index| line(&reader, index, 5, &Names::engine()).unwrap();
        let begun = line(0);
        assert_eq!((begun.time.as_str(), begun.thread.as_str(), begun.op), ("1.000007", "Engine", "Allocate"));
        assert_eq!(
            (begun.category, begun.tag.as_str(), begun.size.as_str()),
            (Some("gpu_buffers"), "scene/mesh", "3.0 KiB")
        );
        assert_eq!((begun.place.as_str(), begun.result.as_str(), begun.life.as_str()), ("0x0012ab40", "", "2.5 ms"));
        let failed = line(1);
        assert_eq!(failed.result, "full · index 0.004 · largest 64 B");
        assert_eq!((failed.outcome, failed.place.as_str(), failed.life.as_str()), (Outcome::Failed, "", ""));
        let submit = line(2);
        assert_eq!(
            (submit.category, submit.tag.as_str(), submit.size.as_str(), submit.place.as_str()),
            (None, "", "", "#3")
        );
        assert_eq!((resource(12), resource(3 << 32 | 12)), ("#12".into(), "#12.3".into()));
        assert_eq!((line(3).life.as_str(), line(4).life.as_str()), ("2.5 ms", "open"));
    }

    #[test]
    fn a_life_is_as_it_was_then() {
        let log = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        assert_eq!(life(&reader, 0, 3), Life::Open);
        assert_eq!(life(&reader, 0, 4), Life::Closed(2_500));
    }

    #[test]
    fn tabs_separate_values_without_units() {
        let log = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let rows: Vec<String> = (0..5).filter_map(|index| tsv(&reader, index, 5, &Names::engine())).collect();
        assert_eq!(rows[0], "0\t1000007\t0\tarena_allocate\tgpu_buffers\tscene/mesh\t3072\t1223488\t9\t\t2500");
        assert_eq!(rows[2], "2\t1000010\t0\tsubmit\t\t\t\t\t3\t\t");
        let columns = TSV_HEAD.split('\t').count();
        assert!(rows.iter().all(|row| row.split('\t').count() == columns), "{rows:?}");
        assert_eq!(tsv(&reader, 5, 5, &Names::engine()), None);
    }
}
