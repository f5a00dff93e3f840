//! What it comes to, what to know before it is believed, and what both documents are.

use super::showing;
use crate::analysis::compare::Comparison;
use crate::analysis::compare::about::lines;
use crate::analysis::compare::change::When;
use crate::app::state::place::Tab;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The card "Before and after".
pub fn head_card(comparison: &Comparison) -> impl IntoView + use<> {
    let headline = comparison.headline();
    let warnings: Vec<String> = comparison.warnings.iter().map(ToString::to_string).collect();
    let rows = lines(&comparison.before, &comparison.after);
    let names = [comparison.before.words(), comparison.after.words()];
    // Where they are not alike, that is seen at once.
    let has_others = rows.iter().any(|row| !row.change.is_empty());
    let note = match (comparison.is_one_run, comparison.is_turned) {
        (true, _) => "Moments of one run: the earlier is before.",
        (_, true) => "The one chosen second is older: it is before.",
        _ => "",
    };
    view! {
        <Card title="Before and after" figures=move || view! { <ShowSide when=When::Before/><ShowSide when=When::After/> }>
            <p class="compare-headline" role="status">{headline}</p>
            {(!note.is_empty()).then(|| view! { <p class="note dim">{note}</p> })}
            {(!warnings.is_empty()).then(|| view! {
                <ul class="compare-warnings" aria-label="Warnings">
                    {warnings.into_iter().map(|text| view! { <li class="warn">{text}</li> }).collect_view()}
                </ul>
            })}
            <details class="compare-documents" open=has_others>
                <summary>"What both are"</summary>
            <div class="compare-scroll" tabindex="0" role="group" aria-label="Documents">
                <table class="table">
                    <thead>
                        <tr>
                            <th scope="col">"Document"</th>
                            {names.map(|name| view! { <th scope="col" class="name-cell" title=name.clone()>{name.clone()}</th> }).collect_view()}
                            <th scope="col">"Change"</th>
                        </tr>
                    </thead>
                    <tbody>
                        {rows.into_iter().map(|row| view! {
                            <tr>
                                <th scope="row" class="dim">{row.label}</th>
                                <td>{row.before}</td>
                                <td>{row.after}</td>
                                <td class="warn">{row.change}</td>
                            </tr>
                        }).collect_view()}
                    </tbody>
                </table>
            </div>
            </details>
        </Card>
    }
}

/// Shows one of both on the other panels.
#[component]
fn ShowSide(when: When) -> impl IntoView {
    let store = Store::expect();
    let (label, hint) = match when {
        When::Before => ("Show before", "Show the older run at that moment on the other panels"),
        When::After => ("Show after", "Show the newer run at that moment on the other panels"),
    };
    showing::can_show(store, when).then(|| {
        view! {
            <button type="button" class="button" title=hint on:click=move |_| showing::show(store, when, Tab::Overview)>
                {label}
            </button>
        }
    })
}
