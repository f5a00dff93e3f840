//! The Arena panel: the map, every figure, threads, free ranges by size, throughput.

use super::threads::ThreadsCard;
use super::throughput::ThroughputCard;
use crate::analysis::table_arena::{self, FreeClass, Identity};
use crate::analysis::table_numbers::{count, ratio};
use crate::app::charts::ArenaMapLarge;
use crate::app::link;
use crate::app::store::{SharedMemory, Store};
use crate::app::widgets::card::Card;
use crate::app::widgets::figures::{Figure, Figures, figure};
use crate::units::Bytes;
use leptos::prelude::*;

/// The walk is read this often: a table of counts need not be live.
const WALK_MS: f64 = 1000.0;

const FIGURES: [Figure; 16] = [
    figure("Capacity", "The whole range, metadata included.", |m| size(m.arena.capacity_bytes)),
    figure("Used", "In live allocations, rounded up to the granule of 16 bytes.", |m| size(m.arena.used_bytes)),
    figure("Used, peak", "Most ever used at once in this run.", |m| size(m.arena.used_bytes_peak)),
    figure("Requested", "In live allocations, as asked for.", |m| size(m.arena.requested_bytes)),
    figure("Lost to rounding", "Used less requested.", |m| size(table_arena::rounding_bytes(&m.arena))),
    figure("Free", "In free ranges.", |m| size(m.arena.free_bytes)),
    figure("Largest free", "The largest request that can be met now.", |m| size(m.arena.largest_free_bytes)),
    figure("Free ranges", "Their number.", |m| count(m.arena.free_range_count)),
    figure("Cached", "In caches: neither used nor in a free range.", |m| size(m.arena.cached_bytes)),
    figure("Metadata", "Header and node table.", |m| size(m.arena.metadata_bytes)),
    figure("Live allocations", "Their number.", |m| count(m.arena.allocation_count)),
    figure("Fragmentation", "External: 1 − largest free ÷ free.", |m| ratio(m.arena.external_fragmentation)),
    figure("Concentration", "1 − √Σf² ÷ Σf over free ranges f.", |m| ratio(m.arena.free_space_concentration)),
    figure("Allocations", "Successful ones in this run.", |m| count(m.arena.allocations_total)),
    figure("Frees", "Successful ones in this run.", |m| count(m.arena.frees_total)),
    figure("Failures", "Refused allocations and frees in this run.", |m| count(m.arena.failures_total)),
];

fn size(bytes: u64) -> String {
    Bytes::new(bytes).to_string()
}

/// The panel.
#[component]
pub fn Arena() -> impl IntoView {
    let store = Store::expect();
    let head = store.figure(|m| {
        format!("{} · {} of {} used", m.arena.policy, size(m.arena.used_bytes), size(m.arena.capacity_bytes))
    });
    view! {
        <div class="split">
            <Card title="Arena map" class="tall" figures=move || head><ArenaMapLarge/></Card>
            <div class="split-side">
                <Card title="Figures"><Figures of=&FIGURES/></Card>
                <IdentityCard/>
                <ThreadsCard/>
                <FreeCard/>
                <ThroughputCard/>
            </div>
        </div>
    }
}

/// Every byte is one of four things; a byte that is none is said aloud.
#[component]
fn IdentityCard() -> impl IntoView {
    let store = Store::expect();
    let identity = store.figure(|metrics| table_arena::identity(&metrics.arena));
    let missing = move || identity.with(|identity| identity.missing_bytes);
    let part =
        move |index: usize| Memo::new(move |_| count(identity.with(|identity: &Identity| identity.parts_bytes[index])));
    let capacity = Memo::new(move |_| count(identity.with(|identity| identity.capacity_bytes)));
    view! {
        <Card title="Every byte accounted for" figures=|| "bytes">
            <dl class="identity">
                <Term sign=|| "" name="used" bytes=part(0)/>
                <Term sign=|| "+" name="free" bytes=part(1)/>
                <Term sign=|| "+" name="cached" bytes=part(2)/>
                <Term sign=|| "+" name="metadata" bytes=part(3)/>
                <Term sign=move || if missing() == 0 { "=" } else { "≠" } name="capacity" bytes=capacity/>
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
    name: &'static str,
    bytes: Memo<String>,
) -> impl IntoView {
    view! {
        <div class="term">
            <dt><span class="term-sign">{sign}</span>{name}</dt>
            <dd>{bytes}</dd>
        </div>
    }
}

#[component]
fn FreeCard() -> impl IntoView {
    let SharedMemory(shared) = expect_context();
    let classes = RwSignal::new(Vec::<FreeClass>::new());
    let mut walk = Vec::new();
    let mut seen = None;
    link::every(WALK_MS, move |_| {
        if seen == Some(shared.map.number()) {
            return;
        }
        seen = shared.map.read(&mut walk);
        classes.set(table_arena::free_classes(&walk));
    });
    let row = |class: &FreeClass| {
        let sizes = format!("{} – {}", Bytes::new(class.least_bytes), Bytes::new(class.least_bytes * 4));
        view! {
            <tr>
                <th scope="row" class="number">{sizes}</th>
                <td class="number">{count(class.count)}</td>
                <td class="number">{Bytes::new(class.bytes).to_string()}</td>
            </tr>
        }
    };
    view! {
        <Card title="Free ranges by size" scrolls=true>
            <Show when=move || classes.with(Vec::is_empty)><p class="dim note">"No free range yet."</p></Show>
            <table class="table" class:hidden=move || classes.with(Vec::is_empty)>
                <thead>
                    <tr>
                        <th class="number" scope="col">"From – below"</th>
                        <th class="number" scope="col">"Ranges"</th>
                        <th class="number" scope="col">"Bytes"</th>
                    </tr>
                </thead>
                <tbody>{move || classes.with(|classes| classes.iter().map(row).collect_view())}</tbody>
            </table>
        </Card>
    }
}
