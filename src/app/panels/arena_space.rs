//! Where every byte is: the map, what is pinned on it, what it is asked, the figures
//! and the identity.

use super::arena_space_ask::AskCard;
use super::arena_space_pin::PinnedCard;
use crate::analysis::past::Told;
use crate::analysis::table_arena::{self, Identity};
use crate::analysis::table_numbers::count;
use crate::app::charts::ArenaMapLarge;
use crate::app::store::Store;
use crate::app::view::View;
use crate::app::widgets::card::Card;
use crate::app::widgets::figures::{Figure, Figures, figure};
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

const FIGURES: [Figure; 15] = [
    figure("Capacity", "The whole range, metadata included.", |m| size(m.arena.capacity_bytes)).told(Told::Events),
    figure("Used", "In live allocations, rounded up to the granule of 16 bytes.", |m| size(m.arena.used_bytes))
        .told(Told::Events),
    figure("Used, peak", "Most ever used at once in this run.", |m| size(m.arena.used_bytes_peak)).told(Told::Run),
    figure("Requested", "In live allocations, as asked for.", |m| size(m.arena.requested_bytes)).told(Told::Tick),
    figure("Requested, peak", "Most ever asked for at once in this run.", |m| size(m.arena.requested_bytes_peak))
        .told(Told::Tick),
    figure("Internal waste", "Used less requested.", |m| size(table_arena::rounding_bytes(&m.arena))).told(Told::Tick),
    figure("Free", "In free ranges.", |m| size(m.arena.free_bytes)).told(Told::Tick),
    figure("Cached", "In threads' caches and the guards' quarantine: neither used nor in a free range.", |m| {
        size(m.arena.cached_bytes)
    })
    .told(Told::Tick),
    figure("Metadata", "Header and node table.", |m| size(m.arena.metadata_bytes)).told(Told::Events),
    figure("Footprint", "From the payload's start to the highest byte ever used in this run.", |m| {
        size(m.arena.footprint_bytes)
    })
    .told(Told::Tick),
    figure("Footprint ratio", "Footprint ÷ most bytes ever asked for at once: 1 is as tight as can be.", |m| {
        times(m.arena.footprint_ratio)
    })
    .told(Told::Tick),
    figure("At first failure", "Bytes asked for ÷ capacity, when memory or nodes ran out for the first time.", |m| {
        m.arena.utilisation_at_first_failure.map_or_else(|| "–".into(), |part| Ratio::new(part).to_string())
    }),
    figure("Live allocations", "Their number.", |m| count(m.arena.allocation_count)).told(Told::Events),
    figure("Allocations", "Successful ones in this run.", |m| count(m.arena.allocations_total)).told(Told::Events),
    figure("Frees", "Successful ones in this run.", |m| count(m.arena.frees_total)).told(Told::Events),
];

fn size(bytes: u64) -> String {
    Bytes::new(bytes).to_string()
}

/// A dash before the first allocation, whose ratio would be 0.
fn times(ratio: f64) -> String {
    if ratio > 0.0 { format!("{ratio:.3}") } else { "–".into() }
}

/// The part.
#[component]
pub fn SpacePart() -> impl IntoView {
    let store = Store::expect();
    let head = store.figure(|m| {
        format!("{} · {} of {} used", m.arena.policy, size(m.arena.used_bytes), size(m.arena.capacity_bytes))
    });
    let look = expect_context::<View>().map;
    let figures = move || move || look.past.get().unwrap_or_else(|| head.get());
    view! {
        <div class="split">
            <Card title="Arena map" class="tall map-card" figures=figures><ArenaMapLarge/></Card>
            <div class="split-side">
                <PinnedCard/>
                <AskCard/>
                <Card title="Figures"><Figures of=&FIGURES/></Card>
                <IdentityCard/>
            </div>
        </div>
    }
}

/// Every byte is one of four things; a byte that is none is said aloud.
#[component]
fn IdentityCard() -> impl IntoView {
    let store = Store::expect();
    let is_past = Memo::new(move |_| store.past.with(Option::is_some));
    let identity = store.shown(move |metrics| match is_past.get() {
        true => table_arena::identity_of_events(&metrics.arena),
        false => table_arena::identity(&metrics.arena),
    });
    let missing = move || identity.with(|identity| identity.missing_bytes);
    let part =
        move |index: usize| Memo::new(move |_| count(identity.with(|identity: &Identity| identity.parts_bytes[index])));
    let capacity = Memo::new(move |_| count(identity.with(|identity| identity.capacity_bytes)));
    view! {
        <Card title="Every byte accounted for" figures=|| "bytes">
            <dl class="identity">
                <Term sign=|| "" name=|| "used" bytes=part(0)/>
                <Term sign=|| "+" name=move || if is_past.get() { "free or cached" } else { "free" } bytes=part(1)/>
                <Show when=move || !is_past.get()><Term sign=|| "+" name=|| "cached" bytes=part(2)/></Show>
                <Term sign=|| "+" name=|| "metadata" bytes=part(3)/>
                <Term sign=move || if missing() == 0 { "=" } else { "≠" } name=|| "capacity" bytes=capacity/>
            </dl>
            <Show when=move || missing() != 0>
                <p class="bad note">{move || format!("{} bytes are missing: the arena's books are wrong.", missing())}</p>
            </Show>
        </Card>
    }
}

#[component]
fn Term(
    sign: impl Fn() -> &'static str + Send + Sync + 'static,
    name: impl Fn() -> &'static str + Send + Sync + 'static,
    bytes: Memo<String>,
) -> impl IntoView {
    view! {
        <div class="term">
            <dt><span class="term-sign">{sign}</span>{name}</dt>
            <dd>{bytes}</dd>
        </div>
    }
}
