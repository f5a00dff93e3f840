//! What the map's colours stand for, in HTML: each colour with its name and its bytes of
//! the whole arena. Owners can be chosen, for all panels.

use super::paint::shade_colour;
use super::texts::MapTexts;
use crate::analysis::map::colours::{Choice, ColourBy, Colouring, LegendEntry, Shade};
use crate::analysis::map::scene::Scene;
use crate::app::state::store::Store;
use crate::app::theme::palette::{self, Palette};
use crate::units::Bytes;
use leptos::prelude::*;

/// The legend of the small map: the categories, free and metadata, without values.
pub(super) fn map_legend_small() -> impl IntoView {
    let entry = |entry: LegendEntry| {
        view! { <li class="legend-entry"><Swatch shade=entry.shade/><span class="legend-name">{entry.label}</span></li> }
    };
    let names = Store::expect().names;
    let entries = move || names.with(|names| Colouring::new(ColourBy::Category).legend(&Scene::default(), names));
    view! { <ul class="legend map-legend">{move || entries().into_iter().map(entry).collect_view()}</ul> }
}

/// The legend of the large map: what there is, and how much of it. An owner is a
/// button.
pub(super) fn map_legend(texts: MapTexts) -> impl IntoView {
    let keys = Memo::new(move |_| {
        let key = |entry: &LegendEntry| (entry.label.clone(), entry.shade, entry.choice);
        texts.legend.with(|entries| entries.iter().map(key).collect::<Vec<_>>())
    });
    let entry = move |(index, (label, shade, choice)): (usize, (String, Shade, Option<Choice>))| {
        let value = Memo::new(move |_| {
            texts.legend.with(|entries| entries.get(index).map_or(Bytes::ZERO, |entry| entry.bytes)).to_string()
        });
        let inside = view! {
            <Swatch shade/>
            <span class="legend-name">{label.clone()}</span>
            <span class="legend-value">{value}</span>
        };
        match choice {
            Some(choice) => view! { <li><Chooser choice label>{inside}</Chooser></li> }.into_any(),
            None => view! { <li class="legend-entry">{inside}</li> }.into_any(),
        }
    };
    view! { <ul class="legend map-legend">{move || keys.get().into_iter().enumerate().map(entry).collect_view()}</ul> }
}

/// An owner of the legend: a press selects it for all panels, or no longer.
#[component]
fn Chooser(choice: Choice, label: String, children: Children) -> impl IntoView {
    let store = Store::expect();
    let is_chosen = Memo::new(move |_| store.selected.now.with(|selection| choice.is_in(selection)));
    view! {
        <button
            type="button"
            class="legend-entry legend-choice"
            title=format!("Select {label} for all panels; the rest is dimmed. Press again to let go.")
            aria-pressed=move || is_chosen.get().to_string()
            on:click=move |_| store.selected.select(|selection| choice.toggle(selection))
        >
            {children()}
        </button>
    }
}

/// A colour as the map has it, in the theme of now.
#[component]
fn Swatch(shade: Shade) -> impl IntoView {
    let colour = move || {
        palette::track();
        shade_colour(shade, &Palette::current()).to_string()
    };
    let class = if shade == Shade::Free { "legend-swatch paint-free" } else { "legend-swatch" };
    view! { <span class=class style:color=colour aria-hidden="true"></span> }
}
