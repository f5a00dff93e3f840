//! The Stacks panel: the graph, and the table of functions behind it.

use super::chart::graph_card;
use super::find;
use super::table::table_card;
use super::texts::StacksTexts;
use crate::analysis::stacks::why_none;
use crate::app::recordings::reader::Recording;
use crate::app::runs::state::Progress;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// The panel, or why there is nothing in it.
#[component]
pub fn Stacks() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    let why = Memo::new(move |_| {
        let is_reading = store.runs.shown_file().is_some_and(|file| file.progress == Progress::Reading);
        recording.tables().with(|tables| why_none::of_run(tables.as_deref(), is_reading))
    });
    move || {
        match why.get() {
        Some(why) => view! { <section class="card stacks-none" aria-label="Call stacks"><div class="empty"><p>{why}</p></div></section> }.into_any(),
        None => view! { <WithStacks/> }.into_any(),
    }
    }
}

#[component]
fn WithStacks() -> impl IntoView {
    find::listen(Store::expect());
    let texts = StacksTexts::new();
    view! {
        <div class="stacks">
            {graph_card(texts)}
            {table_card(texts)}
        </div>
    }
}
