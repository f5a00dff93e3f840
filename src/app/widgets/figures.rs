//! Key figures: a list of names with their newest values.

use crate::app::store::Store;
use crate::telemetry::metrics::Metrics;
use leptos::prelude::*;

/// One key figure: its name, what it means, and how it reads.
#[derive(Clone, Copy)]
pub struct Figure {
    /// Its name.
    pub label: &'static str,
    /// What it means, for the tooltip.
    pub hint: &'static str,
    /// Its value as text, with the unit.
    pub value: fn(&Metrics) -> String,
}

/// A figure. Shorthand for tables of them.
pub const fn figure(label: &'static str, hint: &'static str, value: fn(&Metrics) -> String) -> Figure {
    Figure { label, hint, value }
}

/// A list of key figures. Each is written anew only where its text changed.
#[component]
pub fn Figures(
    /// Which.
    of: &'static [Figure],
) -> impl IntoView {
    let store = Store::expect();
    let row = move |figure: &'static Figure| {
        let text = store.figure(figure.value);
        view! {
            <div class="figure" title=figure.hint>
                <dt>{figure.label}</dt>
                <dd>{text}</dd>
            </div>
        }
    };
    view! { <dl class="figures">{of.iter().map(row).collect_view()}</dl> }
}
