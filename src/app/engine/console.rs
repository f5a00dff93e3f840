//! The console's lines: what the engine and the page say, and what fails.

use crate::analysis::numbers::text::clock_text;
use crate::app::frames::frame_loop::every;
use crate::app::state::place::Tab;
use crate::app::state::store::{Line, Store};
use crate::telemetry::notice::Level;
use leptos::prelude::*;
use std::future::Future;
use std::sync::Arc;

/// Lines are shown at 4 Hz: readable, and cheap.
const SHOWN_EVERY_MS: f64 = 250.0;
/// Lines the console keeps.
const LINES_KEPT: usize = 1000;

/// Adds a line to the console, at the time of the run that the engine says, or the newest.
/// It is shown with the next others: see [`show_lines`].
pub fn note(store: Store, level: Level, text: impl Into<String>, engine_us: Option<u64>) {
    note_to(store, level, text, engine_us, None);
}

/// As [`note`], with the panel that the line leads to.
pub fn note_to(store: Store, level: Level, text: impl Into<String>, engine_us: Option<u64>, panel: Option<Tab>) {
    let text = text.into();
    let clock = wall_clock();
    let run = store.run.with_untracked(|run| run.number);
    let newest = || store.metrics.with_untracked(|metrics| metrics.time_us);
    let time_us = engine_us.or_else(|| (run > 0).then(newest));
    store.lines.update_untracked(|lines| {
        let number = lines.last().map_or(1, |line| line.number + 1);
        if lines.len() == LINES_KEPT {
            lines.remove(0);
        }
        lines.push(Arc::new(Line { number, clock, run, time_us, level, text, panel }));
    });
}

/// Shows the lines that came, for as long as the current owner lives: a storm has dozens
/// a second, and each would bring the whole list up to date.
pub fn show_lines(store: Store) {
    let newest = move || store.lines.with_untracked(|lines| lines.last().map_or(0, |line| line.number));
    let mut shown = newest();
    every(SHOWN_EVERY_MS, move |_| {
        if core::mem::replace(&mut shown, newest()) != newest() {
            store.lines.notify();
        }
    });
}

/// The time of day, as the console and lists show it.
pub fn wall_clock() -> String {
    let now = js_sys::Date::new_0();
    clock_text(now.get_hours(), now.get_minutes(), now.get_seconds(), now.get_milliseconds())
}

/// Runs something that may fail, on the page thread; a failure becomes a line
/// of the console.
pub fn spawn(store: Store, work: impl Future<Output = Result<(), String>> + 'static) {
    leptos::task::spawn_local(async move {
        if let Err(reason) = work.await {
            note(store, Level::Error, reason, None);
        }
    });
}
