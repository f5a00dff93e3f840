//! The pinned range: an allocation with its life, from the recording.

use super::look::{MapLook, MapRequest};
use crate::analysis::map::pin::Pin;
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::recordings::reader::Recording;
use crate::app::stacks::called::{self, CallStackOf};
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// The card "Pinned range": whose it is, since when, and when it was freed.
#[component]
pub fn PinnedCard() -> impl IntoView {
    let look = expect_context::<MapLook>();
    let has_card = Memo::new(move |_| look.card.with(Option::is_some));
    let badge = move || {
        let is_gone = move || look.card.with(|card| card.as_ref().is_some_and(|card| card.is_gone));
        move || is_gone().then(|| view! { <span class="badge">"gone"</span> })
    };
    view! {
        <Card title="Pinned range" badge=badge figures=move || move || has_card.get().then(|| view! { <Tools/> })>
            <Show
                when=move || has_card.get()
                fallback=|| view! {
                    <p class="pin-empty">
                        "Click the map, or press Enter on it, to pin a range: who allocated it, when, on which thread, how \
                         long it lived and when it was freed. Escape lets go."
                    </p>
                }
            >
                <Lines/>
                <CallStackOf event=Signal::derive(move || look.pin.with(|pin| pin.as_ref().and_then(Pin::event)))/>
            </Show>
        </Card>
    }
}

/// What to do with it.
#[component]
fn Tools() -> impl IntoView {
    let (store, look, recording) = (Store::expect(), expect_context::<MapLook>(), Recording::expect());
    let range = move || look.pin.with_untracked(|pin| pin.map(|pin| pin.piece.offset_bytes..pin.piece.end_bytes()));
    let copy = move |_| {
        if let Some(text) = card_text(look, recording) {
            console::spawn(store, files::copy(text));
        }
    };
    let show = move |_| look.request.set(range().map(MapRequest::Show));
    let select = move |_| store.selected.select(|selection| selection.addresses = range());
    view! {
        <button type="button" class="button plain" title="Go near it on the map (Z on the map)" on:click=show>"Show"</button>
        <button type="button" class="button plain" title="Select its addresses for all panels" on:click=select>"Select"</button>
        <button type="button" class="button plain" title="Copy this card as text (C on the map)" on:click=copy>"Copy"</button>
        <button type="button" class="button plain" title="Let go of it (Escape on the map)" on:click=move |_| look.unpin()>
            "Unpin"
        </button>
    }
}

/// The card as text, with the call stack of the allocation where one is known.
pub(super) fn card_text(look: MapLook, recording: Recording) -> Option<String> {
    let card = look.card.with_untracked(|card| card.as_ref().map(|card| card.text()))?;
    let event = look.pin.with_untracked(|pin| pin.as_ref().and_then(Pin::event));
    let stack = event.and_then(|event| called::text_of(recording, event));
    Some(card + &stack.unwrap_or_default())
}

#[component]
fn Lines() -> impl IntoView {
    let look = expect_context::<MapLook>();
    let labels = Memo::new(move |_| {
        look.card.with(|card| card.iter().flat_map(|card| &card.lines).map(|(label, _)| *label).collect::<Vec<_>>())
    });
    let line = move |(index, label): (usize, &'static str)| {
        let value = Memo::new(move |_| {
            look.card.with(|card| card.as_ref().and_then(|card| card.lines.get(index)).map(|(_, value)| value.clone()))
        });
        view! { <div class="pin-line"><dt>{label}</dt><dd>{value}</dd></div> }
    };
    view! { <dl class="pin-lines">{move || labels.get().into_iter().enumerate().map(line).collect_view()}</dl> }
}
