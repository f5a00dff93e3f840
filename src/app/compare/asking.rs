//! Asks the comparer worker: for the panel, which shows the newest answer, and for scripts.

use super::documents;
use super::state::{Answer, DocumentKey, Question};
use crate::analysis::compare::Comparison;
use crate::analysis::compare::align::Align;
use crate::app::state::store::Store;
use crate::platform::comparer::Comparer;
use crate::platform::writings::Writing;
use leptos::prelude::*;
use std::sync::Arc;

thread_local! {
    static COMPARER: Comparer = Comparer::default();
}

/// Why nothing more can be asked.
const TOO_MANY: &str = "as much is being written and compared as can be at once: wait until something is done";

/// Asks for the panel, unless it is what was asked last; what was going on is ended.
pub fn ask(store: Store, question: Question) {
    let state = store.compare;
    if state.asked.with_untracked(|asked| asked.as_ref() == Some(&question)) {
        return;
    }
    ask_again(store, question);
}

/// As [`ask`], whatever was asked last: runs may have grown.
pub fn ask_again(store: Store, question: Question) {
    let state = store.compare;
    cancel(store);
    state.asked.set(Some(question.clone()));
    let Some(going) = Writing::begin() else {
        return state.answer.set(Answer::Failed(TOO_MANY.into()));
    };
    state.answer.set(Answer::Going(going));
    leptos::task::spawn_local(async move {
        let Question { sides, align, .. } = question;
        let answer = compared(store, going, sides, align).await;
        // Whoever asked on has another answer coming.
        let is_newest =
            state.answer.with_untracked(|answer| matches!(answer, Answer::Going(newest) if *newest == going));
        going.end();
        if is_newest {
            state.answer.set(match answer {
                Ok(comparison) => Answer::Done(Arc::new(*comparison)),
                Err(reason) => Answer::Failed(reason),
            });
        }
    });
}

/// Ends what is going on for the panel; nothing is shown then.
pub fn cancel(store: Store) {
    let state = store.compare;
    let going = state.answer.with_untracked(|answer| match answer {
        Answer::Going(going) => Some(*going),
        _ => None,
    });
    if let Some(going) = going {
        going.cancel();
        state.answer.set(Answer::Failed("The comparison was cancelled.".into()));
    }
}

async fn compared(
    store: Store,
    going: Writing,
    sides: [(DocumentKey, String); 2],
    align: Align,
) -> Result<Box<Comparison>, String> {
    let [first, second] = sides.each_ref().map(|(key, moment)| documents::taken(store, *key, moment));
    let comparer = COMPARER.with(Comparer::clone);
    comparer.compare(going, [first?, second?], align).await.map_err(|error| error.to_string())
}

/// Asks for a script.
///
/// # Errors
/// A moment that is none or that a run does not have, a document that cannot be read, or that
/// too much is going on.
pub async fn answer(store: Store, sides: [(DocumentKey, String); 2], align: Align) -> Result<Box<Comparison>, String> {
    let going = Writing::begin().ok_or(TOO_MANY)?;
    let answer = compared(store, going, sides, align).await;
    going.end();
    answer
}
