//! Tells the first leak of a run where one is, whatever panel is on screen: a line of the
//! console that leads to the Leaks panel, and what its tab's dot says.

use super::SLICE;
use super::found::Found;
use crate::analysis::leaks::growth_text::{self, FindingLine};
use crate::analysis::leaks::watch::{LeakWatch, Progress};
use crate::app::engine::console;
use crate::app::frames::frame_loop::{on_frame, share_ms};
use crate::app::recordings::reader::Recording;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::platform::clock::now_ms;
use crate::recording::Reader;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// Between two searches, at least; and never for more than a twentieth of the time.
const SEARCHED_MS: f64 = 5_000.0;
const SEARCHED_SHARE: f64 = 20.0;

/// Takes in what a search found, its own or the panel's. The first suspects of a run are
/// told.
pub(super) fn take(store: Store, lines: &[FindingLine]) {
    let found = Found::of(lines);
    let was_told = store.leaks.with_untracked(|told| !told.suspects.is_empty());
    if let Some(line) = lines.iter().find(|line| line.is_suspect).filter(|_| !was_told) {
        let text = format!(
            "first leak found in this run: {} in {} grows without release, {} by now",
            line.tag, line.heap_label, line.slope
        );
        console::note_to(store, Level::Warning, text, None, Some(Tab::Leaks));
    }
    // Who was suspected once is not forgotten by a search of other marks.
    if !found.suspects.is_empty() && store.leaks.with_untracked(|told| *told != found) {
        store.leaks.set(found);
    }
}

/// Searches for as long as the current owner lives, while the panel does not.
pub fn follow(store: Store, recording: Recording) {
    let mut search = Search::default();
    on_frame(move |frame| {
        let is_running = store.running.get_untracked();
        recording.read(|reader, _| search.step(store, reader, frame.now_ms, is_running));
    });
}

/// The search between two frames.
#[derive(Default)]
struct Search {
    run_start: u64,
    watch: LeakWatch,
    begun_ms: f64,
    due_ms: f64,
}

impl Search {
    fn step(&mut self, store: Store, reader: &Reader<'_>, frame_ms: f64, is_running: bool) {
        let run_start = reader.log().run_start();
        if self.run_start != run_start {
            *self = Self { run_start, due_ms: frame_ms + SEARCHED_MS, ..Self::default() };
            store.leaks.set(Found::default());
        }
        let is_elsewhere = store.tab.with_untracked(|tab| *tab == Tab::Leaks);
        if !is_running || is_elsewhere {
            return;
        }
        if !self.watch.is_searching() {
            if frame_ms < self.due_ms || reader.run().end - reader.run().start < SLICE {
                return;
            }
            self.begun_ms = frame_ms;
            self.watch.begin_of_run(reader);
        }
        let until_ms = now_ms() + share_ms(is_running);
        match self.watch.advance(reader, || now_ms() < until_ms) {
            Progress::Searching(_) => {}
            Progress::Done(searched) => {
                take(store, &growth_text::lines(&searched.findings, &store.names.get_untracked()));
                self.rest(frame_ms);
            }
            Progress::Idle | Progress::Gone(_) => self.rest(frame_ms),
        }
    }

    fn rest(&mut self, frame_ms: f64) {
        self.due_ms = frame_ms + SEARCHED_MS.max((frame_ms - self.begun_ms) * SEARCHED_SHARE);
    }
}
