//! Keeps the page's clock and the charts' window together; stops the clock and lets it go on.
//! What that means is in [`crate::analysis::moment::clock`].

use crate::analysis::moment::clock::{Change, ClockKeeper};
use crate::analysis::overview::strip::run_span;
use crate::app::chart::view::View;
use crate::app::frames::frame_loop::on_frame;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::{SharedMemory, Store};
use crate::recording::Reader;
use leptos::prelude::*;

/// Keeps both together for as long as the current owner lives.
pub fn follow(store: Store, view: View) {
    let (SharedMemory(shared), recording) = (expect_context(), Recording::expect());
    let (mut keeper, mut run_start) = (ClockKeeper::default(), recording.log().run_start());
    on_frame(move |_| {
        let newest_run = recording.log().run_start();
        if core::mem::replace(&mut run_start, newest_run) != newest_run {
            keeper.begin_run();
            view.set_window(view.window().following());
        }
        let is_still = view.end_us.with_untracked(Option::is_some);
        let is_running = store.running.get_untracked();
        match keeper.settle(store.selected.clock.get_untracked(), is_still, is_running) {
            Change::Nothing => {}
            Change::Follow => view.set_window(view.window().following()),
            Change::StandStill => {
                let opened = recording.opened_samples();
                let run = run_span(opened.as_deref().unwrap_or(&shared.samples));
                view.set_window(view.window().stopped(run));
            }
            Change::Pause => pause(store),
            Change::GoLive => store.selected.go_live(),
        }
    });
}

/// Stops the clock at the newest figures, or shows the newest moment again.
pub fn pause_or_go_on(store: Store) {
    if store.selected.clock.get_untracked().is_live() {
        pause(store);
    } else {
        store.selected.go_live();
    }
}

/// Stops at the figures that are on screen: after all events up to their time.
pub fn pause(store: Store) {
    if let Some(position) = position_after(store, store.metrics.with_untracked(|metrics| metrics.time_us)) {
        store.selected.pause_at(position);
    }
}

/// Shows the moment after all events up to a time of the newest run, µs.
pub fn go_to(store: Store, time_us: u64) {
    if let Some(position) = position_after(store, time_us) {
        store.selected.set_moment(position);
    }
}

fn position_after(store: Store, time_us: u64) -> Option<u64> {
    store.engine.0.with_untracked(Option::is_some).then_some(())?;
    let mut reader = Reader::new(store.runs.shown_log());
    reader.refresh();
    Some(reader.position_at(time_us + 1))
}
