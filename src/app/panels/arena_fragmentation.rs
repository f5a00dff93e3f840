//! What cannot be used: free space in pieces that are too small, and used space that
//! nobody asked for.

use crate::analysis::past::Told;
use crate::analysis::table_arena::{self, FreeClass};
use crate::analysis::table_numbers::{count, ratio};
use crate::app::charts::{HeatMap, WasteChart};
use crate::app::link;
use crate::app::store::{SharedMemory, Store};
use crate::app::widgets::card::Card;
use crate::app::widgets::figures::{Figure, Figures, figure};
use crate::units::Bytes;
use leptos::prelude::*;

/// The walk is read this often: a table of counts need not be live.
const WALK_MS: f64 = 1000.0;

const FITS: [Figure; 4] = [
    figure("At alignment 16 B", "The largest request that the policy would serve now; at most 0.1 s old.", |m| {
        size(m.arena.largest_fit_bytes)
    }),
    figure("At alignment 256 B", "The same for what WebGPU binds: offsets of buffers are multiples of 256 B.", |m| {
        size(m.arena.largest_fit_256_bytes)
    }),
    figure("At alignment 64 KiB", "The same at the largest alignment: one wasm page.", |m| {
        size(m.arena.largest_fit_64k_bytes)
    }),
    figure("Largest free range", "A policy that rounds up serves less than it.", |m| size(m.arena.largest_free_bytes))
        .told(Told::Tick),
];

const FREE: [Figure; 4] = [
    figure("Free", "In free ranges.", |m| size(m.arena.free_bytes)).told(Told::Tick),
    figure("Free ranges", "Their number.", |m| count(m.arena.free_range_count)).told(Told::Tick),
    figure("Fragmentation", "External: 1 − largest free ÷ free.", |m| ratio(m.arena.external_fragmentation))
        .told(Told::Tick),
    figure("Concentration", "1 − √Σf² ÷ Σf over free ranges f.", |m| ratio(m.arena.free_space_concentration))
        .told(Told::Tick),
];

fn size(bytes: u64) -> String {
    Bytes::new(bytes).to_string()
}

/// The part.
#[component]
pub fn FragmentationPart() -> impl IntoView {
    let store = Store::expect();
    let free = store.told(Told::Tick, |m| {
        format!("{} free in {} ranges", size(m.arena.free_bytes), count(m.arena.free_range_count))
    });
    let waste = store.told(Told::Tick, |m| size(table_arena::rounding_bytes(&m.arena)));
    view! {
        <div class="split">
            <div class="split-main">
                <Card title="Unusable free space by request size" class="tall heat-card" figures=move || free><HeatMap/></Card>
                <Card title="Internal waste and caches" class="tall waste-card" figures=move || waste><WasteChart/></Card>
            </div>
            <div class="split-side">
                <Card title="Largest request that fits"><Figures of=&FITS/></Card>
                <Card title="Free space"><Figures of=&FREE/></Card>
                <FreeCard/>
            </div>
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
        <Card title="Free ranges by size" scrolls=true only_now=true>
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
