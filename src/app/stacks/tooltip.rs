//! The tooltip: what is known of the frame under the pointer, or that keys have gone to.

use super::texts::StacksTexts;
use super::tip::Tip;
use crate::analysis::stacks::text::Told;
use leptos::prelude::*;

/// It, where there is one. What it says is read out by other means.
pub(super) fn tooltip(texts: StacksTexts) -> impl IntoView {
    let px = |value: Option<f64>| value.map(|value| format!("{value:.0}px"));
    let figure = |(name, value, exact): (&'static str, String, String)| {
        let exact = (exact != value).then(|| view! { <span class="dim">{exact}</span> });
        view! { <dt>{name}</dt><dd>{value}" "{exact}</dd> }
    };
    let tip = move |tip: Tip| {
        let Told { name, place, figures } = tip.told;
        view! {
            <div
                class="stacks-tip"
                aria-hidden="true"
                style:left=px(tip.left_px)
                style:right=px(tip.right_px)
                style:top=px(tip.top_px)
                style:bottom=px(tip.bottom_px)
            >
                <p class="stacks-tip-name">{name}</p>
                <p class="dim">{place}</p>
                <dl>{figures.into_iter().map(figure).collect_view()}</dl>
            </div>
        }
    };
    move || texts.tip.get().map(tip)
}
