//! From a comparison to the other panels: one of its runs at the moment that was compared.

use super::state::{Chosen, DocumentKey};
use crate::analysis::compare::change::When;
use crate::analysis::events::query::EventQuery;
use crate::app::frames::frame_loop;
use crate::app::runs;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use crate::recording::Reader;
use leptos::prelude::*;
use std::cell::Cell;

/// Frames until a run that was switched to has its own moments.
const SETTLED_AFTER: u32 = 3;

/// Chooses both sides the other way round.
pub fn turn(store: Store) {
    let [first, second] = store.compare.chosen;
    let [one, other]: [Chosen; 2] = [first.get_untracked(), second.get_untracked()];
    // What followed the list follows it no more: it would be on the wrong side.
    let keys = store.compare.asked.with_untracked(|asked| asked.as_ref().map(|asked| asked.sides.clone()));
    let [key_one, key_other] = keys.map_or([one.key, other.key], |sides| sides.map(|(key, _)| Some(key)));
    first.set(Chosen { key: key_other, ..other });
    second.set(Chosen { key: key_one, ..one });
}

/// The document of one side of the answer.
fn document(store: Store, when: When) -> Option<(DocumentKey, u64)> {
    let comparison = untrack(|| store.compare.done())?;
    let asked = store.compare.asked.get_untracked()?;
    let at = usize::from((when == When::After) != comparison.is_turned);
    let about = if when == When::Before { &comparison.before } else { &comparison.after };
    Some((asked.sides[at].0, about.events))
}

/// Whether one side of the answer is a run, which can be shown.
pub fn can_show(store: Store, when: When) -> bool {
    matches!(document(store, when), Some((DocumentKey::Run(_), _)))
}

/// Shows a run at the moment that was compared, on a panel.
pub fn show(store: Store, when: When, tab: Tab) {
    let Some((DocumentKey::Run(slot), events)) = document(store, when) else { return };
    store.tab.set(tab);
    show_run_at(store, slot, events);
}

/// As [`show`], with the events of whatever has these words.
pub fn show_events(store: Store, when: When, words: String) {
    if can_show(store, when) {
        show(store, when, Tab::Events);
        store.show_events(EventQuery { text: words, ..EventQuery::default() });
    }
}

fn show_run_at(store: Store, slot: RunSlot, events: u64) {
    runs::showing::show(store, slot);
    let left = Cell::new(SETTLED_AFTER);
    let owner = Owner::new();
    // What is looked at is of the run that was shown before, until the page's reader has
    // turned to this one.
    owner.with(|| {
        let own = owner.clone();
        frame_loop::on_frame(move |_| {
            left.set(left.get().saturating_sub(1));
            if left.get() == 0 {
                set_moment(store, slot, events);
                own.cleanup();
            }
        });
    });
}

fn set_moment(store: Store, slot: RunSlot, events: u64) {
    if store.runs.shown.get_untracked() == slot {
        let mut reader = Reader::new(slot.log());
        reader.refresh();
        let run = reader.run();
        store.selected.set_moment((run.start + events).min(run.end));
    }
}
