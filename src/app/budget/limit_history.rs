//! Limits that were changed by hand, in the page's history: its undo takes them back.

use crate::analysis::budget::limit_steps::{LimitStep, LimitSteps};
use crate::app::engine::{console, rpc};
use crate::app::state::store::Store;
use leptos::prelude::*;

/// Applies a change, and makes it the page's newest step.
///
/// # Errors
/// The engine's message for people; nothing is changed then.
pub(super) async fn apply(store: Store, step: LimitStep) -> Result<(), String> {
    rpc::set_limits(store, step.on.clone()).await?;
    let held = store.limit_steps.try_update(|steps| steps.apply(step)).unwrap_or_default();
    store.selected.select(|selection| selection.limits = held);
    Ok(())
}

/// Sends the engine what undo and redo ask for, for as long as the current owner lives.
pub fn follow(store: Store) {
    Effect::new(move || {
        let wanted = store.selected.now.with(|selection| selection.limits);
        let edits = untrack(|| {
            store.limit_steps.try_maybe_update(|steps| {
                let edits = steps.move_to(wanted);
                (!edits.is_empty(), edits)
            })
        });
        let edits = edits.unwrap_or_default();
        if edits.is_empty() {
            return;
        }
        console::spawn(store, async move {
            for edit in edits {
                let changed = rpc::set_limits(store, edit).await;
                changed.map_err(|reason| format!("the limits were not changed: {reason}"))?;
            }
            Ok(())
        });
    });
}

/// Forgets them: a run has begun. Before the selection is cleared, so that nothing is undone.
pub fn clear(store: Store) {
    store.limit_steps.update(LimitSteps::clear);
}
