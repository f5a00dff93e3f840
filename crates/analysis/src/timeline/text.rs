//! The timeline in words: the moment that is shown, the event before it, the
//! recording's own figures.

use super::columns::EventAxis;
use super::ticks::moment_at;
use crate::chart::window::TimeSpan;
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_budget::Pressure;
use arenascope_recording::{FileState, LogFigures, Reader, WhenFull};
use arenascope_telemetry::event::{Event, FailureReason, Op, Role};
use arenascope_telemetry::limit_change::{LimitBound, LimitChanged, LimitNode};
use arenascope_units::Bytes;

/// Where a position lies in the newest run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentText {
    /// The time, to the microsecond: `12.345678 s`.
    pub time: String,
    /// `event 1 234 567 of 5 000 000`.
    pub place: String,
}

/// Of a position in a run with these names; of an earlier run, the time is that run's own.
pub fn moment_text(reader: &Reader<'_>, position: u64, names: &Names) -> MomentText {
    let run = reader.run_start()..reader.events().end;
    // At the start of a run, the event before is of another.
    let before = position.checked_sub(1).filter(|_| position != run.start);
    let time_us = before.and_then(|event| reader.time_us(event)).unwrap_or(0);
    let place = match position.checked_sub(run.start) {
        Some(passed) => format!("event {} of {}", count(passed), count(run.end - run.start)),
        None => "in an earlier run".into(),
    };
    MomentText { time: moment_at(time_us, names), place }
}

/// What happened, as a row of a table says it.
pub const fn op_text(op: Op) -> &'static str {
    match op {
        Op::ArenaAllocate => "Arena: allocated",
        Op::ArenaFree => "Arena: freed",
        Op::ArenaFailure => "Arena: refused",
        Op::ArenaReset => "Arena: reset",
        Op::PoolCreate => "Pool: created",
        Op::PoolReuse => "Pool: reused",
        Op::PoolRelease => "Pool: given back",
        Op::PoolDestroy => "Pool: destroyed",
        Op::BudgetRefusal => "Budget: refused",
        Op::Submit => "GPU: submitted",
        Op::NnDispatch => "NPU: dispatched",
        Op::ArenaResize => "Arena: resized",
        Op::NpuCharge => "NPU: graph built",
        Op::NpuRelease => "NPU: graph released",
        Op::PressureChange => "Budget: pressure changed",
        Op::DeviceLoss => "GPU: device lost",
        Op::Complete => "GPU: completed",
        Op::RunStart => "Run started",
        Op::Lost => "Events lost",
        Op::TensorCreate => "Tensors: created",
        Op::TensorReuse => "Tensors: reused",
        Op::TensorRelease => "Tensors: given back",
        Op::TensorDestroy => "Tensors: destroyed",
        Op::LimitChange => "Limit changed",
        Op::Allocate => "Allocated",
        Op::Free => "Freed",
        Op::Resize => "Resized",
        Op::FreeRequest => "Free requested (no address)",
        Op::ArenaFreeRequest => "Free requested",
        Op::Reserve => "Reserved",
        Op::Release => "Released",
        Op::Mark => "Mark",
        Op::Capacity => "Address space grew",
    }
}

/// The same in a run with these names: what another tool recorded happened in no arena of
/// ours.
pub const fn op_text_of(op: Op, names: &Names) -> &'static str {
    match op {
        _ if names.is_engine() => op_text(op),
        Op::ArenaAllocate => op_text(Op::Allocate),
        Op::ArenaFree => op_text(Op::Free),
        Op::ArenaResize => op_text(Op::Resize),
        Op::ArenaFailure => "Refused",
        other => op_text(other),
    }
}

const fn failure_text(failure: FailureReason) -> &'static str {
    match failure {
        FailureReason::Full => ": full",
        FailureReason::Fragmented => ": fragmented",
        FailureReason::OutOfNodes => ": table of ranges full",
        FailureReason::InvalidLayout => ": invalid request",
        FailureReason::Contended => ": held by another thread",
    }
}

/// A level of pressure, as events and standings number it.
pub fn pressure_text(level: u8) -> &'static str {
    Pressure::ALL.get(usize::from(level)).map_or("–", |level| level.key())
}

/// One event in a sentence: what, how much, whose.
pub fn event_text(event: &Event, names: &Names) -> String {
    let what = op_text_of(event.op, names);
    match (event.op, event.op.role()) {
        (Op::Lost, _) => format!("{}: {}", what, count(event.size_bytes)),
        (Op::ArenaFailure, _) => {
            let why = FailureReason::from_detail(event.detail).map_or("", failure_text);
            format!("{what} {}, {}{why}", Bytes::new(event.size_bytes), names.category(event.owner.category))
        }
        (Op::LimitChange, _) => format!("{what}: {}", limit_change_text(event, names)),
        (Op::PressureChange, _) => format!("{what} to {}", pressure_text(event.detail)),
        (Op::BudgetRefusal, _) | (_, Role::Begins(_) | Role::Changes(_) | Role::Ends(_)) => {
            format!("{what} {}, {}", Bytes::new(event.size_bytes), names.category(event.owner.category))
        }
        _ => what.into(),
    }
}

/// Which limit was changed, from what to what: `ECS maximum 64.0 MiB → 32.0 MiB`.
pub fn limit_change_text(event: &Event, names: &Names) -> String {
    let Some(LimitChanged { node, bound, from, to }) = LimitChanged::of(event) else {
        return "of a later version".into();
    };
    let whose = match node {
        LimitNode::Total => "total".into(),
        LimitNode::Heap(heap) => names.heap(heap).into(),
        LimitNode::Category => names.category(event.owner.category).into(),
        LimitNode::Tag => format!("{} of {}", names.tag(event.owner.tag), names.category(event.owner.category)),
    };
    let (which, is_bytes) = match bound {
        LimitBound::Min => ("minimum", true),
        LimitBound::High => ("share", true),
        LimitBound::Max => ("maximum", true),
        LimitBound::Priority => ("priority", false),
    };
    let value = |value: Option<u64>| match value {
        None => "no limit".into(),
        Some(value) if is_bytes => Bytes::new(value).to_string(),
        Some(value) => value.to_string(),
    };
    format!("{whose} {which} {} → {}", value(from), value(to))
}

/// What is on screen, for who does not see it.
pub fn summary(axis: EventAxis, span: TimeSpan, events: u64, names: &Names) -> String {
    if events <= 1 {
        return "Timeline: nothing recorded yet".into();
    }
    let (from, to) = (span.start_us.max(0.0) as u64, span.end_us.max(0.0) as u64);
    let shown = match axis {
        EventAxis::Time => format!("{} to {}", moment_at(from, names), moment_at(to, names)),
        EventAxis::Number => format!("events {} to {}", count(from), count(to)),
    };
    format!("Timeline of {} events; shown: {shown}", count(events))
}

/// What is kept, in as few words as a status bar has room for: `1.2 M · 23.4 MiB`.
pub fn kept_text(figures: &LogFigures) -> String {
    let events = figures.length.saturating_sub(figures.first);
    let number = match events {
        0..10_000 => count(events),
        10_000..1_000_000 => format!("{:.1} k", events as f64 / 1e3),
        _ => format!("{:.2} M", events as f64 / 1e6),
    };
    let full = if figures.refused > 0 { " · full" } else { "" };
    format!("{number} · {}{full}", Bytes::new(figures.bytes))
}

/// How full the recording is, and what then: `12.3 of 256.0 MiB, then the oldest are dropped`.
pub fn cap_text(figures: &LogFigures, limit_bytes: u64, when_full: WhenFull) -> String {
    let (used, limit) = (Bytes::new(figures.bytes), Bytes::new(limit_bytes));
    match (when_full, figures.dropped, figures.refused) {
        (WhenFull::DropOldest, 0, _) => format!("{used} of {limit}; then the oldest are dropped"),
        (WhenFull::DropOldest, dropped, _) => format!("{used} of {limit}; {} oldest dropped", count(dropped)),
        (WhenFull::Stop, _, 0) => format!("{used} of {limit}; then it stops"),
        (WhenFull::Stop, _, refused) => format!("{used} of {limit}: full; {} not taken in", count(refused)),
    }
}

/// What became of the run as a file, in as few words as a status bar has room for, and in a
/// sentence; `None` where it is not kept as one.
pub const fn file_text(state: FileState) -> Option<(&'static str, &'static str)> {
    match state {
        FileState::None => None,
        FileState::Growing => {
            Some(("writing", "The run is written to the browser's storage as it grows: Snapshots lists it."))
        }
        FileState::Whole => {
            Some(("complete", "All of the run so far is in the browser's storage, and its file is closed."))
        }
        FileState::CutOff => Some((
            "ended early",
            "Memory dropped events before they were written. The file ends with its last whole part; the run goes on without it.",
        )),
        FileState::StorageFull => Some((
            "storage full",
            "The browser's storage is full. The file ends with its last whole part; the run goes on without it. Delete recordings to make room.",
        )),
    }
}

/// Whether a run that was to be a file is one no longer.
pub const fn is_file_ended(state: FileState) -> bool {
    matches!(state, FileState::CutOff | FileState::StorageFull)
}

/// What is missing, by cause: lost by rings, dropped, not taken in, ends not seen,
/// without a beginning or put right.
pub const fn gap_figures(figures: &LogFigures) -> [u64; 5] {
    let LogFigures { lost, dropped, refused, inferred, unmatched, corrected, .. } = *figures;
    [lost, dropped, refused, inferred, unmatched + corrected]
}

/// Events that are missing or were made up: all that makes a moment approximate.
pub const fn missing(figures: &LogFigures) -> u64 {
    figures.lost + figures.inferred + figures.unmatched + figures.corrected
}

/// The same by cause, in words.
pub fn missing_text(figures: &LogFigures) -> String {
    if missing(figures) == 0 {
        return "No event is missing: every figure of the recording is exact.".into();
    }
    let causes = [
        (figures.lost, "lost by a full ring"),
        (figures.inferred, "ends that nobody saw"),
        (figures.unmatched, "without a beginning"),
        (figures.corrected, "put right"),
    ];
    let said = causes.into_iter().filter(|(events, _)| *events > 0);
    let said: Vec<String> = said.map(|(events, what)| format!("{} {what}", count(events))).collect();
    format!("Events that are missing or were made up: {}. Moments after them are approximate.", said.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_units::owner::{MemoryCategory, Owner};
    use std::collections::BTreeSet;

    fn recorded(log: &EventLog, events: &[Event]) {
        let mut recorder = Recorder::new(log);
        events.iter().for_each(|event| recorder.take(*event));
        recorder.publish();
    }

    fn place(reader: &Reader<'_>, position: u64) -> (String, String) {
        let words = moment_text(reader, position, &Names::engine());
        (words.time, words.place)
    }

    #[test]
    fn a_moment_is_counted_from_its_own_run() {
        let log = EventLog::default();
        let start = Event { size_bytes: 1 << 20, ..Event::note(0, Op::RunStart) };
        let note = |time_us| Event::note(time_us, Op::Submit);
        recorded(&log, &[start, note(5), note(9), start, note(7), note(1_500_000)]);
        let mut reader = Reader::new(&log);
        reader.refresh();
        assert_eq!(place(&reader, 3), ("0.000000 s".into(), "event 0 of 3".into()));
        assert_eq!(place(&reader, 5), ("0.000007 s".into(), "event 2 of 3".into()));
        assert_eq!(place(&reader, 6), ("1.500000 s".into(), "event 3 of 3".into()));
        assert_eq!(place(&reader, 2), ("0.000005 s".into(), "in an earlier run".into()));
    }

    #[test]
    fn events_say_what_how_much_and_whose() {
        let event = |op, detail, size_bytes| {
            let owner = Owner::from(MemoryCategory::ECS);
            event_text(&Event { owner, detail, size_bytes, ..Event::note(0, op) }, &Names::engine())
        };
        assert_eq!(event(Op::ArenaAllocate, 0, 65_536), "Arena: allocated 64.0 KiB, ECS");
        assert_eq!(event(Op::ArenaFailure, 1, 4_096), "Arena: refused 4.0 KiB, ECS: fragmented");
        assert_eq!(event(Op::ArenaFailure, 99, 4_096), "Arena: refused 4.0 KiB, ECS");
        assert_eq!(event(Op::PressureChange, 2, 0), "Budget: pressure changed to high");
        let change = LimitChanged { node: LimitNode::Category, bound: LimitBound::Max, from: None, to: Some(32 << 20) };
        let change = change.event(0, Owner::from(MemoryCategory::ECS));
        assert_eq!(event_text(&change, &Names::engine()), "Limit changed: ECS maximum no limit → 32.0 MiB");
        assert_eq!(event(Op::Lost, 0, 12_345), "Events lost: 12\u{a0}345");
        assert_eq!(event(Op::Submit, 0, 0), "GPU: submitted");
        assert_eq!(Op::ALL.map(op_text).into_iter().collect::<BTreeSet<_>>().len(), Op::ALL.len());
    }

    #[test]
    fn a_full_recording_says_so() {
        let figures = LogFigures { length: 1_234_567, bytes: 64 << 20, ..LogFigures::default() };
        let words = |figures, when_full| cap_text(&figures, 64 << 20, when_full);
        assert_eq!(words(figures, WhenFull::Stop), "64.0 MiB of 64.0 MiB; then it stops");
        assert_eq!(
            words(LogFigures { refused: 9, ..figures }, WhenFull::Stop),
            "64.0 MiB of 64.0 MiB: full; 9 not taken in"
        );
        assert_eq!(
            words(LogFigures { dropped: 7, ..figures }, WhenFull::DropOldest),
            "64.0 MiB of 64.0 MiB; 7 oldest dropped"
        );
        assert_eq!(kept_text(&figures), "1.23 M · 64.0 MiB");
        assert_eq!(kept_text(&LogFigures { first: 1_234_000, refused: 1, ..figures }), "567 · 64.0 MiB · full");
    }

    #[test]
    fn a_file_says_what_became_of_it() {
        let words: BTreeSet<_> = FileState::ALL.into_iter().filter_map(file_text).collect();
        assert_eq!(words.len(), FileState::ALL.len() - 1, "each its own, and nothing of a run that is not kept");
        let ended: Vec<_> = FileState::ALL.into_iter().filter(|state| is_file_ended(*state)).collect();
        assert_eq!(ended, [FileState::CutOff, FileState::StorageFull]);
    }

    #[test]
    fn what_is_missing_is_all_that_makes_a_moment_approximate() {
        let figures = LogFigures { lost: 0, inferred: 2, corrected: 3, ..LogFigures::default() };
        assert_eq!(missing(&figures), 5);
        assert!(missing_text(&figures).contains(": 2 ends that nobody saw, 3 put right."));
        assert_eq!(missing(&LogFigures { dropped: 9, ..LogFigures::default() }), 0, "told apart: they made room");
    }
}
