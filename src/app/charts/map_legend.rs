//! What the map's colours stand for, in HTML: each colour with its name and its bytes of
//! the whole arena.

use super::map_paint::shade_colour;
use super::map_texts::MapTexts;
use crate::analysis::map_colours::{ColourBy, Colouring, Entry, Shade};
use crate::analysis::map_scene::Scene;
use crate::app::palette::Palette;
use crate::app::view::View;
use leptos::prelude::*;

/// The legend. With values, it follows the map; without, it is that of categories.
pub(super) fn map_legend(texts: MapTexts, has_values: bool) -> impl IntoView {
    let names = move || {
        let of = |entries: &Vec<Entry>| entries.iter().map(|entry| (entry.label.clone(), entry.shade)).collect();
        match texts.legend.with(Vec::is_empty) {
            true => of(&Colouring::new(ColourBy::Category).legend(&Scene::default())),
            false => texts.legend.with(of),
        }
    };
    let keys: Memo<Vec<(String, Shade)>> = Memo::new(move |_| names());
    let value = move |index: usize| {
        let bytes = move || texts.legend.with(|entries| entries.get(index).map(|entry| entry.bytes));
        bytes().map_or_else(|| "–".into(), |bytes| bytes.to_string())
    };
    let entry = move |(index, (label, shade)): (usize, (String, Shade))| {
        let value = has_values.then(|| view! { <span class="legend-value">{move || value(index)}</span> });
        view! {
            <li class="legend-entry">
                <Swatch shade/>
                <span class="legend-name">{label}</span>
                {value}
            </li>
        }
    };
    view! { <ul class="legend map-legend">{move || keys.get().into_iter().enumerate().map(entry).collect_view()}</ul> }
}

/// A colour as the map has it, in the theme of now.
#[component]
fn Swatch(shade: Shade) -> impl IntoView {
    let view: View = expect_context();
    let colour = move || {
        view.theme_number.track();
        shade_colour(shade, &Palette::current(view)).to_string()
    };
    let class = if shade == Shade::Free { "legend-swatch paint-free" } else { "legend-swatch" };
    view! { <span class=class style:color=colour aria-hidden="true"></span> }
}
