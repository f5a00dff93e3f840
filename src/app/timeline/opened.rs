//! The windows of a file's run: all of it is on screen when it is opened, and while it is read
//! for as long as nobody looks closer; the engine's window comes back with its run.

use crate::analysis::chart::window::{TimeSpan, TimeWindow};
use crate::analysis::timeline::columns::EventAxis;
use crate::analysis::timeline::window::whole_still;
use crate::app::chart::view::View;
use crate::app::frames::frame_loop::on_frame;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;

/// The windows over time and over the events' numbers.
type Windows = [TimeWindow; 2];

/// What is on screen.
#[derive(Default)]
struct Shown {
    slot: RunSlot,
    /// All of a file, as it was shown last.
    whole: Option<Windows>,
    /// Those of the engine, while a file is shown.
    engines: Option<Windows>,
}

/// Keeps the windows so for as long as the current owner lives.
pub fn follow(store: Store, view: View, recording: Recording) {
    let mut shown = Shown::default();
    on_frame(move |_| {
        let slot = store.runs.shown.get_untracked();
        if shown.slot != slot {
            turn(&mut shown, slot, store, view);
        }
        // Before the first moment, the page does not stand still.
        let stands = !store.selected.clock.get_untracked().is_live();
        if slot != RunSlot::ENGINE && stands {
            show_whole(&mut shown, store, view, recording);
        }
    });
}

fn turn(shown: &mut Shown, slot: RunSlot, store: Store, view: View) {
    if shown.slot == RunSlot::ENGINE {
        shown.engines = Some(windows(store, view));
    }
    (shown.slot, shown.whole) = (slot, None);
    if slot == RunSlot::ENGINE
        && let Some(engines) = shown.engines.take()
    {
        set_windows(store, view, engines.map(TimeWindow::following));
    }
}

fn show_whole(shown: &mut Shown, store: Store, view: View, recording: Recording) {
    let whole = recording.read(|reader, _| {
        [EventAxis::Time, EventAxis::Number].map(|axis| {
            let end_us = axis.newest(reader) as f64 + if axis == EventAxis::Number { 1.0 } else { 0.0 };
            whole_still(TimeSpan { start_us: 0.0, end_us })
        })
    });
    let is_left_alone = shown.whole.is_none_or(|before| before == windows(store, view));
    if is_left_alone && shown.whole != Some(whole) {
        set_windows(store, view, whole);
        shown.whole = Some(whole);
    }
}

fn windows(store: Store, view: View) -> Windows {
    [view.window(), store.timeline.numbers.get_untracked()]
}

fn set_windows(store: Store, view: View, [time, numbers]: Windows) {
    view.set_window(time);
    store.timeline.numbers.set(numbers);
}
