//! What a page's probe found: resources that nobody uses, destroys, or keeps for the next frame.

use crate::analysis::events::query::EventQuery;
use crate::analysis::numbers::text::count;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::trace::{Finding, FindingKind};
use crate::units::Bytes;
use leptos::prelude::*;

/// What a kind means, and what to do about it.
const fn hint(kind: FindingKind) -> &'static str {
    match kind {
        FindingKind::NeverUsed => {
            "Alive for 60 frames or more, and no command has named it: is it made too early, or for nothing?"
        }
        FindingKind::Unused => "No command has named it for 300 frames or more: can it go until it is needed?",
        FindingKind::LeftToCollector => "Nobody called destroy(): its memory went late, and by chance. Call it.",
        FindingKind::MadeEachFrame => {
            "The same size and label again and again: keep one, or take it from a pool. Counts are of all that were made."
        }
    }
}

/// The card; nothing of runs of which no probe tells.
#[component]
pub fn FindingsCard() -> impl IntoView {
    let tables = Recording::expect().tables();
    let findings = Memo::new(move |_| {
        tables.with(|tables| tables.as_deref().map(|tables| tables.manifest.findings.clone()).unwrap_or_default())
    });
    let found = move || findings.with(|findings| format!("{} found", count(findings.len() as u64)));
    view! {
        <Show when=move || !findings.with(Vec::is_empty)>
            <Card title="Findings in the page" class="findings-card" scrolls=true only_now=true figures=move || view! { <span>{found}</span> }>
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"What"</th>
                            <th scope="col">"Finding"</th>
                            <th scope="col" class="number">"Objects"</th>
                            <th scope="col" class="number">"Bytes"</th>
                        </tr>
                    </thead>
                    <tbody>{move || findings.get().into_iter().map(row).collect_view()}</tbody>
                </table>
            </Card>
        </Show>
    }
}

fn row(finding: Finding) -> impl IntoView {
    let store = Store::expect();
    let Finding { kind, what, count: objects, bytes } = finding;
    let query = EventQuery { text: what.clone(), ..EventQuery::default() };
    let show = move |_| store.show_events(query.clone());
    view! {
        <tr>
            <th scope="row" class="name-cell">
                <button type="button" class="jump plain-jump" title="Show its events" on:click=show>{what}</button>
            </th>
            <td title=hint(kind)>{kind.label()}</td>
            <td class="number">{count(objects)}</td>
            <td class="number">{Bytes::new(bytes).to_string()}</td>
        </tr>
    }
}
