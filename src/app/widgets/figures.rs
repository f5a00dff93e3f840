//! Key figures: a list of names with their newest values, or those of the selected
//! moment.

use crate::analysis::moment::figures::Told;
use crate::app::state::store::Store;
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
    /// What tells it of an earlier moment.
    pub told: Told,
}

impl Figure {
    /// This one, where something tells it of an earlier moment.
    #[must_use]
    pub const fn told(self, told: Told) -> Self {
        Self { told, ..self }
    }
}

/// A figure that is known of now alone. Shorthand for tables of them.
pub const fn figure(label: &'static str, hint: &'static str, value: fn(&Metrics) -> String) -> Figure {
    Figure { label, hint, value, told: Told::Never }
}

/// A list of key figures. Each is written anew only where its text changed.
#[component]
pub fn Figures(
    /// Which figures, in order.
    of: &'static [Figure],
) -> impl IntoView {
    let store = Store::expect();
    let row = move |figure: &'static Figure| {
        let text = store.told(figure.told, figure.value);
        let known = Memo::new(move |_| (store.tells(figure.told), store.is_exact(figure.told)));
        let title = move || match (known.get(), figure.told) {
            ((true, true), _) => figure.hint.to_owned(),
            ((true, false), Told::Free) => {
                format!("{} At most: what threads' caches or the policy hold back is not recorded.", figure.hint)
            }
            ((true, false), _) => format!("{} As of the engine's last tick before this moment.", figure.hint),
            ((false, _), _) => format!("{} The recording does not tell it of this moment.", figure.hint),
        };
        view! {
            <div class="figure" title=title>
                <dt>{figure.label}</dt>
                <dd>{text}</dd>
            </div>
        }
    };
    view! { <dl class="figures">{of.iter().map(row).collect_view()}</dl> }
}
