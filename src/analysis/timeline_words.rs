//! The timeline in words: the moment that is shown, the event before it, the
//! recording's own figures.

use super::event_columns::EventAxis;
use super::table_numbers::count;
use super::timeline_ticks::exact_moment;
use super::window::TimeSpan;
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

/// One event in a sentence: what, how much, whose.
pub fn event_words(event: &Event) -> String {
    let what = op_words(event.op);
    match (event.op, event.op.role()) {
        (Op::Lost, _) => format!("{}: {}", what, count(event.size_bytes)),
        (Op::ArenaFailure, _) => {
            let why = Failure::from_detail(event.detail).map_or("", failure_words);
            format!("{what} {}, {}{why}", Bytes::new(event.size_bytes), event.owner.category.label())
        }
        (Op::PressureChange, _) => format!("{what} to level {}", event.detail),
        (Op::BudgetRefusal, _) | (_, Role::Begins(_) | Role::Changes(_) | Role::Ends(_)) => {
            format!("{what} {}, {}", Bytes::new(event.size_bytes), event.owner.category.label())
        }
        _ => what.into(),
    }
}

/// What is on screen, for who does not see it.
pub fn summary(axis: EventAxis, span: TimeSpan, events: u64) -> String {
    if events == 0 {
        return "Timeline: nothing recorded yet".into();
    }
    let (from, to) = (span.start_us.max(0.0) as u64, span.end_us.max(0.0) as u64);
    let shown = match axis {
        EventAxis::Time => format!("{} to {}", exact_moment(from), exact_moment(to)),
        EventAxis::Number => format!("events {} to {}", count(from), count(to)),
    };
    format!("Timeline of {} events; shown: {shown}", count(events))
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
