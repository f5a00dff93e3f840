//! The controls above the graph: what is measured, from which end it grows, the search,
//! the copy, and the way back.

use super::state::StacksRequest;
use super::texts::StacksTexts;
use crate::analysis::stacks::functions::FunctionId;
use crate::analysis::stacks::measure::Measure;
use crate::analysis::stacks::weighed::Direction;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// The row of controls.
pub(super) fn controls(texts: StacksTexts) -> impl IntoView {
    let state = Store::expect().stacks;
    view! {
        <div class="stacks-controls">
            <Measures/>
            <Reverse/>
            <SearchField texts/>
            <button
                type="button"
                class="button plain"
                title="Copy the whole stack of the frame that keys have gone to, or that fills the width (C on the graph)"
                on:click=move |_| state.request.set(Some(StacksRequest::Copy))
            >
                "Copy stack"
            </button>
        </div>
    }
}

#[component]
fn Measures() -> impl IntoView {
    let state = Store::expect().stacks;
    let option = move |measure: Measure| {
        view! {
            <option value=measure.label() title=measure.hint() prop:selected=move || state.measure.get() == measure>
                {measure.label()}
            </option>
        }
    };
    let choose = move |text: String| {
        if let Some(measure) = Measure::ALL.into_iter().find(|measure| measure.label() == text) {
            state.measure.set(measure);
        }
    };
    view! {
        <label class="setting" title=move || state.measure.get().hint()>
            <span class="setting-label" aria-hidden="true">"Width"</span>
            <select aria-label="Width" on:change:target=move |event| choose(event.target().value())>
                {Measure::ALL.map(option).collect_view()}
            </select>
        </label>
    }
}

#[component]
fn Reverse() -> impl IntoView {
    let state = Store::expect().stacks;
    let is_reversed = move || state.direction.get() == Direction::Callers;
    let turn = move |_| state.direction.update(|direction| *direction = direction.turned());
    view! {
        <button
            type="button"
            class="button"
            title="Grow from those who allocate to their callers; frames that only allocate for others are left out"
            aria-pressed=move || is_reversed().to_string()
            on:click=turn
        >
            "Reverse"
        </button>
    }
}

#[component]
fn SearchField(texts: StacksTexts) -> impl IntoView {
    let state = Store::expect().stacks;
    let key = move |event: web_sys::KeyboardEvent| {
        // The first Escape empties the field; the next is the page's.
        if event.key() == "Escape" && state.search.with_untracked(|text| !text.is_empty()) {
            event.prevent_default();
            event.stop_propagation();
            state.search.set(String::new());
        }
    };
    view! {
        <label
            class="setting stacks-search"
            class:narrowed=move || state.search.with(|text| !text.is_empty())
            title="Part of the name or file of a function, in whatever case (/ or Ctrl+F)"
        >
            <span class="setting-label" aria-hidden="true">"Search"</span>
            <input
                type="text"
                aria-label="Search functions"
                placeholder="function or file"
                spellcheck="false"
                autocomplete="off"
                prop:value=move || state.search.get()
                on:input:target=move |event| state.search.set(event.target().value())
                on:keydown=key
            />
        </label>
        <span class="stacks-found dim" role="status">{move || texts.found.get()}</span>
    }
}

/// From all to the frame that fills the width, each a step back.
pub(super) fn crumbs(texts: StacksTexts) -> impl IntoView {
    let state = Store::expect().stacks;
    let last = move || texts.crumbs.with(|crumbs| crumbs.len().saturating_sub(1));
    let crumb = move |(index, (route, name)): (usize, (Vec<FunctionId>, String))| {
        let title = if index == 0 { "Show all (Escape on the graph goes one step back)".into() } else { name.clone() };
        view! {
            <li>
                <button
                    type="button"
                    class="crumb"
                    title=title
                    aria-current=move || (index == last()).then_some("location")
                    on:click=move |_| state.request.set(Some(StacksRequest::Zoom(route.clone())))
                >
                    {name}
                </button>
            </li>
        }
    };
    view! {
        <nav class="stacks-crumbs" aria-label="Frames above what is shown">
            <ol>{move || texts.crumbs.get().into_iter().enumerate().map(crumb).collect_view()}</ol>
        </nav>
    }
}
