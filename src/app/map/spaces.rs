//! The way to one address space of a file: they lie side by side on the map.

use super::look::{MapLook, MapRequest};
use crate::analysis::map::spaces::{SpaceRange, spaces};
use crate::app::recordings::reader::Recording;
use leptos::prelude::*;

/// The choice of a space; nothing where there is one alone.
#[component]
pub fn Spaces() -> impl IntoView {
    let (look, tables) = (expect_context::<MapLook>(), Recording::expect().tables());
    let spaces = Memo::new(move |_| {
        tables.with(|tables| {
            tables.as_deref().map(|tables| spaces(&tables.manifest, &tables.extents)).unwrap_or_default()
        })
    });
    let choose = move |text: String| {
        let range =
            text.parse().ok().and_then(|place: usize| spaces.with(|spaces| Some(spaces.get(place)?.range.clone())));
        look.request.set(Some(range.map_or(MapRequest::All, MapRequest::Frame)));
    };
    let option = |(place, space): (usize, SpaceRange)| {
        view! { <option value=place.to_string() title=space.title>{space.label}</option> }
    };
    view! {
        <Show when=move || spaces.with(|spaces| spaces.len() > 1)>
            <label class="setting map-setting" title="Address spaces lie side by side, without the gaps between their ranges: show one of them">
                <span class="setting-label" aria-hidden="true">"Space"</span>
                <select aria-label="Address space" on:change:target=move |event| choose(event.target().value())>
                    <option value="">"All, side by side"</option>
                    {move || spaces.get().into_iter().enumerate().map(option).collect_view()}
                </select>
            </label>
        </Show>
    }
}
