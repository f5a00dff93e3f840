//! The controls above the map: colours, zoom, and the way back to the whole arena.

use super::look::{MapLook, MapRequest};
use super::spaces::Spaces;
use super::texts::MapTexts;
use crate::analysis::map::colours::ColourBy;
use crate::analysis::map::window::{Crumb, MapWindow};
use leptos::prelude::*;

/// The row of controls.
pub(super) fn map_controls(texts: MapTexts) -> impl IntoView {
    view! {
        <div class="map-controls">
            <Colours/>
            <Spaces/>
            <ZoomButtons/>
            <Crumbs texts/>
        </div>
    }
}

#[component]
fn Colours() -> impl IntoView {
    let look = expect_context::<MapLook>();
    let option = move |by: ColourBy| {
        view! { <option value=by.label() prop:selected=move || look.by.get() == by>{by.label()}</option> }
    };
    let choose = move |text: String| {
        if let Some(by) = ColourBy::ALL.into_iter().find(|by| by.label() == text) {
            look.by.set(by);
        }
    };
    view! {
        <label class="setting map-setting" title="What live allocations are coloured by">
            <span class="setting-label" aria-hidden="true">"Colour by"</span>
            <select aria-label="Colour by" on:change:target=move |event| choose(event.target().value())>
                {ColourBy::ALL.into_iter().map(option).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn ZoomButtons() -> impl IntoView {
    let look = expect_context::<MapLook>();
    let button = move |label: &'static str, title: &'static str, sign: &'static str, levels: i32| {
        view! {
            <button
                type="button"
                class="button square"
                aria-label=label
                title=title
                on:click=move |_| look.request.set(Some(MapRequest::Zoom(levels)))
            >
                {sign}
            </button>
        }
    };
    view! {
        <span class="map-zoom" role="group" aria-label="Zoom">
            {button("Zoom out", "Show twice as much (wheel, − on the map)", "−", -1)}
            {button("Zoom in", "Show half as much, down to 16 bytes a cell (wheel, + on the map)", "+", 1)}
        </span>
    }
}

/// From the whole arena to the addresses on screen, each a step back.
#[component]
fn Crumbs(texts: MapTexts) -> impl IntoView {
    let look = expect_context::<MapLook>();
    let last = move || texts.crumbs.with(|crumbs| crumbs.len().saturating_sub(1));
    let crumb = move |(index, crumb): (usize, Crumb)| {
        let is_last = move || index == last();
        let Crumb { window, label, range } = crumb;
        let title = if window == MapWindow::ALL { format!("Show all (Home on the map): {range}") } else { range };
        view! {
            <li>
                <button
                    type="button"
                    class="crumb"
                    title=title
                    aria-current=move || is_last().then_some("location")
                    on:click=move |_| look.window.set(window)
                >
                    {label}
                </button>
            </li>
        }
    };
    let shown = move || texts.crumbs.with(|crumbs| crumbs.last().map(|crumb| crumb.range.clone()));
    view! {
        <nav class="map-crumbs" aria-label="Addresses on the map">
            <ol>{move || texts.crumbs.get().into_iter().enumerate().map(crumb).collect_view()}</ol>
            <span class="map-range number">{shown}</span>
        </nav>
    }
}
