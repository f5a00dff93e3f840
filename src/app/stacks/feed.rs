//! Brings the graph up to what is looked at, a share of each frame.

use super::state::StacksState;
use crate::analysis::stacks::asked::Asked;
use crate::analysis::stacks::graph::{Wanted, Work};
use crate::analysis::stacks::site_count::alive_of;
use crate::app::frames::frame_loop::share_ms;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::platform::clock::now_ms;
use leptos::prelude::*;

/// What the graph is brought up from.
#[derive(Clone, Copy)]
pub(super) struct StacksFeed {
    store: Store,
    recording: Recording,
}

impl StacksFeed {
    /// Of the current context.
    pub(super) fn from_context() -> Self {
        Self { store: Store::expect(), recording: Recording::expect() }
    }

    /// Works on the graph; what is left to do, `None` where nothing is.
    pub(super) fn follow(self, state: StacksState, width_px: u32) -> Option<Work> {
        let until_ms = now_ms() + share_ms(self.store.running.get_untracked());
        let tables = self.recording.tables().get_untracked();
        state.graph.update_value(|graph| {
            graph.of_tables(tables.as_ref());
            state.search.with_untracked(|text| graph.search(text));
        });
        let wanted = self.wanted(state, width_px);
        self.begin_where_due(state, &wanted);
        self.recording.read(|reader, _| {
            state.graph.try_update_value(|graph| graph.advance(reader, &wanted, || now_ms() < until_ms)).flatten()
        })
    }

    fn wanted(self, state: StacksState, width_px: u32) -> Wanted {
        let (measure, direction) = (state.measure.get_untracked(), state.direction.get_untracked());
        let selection = self.store.selected.now.get_untracked();
        let asked = self.recording.read(|reader, _| Asked::of(reader, measure.counted(), &selection));
        Wanted { asked, measure, direction, width_px }
    }

    fn begin_where_due(self, state: StacksState, wanted: &Wanted) {
        let due = self.recording.read(|reader, _| state.graph.with_value(|graph| graph.is_due(reader, wanted)));
        let Some(position) = due else { return };
        let alive = match wanted.asked.counts_alive() {
            // A position that the recording does not reach leaves what is shown.
            true => self.recording.state_at(position, |_, state| alive_of(state)),
            false => Some(Vec::new()),
        };
        if let Some(alive) = alive {
            state.graph.update_value(|graph| graph.count(wanted.asked.clone(), alive));
        }
    }
}

/// Forgets what was counted of a run as soon as another is shown, for as long as the
/// current owner lives.
pub fn forget(store: Store, recording: Recording) {
    let state = store.stacks;
    Effect::new(move || {
        let tables = recording.tables().get();
        state.graph.update_value(|graph| graph.of_tables(tables.as_ref()));
    });
}
