//! One event as a row of a table, and as a line of tab-separated values.

use super::event_life::{Life, life};
use super::event_words::{Outcome, category_of, op_label, result_words, tag_label, thread_label};
use crate::owner::Heap;
use crate::recording::Reader;
use crate::telemetry::event::{Event, Op, Role};
use crate::units::{Bytes, Micros};

/// One event as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventLine {
    /// Its number in the recording.
    pub index: u64,
    /// When, s: `12.345678`.
    pub time: String,
    /// `Engine`, `Thread 2`.
    pub thread: String,
    /// What happened.
    pub op: &'static str,
    /// How it went.
    pub outcome: Outcome,
    /// The key of its category, for the colour; none for what is nobody's.
    pub category: Option<&'static str>,
    /// Its category's name.
    pub category_label: &'static str,
    /// Its tag's name.
    pub tag: &'static str,
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
pub fn line(reader: &Reader<'_>, index: u64, until: u64) -> Option<EventLine> {
    let (event, kind) = (reader.event(index)?, reader.kind(index)?);
    let category = category_of(kind);
    Some(EventLine {
        index,
        time: seconds(event.time_us),
        thread: thread_label(event.thread),
        op: op_label(event.op),
        outcome: Outcome::of(kind),
        category: category.map(|category| category.key()),
        category_label: category.map_or("", |category| category.label()),
        tag: tag_label(kind),
        size: size(&event),
        place: place(&event),
        result: result_words(&event, kind),
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
        Op::Lost => format!("{} events", super::table_numbers::count(event.size_bytes)),
        _ if is_sized(event) => Bytes::new(event.size_bytes).to_string(),
        _ => String::new(),
    }
}

fn place(event: &Event) -> String {
    match event.op {
        Op::ArenaAllocate | Op::ArenaFree | Op::ArenaResize => format!("0x{:08x}", event.offset_bytes),
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
pub fn tsv(reader: &Reader<'_>, index: u64, until: u64) -> Option<String> {
    let (event, kind) = (reader.event(index)?, reader.kind(index)?);
    let is_range = matches!(event.op, Op::ArenaAllocate | Op::ArenaFree | Op::ArenaResize);
    let or_empty = |value: Option<u64>| value.map_or_else(String::new, |value| value.to_string());
    Some(format!(
        "{index}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}\t{}",
        event.time_us,
        event.thread,
        event.op.key(),
        category_of(kind).map_or("", |category| category.key()),
        tag_label(kind),
        or_empty((is_sized(&event) || event.op == Op::Lost).then_some(event.size_bytes)),
        or_empty(is_range.then_some(event.offset_bytes)),
        or_empty((event.op.role() != Role::Notes || place(&event).starts_with('#')).then_some(event.id)),
        result_words(&event, kind),
        or_empty(super::event_life::life_us(reader, index, until)),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::recording::{EventLog, Recorder};
    use crate::telemetry::event::Failure;
    use crate::telemetry::refusal::{Refusal, RefusalReason};
    use crate::workload::tags;

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
        let refusal = Refusal { reason: RefusalReason::Full, index_thousandths: 4, largest_free_bytes: 64 };
        let (id, offset_bytes) = refusal.to_words();
        let detail = Failure::Full as u8;
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
        let line = |index| line(&reader, index, 5).unwrap();
        let begun = line(0);
        assert_eq!((begun.time.as_str(), begun.thread.as_str(), begun.op), ("1.000007", "Engine", "Allocate"));
        assert_eq!((begun.category, begun.tag, begun.size.as_str()), (Some("gpu_buffers"), "scene/mesh", "3.0 KiB"));
        assert_eq!((begun.place.as_str(), begun.result.as_str(), begun.life.as_str()), ("0x0012ab40", "", "2.5 ms"));
        let failed = line(1);
        assert_eq!(failed.result, "full · index 0.004 · largest 64 B");
        assert_eq!((failed.outcome, failed.place.as_str(), failed.life.as_str()), (Outcome::Failed, "", ""));
        let submit = line(2);
        assert_eq!((submit.category, submit.tag, submit.size.as_str(), submit.place.as_str()), (None, "", "", "#3"));
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
        let rows: Vec<String> = (0..5).filter_map(|index| tsv(&reader, index, 5)).collect();
        assert_eq!(rows[0], "0\t1000007\t0\tarena_allocate\tgpu_buffers\tscene/mesh\t3072\t1223488\t9\t\t2500");
        assert_eq!(rows[2], "2\t1000010\t0\tsubmit\t\t\t\t\t3\t\t");
        let columns = TSV_HEAD.split('\t').count();
        assert!(rows.iter().all(|row| row.split('\t').count() == columns), "{rows:?}");
        assert_eq!(tsv(&reader, 5, 5), None);
    }
}
