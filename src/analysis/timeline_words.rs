//! The timeline in words: the moment that is shown, the event before it, the
//! recording's own figures.

use super::event_columns::EventAxis;
use super::table_numbers::count;
use super::timeline_ticks::exact_moment;
use super::window::TimeSpan;
use crate::budget::Pressure;
use crate::recording::{LogFigures, Reader, WhenFull};
use crate::telemetry::event::{Event, Failure, Op, Role};
use crate::units::Bytes;

/// Where a position lies in the newest run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MomentWords {
    /// `12.345678 s`.
    pub time: String,
    /// `event 1 234 567 of 5 000 000`.
    pub place: String,
}

/// Of a position; of an earlier run, the time is that run's own.
pub fn moment_words(reader: &Reader<'_>, position: u64) -> MomentWords {
    let run = reader.run_start()..reader.events().end;
    // At the start of a run, the event before is of another.
    let before = position.checked_sub(1).filter(|_| position != run.start);
    let time_us = before.and_then(|event| reader.time_us(event)).unwrap_or(0);
    let place = match position.checked_sub(run.start) {
        Some(passed) => format!("event {} of {}", count(passed), count(run.end - run.start)),
        None => "in an earlier run".into(),
    };
    MomentWords { time: exact_moment(time_us), place }
}

/// What happened, as a row of a table says it.
pub const fn op_words(op: Op) -> &'static str {
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
    }
}

const fn failure_words(failure: Failure) -> &'static str {
    match failure {
        Failure::Full => ": full",
        Failure::Fragmented => ": fragmented",
        Failure::NoNodes => ": table of ranges full",
        Failure::Invalid => ": invalid request",
        Failure::Contended => ": held by another thread",
    }
}

/// A level of pressure, as events and standings number it.
pub fn pressure_words(level: u8) -> &'static str {
    Pressure::ALL.get(usize::from(level)).map_or("–", |level| level.key())
}

/// One event in a sentence: what, how much, whose.
pub fn event_words(event: &Event) -> String {
    let what = op_words(event.op);
    match (event.op, event.op.role()) {
        (Op::Lost, _) => format!("{}: {}", what, count(event.size_bytes)),
        (Op::ArenaFailure, _) => {
            let why = Failure::from_detail(event.detail).map_or("", failure_words);
            format!("{what} {}, {}{why}", Bytes::new(event.size_bytes), event.owner.category.label())
        }
        (Op::PressureChange, _) => format!("{what} to {}", pressure_words(event.detail)),
        (Op::BudgetRefusal, _) | (_, Role::Begins(_) | Role::Changes(_) | Role::Ends(_)) => {
            format!("{what} {}, {}", Bytes::new(event.size_bytes), event.owner.category.label())
        }
        _ => what.into(),
    }
}

/// What is on screen, for who does not see it.
pub fn summary(axis: EventAxis, span: TimeSpan, events: u64) -> String {
    if events <= 1 {
        return "Timeline: nothing recorded yet".into();
    }
    let (from, to) = (span.start_us.max(0.0) as u64, span.end_us.max(0.0) as u64);
    let shown = match axis {
        EventAxis::Time => format!("{} to {}", exact_moment(from), exact_moment(to)),
        EventAxis::Number => format!("events {} to {}", count(from), count(to)),
    };
    format!("Timeline of {} events; shown: {shown}", count(events))
}

/// What is kept, in as few words as a status bar has room for: `1.2 M · 23.4 MiB`.
pub fn kept_words(figures: &LogFigures) -> String {
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
pub fn cap_words(figures: &LogFigures, limit_bytes: u64, when_full: WhenFull) -> String {
    let (used, limit) = (Bytes::new(figures.bytes), Bytes::new(limit_bytes));
    match (when_full, figures.dropped, figures.refused) {
        (WhenFull::DropOldest, 0, _) => format!("{used} of {limit}; then the oldest are dropped"),
        (WhenFull::DropOldest, dropped, _) => format!("{used} of {limit}; {} oldest dropped", count(dropped)),
        (WhenFull::Stop, _, 0) => format!("{used} of {limit}; then it stops"),
        (WhenFull::Stop, _, refused) => format!("{used} of {limit}: full; {} not taken in", count(refused)),
    }
}

/// What is missing, by cause: lost by rings, dropped, not taken in, ends not seen,
/// without a beginning or put right.
pub const fn gap_figures(figures: &LogFigures) -> [u64; 5] {
    let LogFigures { lost, dropped, refused, inferred, unmatched, corrected, .. } = *figures;
    [lost, dropped, refused, inferred, unmatched + corrected]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::owner::{MemoryCategory, Owner};
    use crate::recording::{EventLog, Recorder};
    use std::collections::BTreeSet;

    fn recorded(log: &EventLog, events: &[Event]) {
        let mut recorder = Recorder::new(log);
        events.iter().for_each(|event| recorder.take(*event));
        recorder.publish();
    }

    fn place(reader: &Reader<'_>, position: u64) -> (String, String) {
        let words = moment_words(reader, position);
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
            let owner = Owner::from(MemoryCategory::Ecs);
            event_words(&Event { owner, detail, size_bytes, ..Event::note(0, op) })
        };
        assert_eq!(event(Op::ArenaAllocate, 0, 65_536), "Arena: allocated 64.0 KiB, ECS");
        assert_eq!(event(Op::ArenaFailure, 1, 4_096), "Arena: refused 4.0 KiB, ECS: fragmented");
        assert_eq!(event(Op::ArenaFailure, 99, 4_096), "Arena: refused 4.0 KiB, ECS");
        assert_eq!(event(Op::PressureChange, 2, 0), "Budget: pressure changed to high");
        assert_eq!(event(Op::Lost, 0, 12_345), "Events lost: 12\u{a0}345");
        assert_eq!(event(Op::Submit, 0, 0), "GPU: submitted");
        assert_eq!(Op::ALL.map(op_words).into_iter().collect::<BTreeSet<_>>().len(), Op::ALL.len());
    }

    #[test]
    fn a_full_recording_says_so() {
        let figures = LogFigures { length: 1_234_567, bytes: 64 << 20, ..LogFigures::default() };
        let words = |figures, when_full| cap_words(&figures, 64 << 20, when_full);
        assert_eq!(words(figures, WhenFull::Stop), "64.0 MiB of 64.0 MiB; then it stops");
        assert_eq!(
            words(LogFigures { refused: 9, ..figures }, WhenFull::Stop),
            "64.0 MiB of 64.0 MiB: full; 9 not taken in"
        );
        assert_eq!(
            words(LogFigures { dropped: 7, ..figures }, WhenFull::DropOldest),
            "64.0 MiB of 64.0 MiB; 7 oldest dropped"
        );
        assert_eq!(kept_words(&figures), "1.23 M · 64.0 MiB");
        assert_eq!(kept_words(&LogFigures { first: 1_234_000, refused: 1, ..figures }), "567 · 64.0 MiB · full");
    }
}
