//! The recording and its moments, for scripts.

use crate::app::state::store::Store;
use crate::recording::{EventLog, Reader};
use crate::session::config::{ArgumentError, integer, refuse};
use crate::telemetry::work_time::WorkTime;
use leptos::prelude::WithUntracked;
use serde::Serialize;
use serde_json::Value;

/// What `recording()` answers.
#[derive(Clone, Debug, Default, Serialize)]
pub struct RecordingFigures {
    /// Events taken in since the page opened.
    length: u64,
    /// The oldest that is kept.
    first: u64,
    /// The first of the newest run.
    run_start: u64,
    bytes: u64,
    limit_bytes: u64,
    when_full: &'static str,
    dropped: u64,
    refused: u64,
    lost: u64,
    inferred: u64,
    unmatched: u64,
    corrected: u64,
    /// Events of other runs, that came too late or without their run's start: left out.
    other_runs: u64,
    /// Memory of all of it, dropped chunks that somebody still reads included.
    bytes_total: u64,
    /// The run as a file, see [`FileState::key`](crate::recording::FileState::key).
    file: &'static str,
    /// Time that the recorder spent taking events in, since the page opened.
    busy_us: u64,
    /// Events that it took in in that time, for each second of it; `null` before the first.
    ingest_per_second: Option<f64>,
    /// The position that is shown; `null` is live.
    moment: Option<u64>,
}

/// Where `show_moment` goes: an event, a time, or back to live.
#[derive(Clone, Copy, Debug)]
pub enum MomentRequest {
    /// After all events up to then, µs since the run's start.
    TimeUs(u64),
    /// After so many events of the newest run.
    Event(u64),
}

/// What `show_moment` takes: an object with one of two names, or null.
const MOMENT_FORMS: &str = "{ time_us }, { event } or null";

/// The moment that a script asks for; `None` is live.
///
/// # Errors
/// Anything but one whole number under one of the two names.
pub fn moment_request(argument: &Value) -> Result<Option<MomentRequest>, ArgumentError> {
    let object = match argument {
        Value::Null => return Ok(None),
        Value::Object(object) if object.len() == 1 => object,
        other => return Err(refuse("show_moment(…)", other, MOMENT_FORMS)),
    };
    let whole = |name, value| integer(name, value, 0, 1 << 53, 1);
    object.iter().next().map_or(Ok(None), |(name, value)| match name.as_str() {
        "time_us" => whole(name, value).map(|time| Some(MomentRequest::TimeUs(time))),
        "event" => whole(name, value).map(|event| Some(MomentRequest::Event(event))),
        _ => Err(refuse("show_moment(…)", argument, MOMENT_FORMS)),
    })
}

fn log(store: Store) -> Option<&'static EventLog> {
    Some(log_and_recorder(store)?.0)
}

fn log_and_recorder(store: Store) -> Option<(&'static EventLog, &'static WorkTime)> {
    store.engine.0.with_untracked(|engine| {
        let engine = engine.as_ref()?;
        Some((store.runs.shown_log(), &engine.shared().recorder))
    })
}

/// The recording's own figures.
pub fn figures(store: Store) -> RecordingFigures {
    let Some((log, recorder)) = log_and_recorder(store) else { return RecordingFigures::default() };
    let (figures, limits) = (log.figures(), log.limits());
    RecordingFigures {
        length: figures.length,
        first: figures.first,
        run_start: log.run_start(),
        bytes: figures.bytes,
        limit_bytes: limits.bytes,
        when_full: limits.when_full.key(),
        dropped: figures.dropped,
        refused: figures.refused,
        lost: figures.lost,
        inferred: figures.inferred,
        unmatched: figures.unmatched,
        corrected: figures.corrected,
        other_runs: figures.other_runs,
        bytes_total: log.bytes(),
        file: log.file().key(),
        busy_us: recorder.busy_us(),
        ingest_per_second: recorder.per_second(),
        moment: store.selected.moment.with_untracked(|moment| *moment),
    }
}

/// Shows a moment of the newest run; `None` goes back to live.
///
/// # Errors
/// Where the recording does not reach it.
pub fn show_moment(store: Store, request: Option<MomentRequest>) -> Result<(), String> {
    let Some(request) = request else {
        store.selected.go_live();
        return Ok(());
    };
    let mut reader = Reader::new(log(store).ok_or("the engine is not running")?);
    reader.refresh();
    let run = reader.run();
    let position = match request {
        MomentRequest::TimeUs(time_us) => reader.position_at(time_us.saturating_add(1)),
        MomentRequest::Event(event) => reader.run_start().saturating_add(event),
    };
    if position < run.start || position > run.end {
        let (first, last) = (run.start - reader.run_start(), run.end - reader.run_start());
        return Err(format!("that moment is not recorded: events {first} to {last} of this run are"));
    }
    store.selected.set_moment(position);
    Ok(())
}
