//! What the arena map looks at: part of the arena, colours, a pinned range, a question.
//! It outlives the panel, so that a look elsewhere changes nothing.

use crate::analysis::map::blockers::{Answer, Question};
use crate::analysis::map::colours::ColourBy;
use crate::analysis::map::pin::{Pin, PinCard};
use crate::analysis::map::pinning::PinningLine;
use crate::analysis::map::window::MapWindow;
use leptos::prelude::*;

/// The state of the look. Cheap to copy.
#[derive(Clone, Copy)]
pub struct MapLook {
    /// The part of the arena on screen.
    pub window: RwSignal<MapWindow>,
    /// What live allocations are coloured by.
    pub by: RwSignal<ColourBy>,
    /// The range that was clicked.
    pub pin: RwSignal<Option<Pin>>,
    /// Its card; kept fresh by the map.
    pub card: RwSignal<Option<PinCard>>,
    /// What is asked to fit.
    pub question: RwSignal<Option<Question>>,
    /// What is in its way; kept fresh by the map.
    pub answer: RwSignal<Option<Answer>>,
    /// Who keeps free space apart, most bytes first; kept fresh by the map.
    pub pinning: RwSignal<Vec<PinningLine>>,
    /// What the map shows of an earlier moment, in words; `None` while it is live.
    pub past: RwSignal<Option<String>>,
    /// The first event of the run that all this is about.
    pub run_start: StoredValue<u64>,
    /// What the map is asked to do once, at its next frame.
    pub request: RwSignal<Option<MapRequest>>,
}

/// Something for the map to do, asked from outside of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MapRequest {
    /// Twice as near, or as far, in the middle of what is on screen.
    Zoom(i32),
    /// Show everything.
    All,
    /// Show all of these addresses, as near as can be.
    Frame(core::ops::Range<u64>),
    /// Go near to these addresses.
    Show(core::ops::Range<u64>),
    /// Pin what is at this address, and go there.
    Pin(u64),
}

impl MapLook {
    /// The whole arena by category.
    pub fn new() -> Self {
        Self {
            window: RwSignal::new(MapWindow::ALL),
            by: RwSignal::new(ColourBy::Category),
            pin: RwSignal::new(None),
            card: RwSignal::new(None),
            question: RwSignal::new(None),
            answer: RwSignal::new(None),
            pinning: RwSignal::default(),
            past: RwSignal::new(None),
            run_start: StoredValue::new(0),
            request: RwSignal::new(None),
        }
    }

    /// Lets go of the pinned range.
    pub fn unpin(self) {
        self.pin.set(None);
        self.card.set(None);
    }

    /// Asks something, or nothing any more.
    pub fn ask(self, question: Option<Question>) {
        self.question.set(question);
        if question.is_none() {
            self.answer.set(None);
        }
    }
}

impl Default for MapLook {
    fn default() -> Self {
        Self::new()
    }
}
