//! What is to be known of the run that is shown, where that is a file's: what its format
//! does not hold, and what was noticed while it was read.

use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::recording::Tables;
use crate::trace::{Note, NoteKind};
use leptos::prelude::*;
use std::sync::Arc;

/// The lines, or nothing.
#[component]
pub fn RunNotes() -> impl IntoView {
    let (store, recording) = (Store::expect(), Recording::expect());
    let tables = recording.tables();
    let is_file = Memo::new(move |_| store.runs.shown_file().is_some() && tables.with(Option::is_some));
    view! {
        <Show when=move || is_file.get()>
            {move || tables.get().map(|tables| view! { <Notes tables/> })}
        </Show>
    }
}

#[component]
fn Notes(tables: Arc<Tables>) -> impl IntoView {
    let manifest = &tables.manifest;
    let told = |note: &Note| {
        let (class, word) = match note.kind {
            NoteKind::Contradiction => ("note bad", "Contradicts itself"),
            NoteKind::Missing => ("note warn", "Missing"),
            NoteKind::Remark => ("note", "Note"),
        };
        view! { <li class=class><b>{word}</b>" "{note.text.clone()}</li> }
    };
    let mut notes: Vec<&Note> = manifest.notes.iter().collect();
    notes.sort_by_key(|note| note.kind);
    let is_bad = notes.first().is_some_and(|note| note.kind == NoteKind::Contradiction);
    let source = source_words(&tables);
    let lacking: Vec<String> = manifest.cannot_tell.values().cloned().collect();
    let summary = match (notes.len(), lacking.len()) {
        (0, 0) => source.clone(),
        (0, _) => format!("{source} · what it cannot tell"),
        (count, _) => format!("{source} · {count} {}", if count == 1 { "note" } else { "notes" }),
    };
    view! {
        <aside class="run-notes" aria-label="About this recording">
            <details open=is_bad>
                <summary class:bad=is_bad>{summary}</summary>
                <ul>
                    {notes.into_iter().map(told).collect_view()}
                    {lacking.into_iter().map(|why| view! { <li class="note dim">{why}</li> }).collect_view()}
                </ul>
            </details>
        </aside>
    }
}

/// `PyTorch CUDA snapshot · version 4 · NVIDIA H100`.
fn source_words(tables: &Tables) -> String {
    let source = &tables.manifest.source;
    let version = source.version.as_ref().map(|version| format!("version {version}"));
    let parts = [Some(source.label.clone()), version, source.tool.clone(), source.subject.clone(), source.host.clone()];
    parts.into_iter().flatten().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" · ")
}
