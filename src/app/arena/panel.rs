//! The Arena panel, in four parts with a row of tabs of its own: where every byte is,
//! what cannot be used, what was refused, and who works on it.

use super::of_file::{RefusalsOfFile, ThreadsOfFile};
use crate::analysis::numbers::text::count;
use crate::app::fragmentation::panel::FragmentationPart;
use crate::app::map::panel::SpacePart;
use crate::app::refusals::panel::RefusalsPart;
use crate::app::shell::tabs::move_in_row;
use crate::app::state::place::ArenaPart;
use crate::app::state::store::Store;
use crate::app::threads::card::ThreadsCard;
use crate::app::throughput::card::ThroughputCard;
use leptos::prelude::*;

/// The Arena panel: its parts Space, Fragmentation, Refusals and Threads, one at a time.
#[component]
pub fn Arena() -> impl IntoView {
    let Store { arena_part: part, names, .. } = Store::expect();
    let is_engine = Memo::new(move |_| names.with(|names| names.is_engine()));
    view! {
        <div class="parts">
            <Parts/>
            <Show when=move || is_engine.get()><GuardBanner/></Show>
            <div
                class="part"
                id="arena-part"
                role="tabpanel"
                aria-labelledby=move || format!("arena-part-{}", part.get().key())
            >
                {move || match part.get() {
                    ArenaPart::Space => view! { <SpacePart/> }.into_any(),
                    ArenaPart::Fragmentation => view! { <FragmentationPart/> }.into_any(),
                    ArenaPart::Refusals if is_engine.get() => view! { <RefusalsPart/> }.into_any(),
                    ArenaPart::Refusals => view! { <RefusalsOfFile/> }.into_any(),
                    ArenaPart::Threads if is_engine.get() => view! { <ThreadsPart/> }.into_any(),
                    ArenaPart::Threads => view! { <ThreadsOfFile/> }.into_any(),
                }}
            </div>
        </div>
    }
}

#[component]
fn Parts() -> impl IntoView {
    let store = Store::expect();
    let selected = store.arena_part;
    let refused = store.shown(|metrics| metrics.arena.failures_total);
    let tab = move |part: ArenaPart| {
        let is_selected = move || selected.get() == part;
        // How many there are, where there are any: the tab tells it from afar.
        let number = move || (part == ArenaPart::Refusals && refused.get() > 0).then(|| count(refused.get()));
        view! {
            <button
                type="button"
                role="tab"
                class="part-tab"
                id=format!("arena-part-{}", part.key())
                title=part.hint()
                aria-selected=move || is_selected().to_string()
                aria-controls=move || is_selected().then_some("arena-part")
                tabindex=move || if is_selected() { "0" } else { "-1" }
                on:click=move |_| selected.set(part)
            >
                {part.label()}" "
                // Its room is there before it is: the tabs behind it do not move away.
                <Show when=move || part == ArenaPart::Refusals><span class="part-count number">{number}</span></Show>
            </button>
        }
    };
    view! {
        <div
            class="part-tabs"
            role="tablist"
            aria-label="Parts of the arena"
            on:keydown=move |event| move_in_row(&event, &ArenaPart::ALL, selected)
        >
            {ArenaPart::ALL.into_iter().map(tab).collect_view()}
        </div>
    }
}

/// Says on every part that memory was damaged.
#[component]
fn GuardBanner() -> impl IntoView {
    let store = Store::expect();
    let hits = store.figure(|metrics| metrics.arena.guard_hits_total);
    let words = move || match hits.get() {
        1 => String::from("Guards found a stray write: memory of this run is damaged."),
        hits => format!("Guards found {} stray writes: memory of this run is damaged.", count(hits)),
    };
    view! {
        <Show when=move || hits.get() != 0>
            <div class="guard-banner" role="alert">
                <p>{words}</p>
                <button type="button" class="button" on:click=move |_| store.arena_part.set(ArenaPart::Refusals)>
                    "Show them"
                </button>
            </div>
        </Show>
    }
}

#[component]
fn ThreadsPart() -> impl IntoView {
    view! {
        <div class="split">
            <div class="split-side"><ThreadsCard/></div>
            <div class="split-side"><ThroughputCard/></div>
        </div>
    }
}
