//! What panels show while an earlier moment is selected: the figures of that moment.

use crate::analysis::moment::figures::Past;
use crate::app::frames::frame_loop::on_frame;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::{SharedMemory, Store};
use crate::recording::{EventSeries, Reader, State};
use leptos::prelude::*;
use std::sync::Arc;

/// Keeps [`Store::past`] at the moment for as long as the current owner lives.
pub fn follow(store: Store) {
    let SharedMemory(shared) = expect_context();
    keep_at_moment(store.past, move |reader, series, state| {
        let is_engines = !reader.log().is_opened();
        let past = store
            .metrics
            .with_untracked(|now| Past::of(reader, series, state, is_engines.then_some((&shared.samples, now))));
        Arc::new(past)
    });
}

/// Something computed from the state at the selected moment, anew in each frame in which
/// that is another one; `None` while the page is live.
pub fn at_moment<T: Send + Sync + 'static>(
    mut compute: impl FnMut(&Reader<'static>, &State) -> T + 'static,
) -> RwSignal<Option<T>> {
    let computed = RwSignal::new(None);
    keep_at_moment(computed, move |reader, _, state| compute(reader, state));
    computed
}

fn keep_at_moment<T: Send + Sync + 'static>(
    kept: RwSignal<Option<T>>,
    mut compute: impl FnMut(&Reader<'static>, &EventSeries, &State) -> T + 'static,
) {
    let (store, recording) = (Store::expect(), Recording::expect());
    let mut shown = None;
    on_frame(move |_| {
        let moment = store.selected.moment.get_untracked();
        if moment != shown {
            shown = moment;
            kept.set(moment.and_then(|moment| recording.all_at(moment, &mut compute)));
        }
    });
}
