//! Where every byte is: the map, what is pinned on it, what it is asked, the figures
//! and the identity.

use super::blockers::AskCard;
use super::chart::ArenaMapLarge;
use super::look::MapLook;
use super::of_file::WhereAddresses;
use super::pin::PinnedCard;
use super::pinning::PinningCard;
use crate::analysis::arena;
use crate::analysis::arena::tables::Identity;
use crate::analysis::moment::figures::Told;
use crate::analysis::numbers::text::count;
use crate::analysis::run::labels;
use crate::app::state::store::Store;
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
    figure("Internal waste", "Used less requested.", |m| size(arena::tables::rounding_bytes(&m.arena)))
        .told(Told::Tick),
    figure("Free", "In free ranges.", |m| size(m.arena.free_bytes)).told(Told::Free),
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

/// Of what another tool recorded: no policy, no metadata, no caches of ours.
const FIGURES_OF_FILE: [Figure; 7] = [
    figure("Extent", "All address spaces, side by side.", |m| size(m.arena.capacity_bytes)).told(Told::Events),
    figure("Live", "In live allocations with an address.", |m| size(m.arena.used_bytes)).told(Told::Events),
    figure("Live, peak", "Most that was ever live at once.", |m| size(m.arena.used_bytes_peak)).told(Told::Run),
    figure("Between", "What lies between live allocations.", |m| size(m.arena.free_bytes)).told(Told::Free),
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

/// The part Space of the Arena panel.
#[component]
pub fn SpacePart() -> impl IntoView {
    let store = Store::expect();
    let head = store.figure(|m| {
        format!(
            "{} · {} of {} used",
            labels::policy(&m.arena.policy),
            size(m.arena.used_bytes),
            size(m.arena.capacity_bytes)
        )
    });
    let is_engine = Memo::new(move |_| store.names.with(|names| names.is_engine()));
    let look = expect_context::<MapLook>();
    let figures = move || move || look.past.get().unwrap_or_else(|| head.get());
    view! {
        <div class="split">
            <Card title="Arena map" class="tall map-card" figures=figures>
                <WhereAddresses><ArenaMapLarge/></WhereAddresses>
            </Card>
            <div class="split-side">
                <PinnedCard/>
                <AskCard/>
                <PinningCard/>
                {move || match is_engine.get() {
                    true => view! { <Card title="Figures"><Figures of=&FIGURES/></Card><IdentityCard/> }.into_any(),
                    false => view! { <Card title="Figures"><Figures of=&FIGURES_OF_FILE/></Card> }.into_any(),
                }}
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
        true => arena::tables::identity_of_events(&metrics.arena),
        false => arena::tables::identity(&metrics.arena),
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
                <p class="bad note">{move || format!("{} bytes are missing: the arena's figures are wrong.", missing())}</p>
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
