//! Applies rules to the run that is shown: its events are told again into a log of their own,
//! with other categories; the one that the file gave stays, for other rules and for none.

use crate::analysis::categories::rules::{Rules, RulesError};
use crate::app::runs::opening::importer;
use crate::app::runs::showing::show;
use crate::app::runs::state::{OpenRun, Progress, Regrouped};
use crate::app::state::store::Store;
use crate::platform::documents::FileError;
use crate::platform::runs::{RUNS_MAX, RunSlot};
use leptos::prelude::*;

/// The run whose categories can be changed now, or why there is none. Follows what is shown.
///
/// # Errors
/// Why not, and what to do.
pub fn subject(store: Store) -> Result<OpenRun, &'static str> {
    let run = store.runs.shown_file().ok_or("The engine's run has the engine's own categories: open a file")?;
    match run.progress {
        Progress::Reading => Err("The file is still being read"),
        Progress::Attached => Err("The page is still being recorded: stop first"),
        Progress::Whole(_) if run.slot.log().tables().is_none() => {
            Err("A recording of the engine has the engine's own categories")
        }
        Progress::Whole(_) => Ok(run),
    }
}

/// Gives the run the categories that the rules say; without rules, those of the file again.
///
/// # Errors
/// A rule that means nothing, by line; or why it could not be done. The run stays as it was.
pub async fn apply(store: Store, run: OpenRun, text: String) -> Result<(), String> {
    let rules: Rules = text.parse().map_err(|error: RulesError| error.to_string())?;
    let original = run.original();
    if rules.is_empty() {
        replace(store, original, original, None);
        return Ok(());
    }
    let Some(slot) = store.runs.vacant() else {
        return Err(format!(
            "rules need room beside the run, and {} are open, which is the most: close one",
            RUNS_MAX - 1
        ));
    };
    store.runs.filling.set(Some(slot));
    let outcome = importer().regroup(original, slot, &text).await;
    store.runs.filling.set(None);
    if let Err(error) = outcome {
        if matches!(error, FileError::Stopped { .. }) {
            store.runs.spoilt.update_value(|spoilt| spoilt.push(slot));
        }
        return Err(error.to_string());
    }
    replace(store, original, slot, Some(Regrouped { original, rules: text.into() }));
    Ok(())
}

/// Puts another log in the place of a run's; closes the one of earlier rules.
fn replace(store: Store, original: RunSlot, slot: RunSlot, regrouped: Option<Regrouped>) {
    let known = store.runs.open.with_untracked(|open| open.iter().find(|run| run.original() == original).cloned());
    let Some(run) = known else {
        // It was closed meanwhile.
        slot.close();
        return;
    };
    if run.slot == slot {
        return;
    }
    let is_shown = store.runs.shown.get_untracked() == run.slot;
    let changed = OpenRun { slot, regrouped, ..run.clone() };
    store.runs.open.update(|open| {
        if let Some(place) = open.iter_mut().find(|place| place.slot == run.slot) {
            *place = changed;
        }
    });
    if is_shown {
        show(store, slot);
    }
    if run.slot != original {
        run.slot.close();
    }
}
