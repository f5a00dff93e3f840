//! What the Events panel is asked for: kept while other panels are shown, and set
//! by those that lead to it.

use crate::analysis::events::query::EventQuery;
use crate::analysis::events::table::EventOrder;
use leptos::prelude::*;

/// The panel's state. Cheap to copy.
#[derive(Clone, Copy)]
pub struct EventsState {
    /// What is looked for.
    pub query: RwSignal<EventQuery>,
    /// The order of the rows.
    pub order: RwSignal<EventOrder>,
    /// The newest rows stay in view.
    pub follows: RwSignal<bool>,
    /// Only what all panels look at.
    pub is_within_selection: RwSignal<bool>,
}

impl EventsState {
    /// Everything, in the order of time, the newest in view.
    pub fn new() -> Self {
        Self {
            query: RwSignal::default(),
            order: RwSignal::default(),
            follows: RwSignal::new(true),
            is_within_selection: RwSignal::new(true),
        }
    }

    /// Looks for something else, in the order of time.
    pub fn ask(self, query: EventQuery) {
        self.query.set(query);
        self.order.set(EventOrder::default());
    }
}

impl Default for EventsState {
    fn default() -> Self {
        Self::new()
    }
}
