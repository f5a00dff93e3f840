//! The recording and its moments, for scripts.

use super::store::Store;
use crate::recording::{EventLog, Reader, WhenFull};
use crate::telemetry::work_time::WorkTime;
use leptos::prelude::WithUntracked;
use serde::{Deserialize, Serialize};

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
    /// Time that the recorder spent taking events in, since the page opened.
    busy_us: u64,
    /// Events that it took in in that time, for each second of it; `null` before the first.
    ingest_per_second: Option<f64>,
    /// The position that is shown; `null` is live.
    moment: Option<u64>,
}

/// Where `show_moment` goes.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum MomentRequest {
    /// After all events up to then, µs since the run's start.
    TimeUs(u64),
    /// After so many events of the newest run.
    Event(u64),
}

fn log(store: Store) -> Option<&'static EventLog> {
    Some(log_and_recorder(store)?.0)
}

fn log_and_recorder(store: Store) -> Option<(&'static EventLog, &'static WorkTime)> {
    store.engine.0.with_untracked(|engine| {
        let engine = engine.as_ref()?;
        Some((engine.event_log(), &engine.shared().recorder))
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
        when_full: if limits.when_full == WhenFull::Stop { "stop" } else { "drop" },
        dropped: figures.dropped,
        refused: figures.refused,
        lost: figures.lost,
        inferred: figures.inferred,
        unmatched: figures.unmatched,
        corrected: figures.corrected,
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
