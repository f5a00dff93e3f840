//! The Snapshots panel: documents taken and opened, recordings in the browser's storage,
//! and the differences of two documents.

use super::compare::CompareCard;
use super::list::ListCard;
use super::look::{LookCards, Looked};
use crate::app::recordings::list::RecordingsCard;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Snapshots() -> impl IntoView {
    provide_context(Looked(RwSignal::new(None)));
    view! {
        <div class="stack">
            <ListCard/>
            <LookCards/>
            <RecordingsCard/>
            <CompareCard/>
        </div>
    }
}
