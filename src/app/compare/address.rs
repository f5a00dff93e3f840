//! A comparison in the page's address: followed when the page opens, written while the panel
//! shows one of files that the address opens too.

use super::state::{Chosen, DocumentKey};
use crate::analysis::compare::align::Align;
use crate::analysis::compare::link::LinkedSide;
use crate::analysis::compare::moment::Moment;
use crate::analysis::run::page_link::write_compare;
use crate::app::engine::console;
use crate::app::runs::state::Progress;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::platform::runs::RunSlot;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

/// Takes what the address asks for.
pub fn restore(store: Store, sides: &[String], align: Option<&str>) {
    if let Some(key) = align {
        match Align::from_key(key) {
            Some(align) => store.compare.align.set(align),
            None => refuse(store, format!("`align` is \"{key}\"; allowed: {}", Align::ALL.map(Align::key).join(", "))),
        }
    }
    if sides.is_empty() {
        return;
    }
    let read: Result<Vec<LinkedSide>, _> = sides.iter().map(|side| side.parse()).collect();
    match read {
        Ok(sides) if sides.len() == 2 => {
            store.compare.linked.set(sides);
            store.tab.set(Tab::Compare);
        }
        Ok(sides) => refuse(store, format!("`compare` is given {} times; two sides are compared", sides.len())),
        Err(error) => refuse(store, format!("`compare`: {error}")),
    }
}

fn refuse(store: Store, what: String) {
    console::note(store, Level::Warning, format!("address: {what}; it is not used"), None);
}

/// Chooses what the address asked for once its files are there.
pub fn follow(store: Store) {
    Effect::new(move || {
        let linked = store.compare.linked.get();
        let slots: Option<Vec<RunSlot>> = linked.iter().map(|side| slot_of(store, side.file)).collect();
        let Some([first, second]) = slots.as_deref() else { return };
        for (at, slot) in [(0, first), (1, second)] {
            let moment = linked[at].moment.to_string();
            store.compare.chosen[at].set(Chosen { key: Some(DocumentKey::Run(*slot)), moment });
        }
        store.compare.linked.set(Vec::new());
    });
}

/// The run of a file of the address, once all of it is there. Follows that.
fn slot_of(store: Store, file: usize) -> Option<RunSlot> {
    if file == 0 {
        return Some(RunSlot::ENGINE);
    }
    let slot =
        store.compare.opened.with(|opened| opened.iter().find(|(number, _)| *number == file).map(|(_, slot)| *slot))?;
    let is_whole = store
        .runs
        .open
        .with(|open| open.iter().any(|run| run.slot == slot && matches!(run.progress, Progress::Whole(_))));
    is_whole.then_some(slot)
}

/// The part of the address that asks for what the panel shows; empty on other panels, and
/// where a side is of no file of the address. Follows it.
pub fn query(store: Store) -> String {
    if store.tab.get() != Tab::Compare {
        return String::new();
    }
    let Some(asked) = store.compare.asked.get() else { return String::new() };
    let side = |(key, moment): &(DocumentKey, String)| {
        let DocumentKey::Run(slot) = key else { return None };
        let file = match *slot {
            RunSlot::ENGINE => Some(0),
            slot => {
                store.compare.opened.with(|opened| opened.iter().find(|(_, of)| *of == slot).map(|(file, _)| *file))
            }
        };
        let linked = LinkedSide { file: file?, moment: moment.parse::<Moment>().ok()? };
        Some(String::from(js_sys::encode_uri_component(&linked.to_string())))
    };
    match [side(&asked.sides[0]), side(&asked.sides[1])] {
        [Some(first), Some(second)] => write_compare(&[first, second], asked.align.key()),
        _ => String::new(),
    }
}
