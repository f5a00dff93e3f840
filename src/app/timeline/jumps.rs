//! Jumps from anywhere on the page, also where the timeline is not on screen.

use crate::analysis::timeline::landmarks::{Landmark, Way};
use crate::app::engine::console;
use crate::app::state::store::Store;
use crate::platform::engine::Engine;
use crate::recording::Reader;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// Which one is jumped to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Jump {
    /// The first of the run.
    First,
    /// The one after the moment that is shown.
    Next,
    /// The one before it.
    Previous,
}

impl Jump {
    /// Its name within a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::First => "first",
            Self::Next => "next",
            Self::Previous => "previous",
        }
    }
}

/// Shows the moment just after such an event. Where there is none, the console says so.
pub fn go(store: Store, landmark: Landmark, jump: Jump) {
    let Some(log) = store.engine.0.with_untracked(|engine| engine.as_ref().map(Engine::event_log)) else { return };
    let mut reader = Reader::new(log);
    reader.refresh();
    let moment = store.selected.moment.get_untracked().unwrap_or(reader.run().end);
    let found = match jump {
        Jump::First => landmark.first(&reader),
        Jump::Next => landmark.beside(&reader, moment, Way::On),
        Jump::Previous => landmark.beside(&reader, moment, Way::Back),
    };
    match found {
        Some(event) => store.selected.set_moment(event + 1),
        None => console::note(store, Level::Info, format!("there is no {} {}", jump.label(), landmark.label()), None),
    }
}
