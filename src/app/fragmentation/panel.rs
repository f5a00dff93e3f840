//! What cannot be used: free space in pieces that are too small, and used space that
//! nobody asked for.

use super::charts::{FragmentationChart, WasteChart};
use super::heat::HeatMap;
use crate::analysis::arena;
use crate::analysis::arena::tables::FreeClass;
use crate::analysis::moment::figures::Told;
use crate::analysis::moment::free_space::FreeSpace;
use crate::analysis::numbers::text::{count, ratio};
use crate::app::frames::frame_loop;
use crate::app::map::of_file::WhereAddresses;
use crate::app::moment::figures::at_moment;
use crate::app::state::store::{SharedMemory, Store};
use crate::app::widgets::card::{Card, Now};
use crate::app::widgets::figures::{Figure, Figures, figure};
use crate::units::Bytes;
use leptos::prelude::*;

/// The walk is read this often: a table of counts need not be live.
const WALK_MS: f64 = 1000.0;

const FITS: [Figure; 4] = [
    figure("At alignment 16 B", "The largest request that the policy would serve; at most 0.1 s old.", |m| {
        size(m.arena.largest_fit_bytes)
    })
    .told(Told::Free),
    figure("At alignment 256 B", "The same for what WebGPU binds: offsets of buffers are multiples of 256 B.", |m| {
        size(m.arena.largest_fit_256_bytes)
    })
    .told(Told::Free),
    figure("At alignment 64 KiB", "The same at the largest alignment: one wasm page.", |m| {
        size(m.arena.largest_fit_64k_bytes)
    })
    .told(Told::Free),
    figure("Largest free range", "A policy that rounds up serves less than it.", |m| size(m.arena.largest_free_bytes))
        .told(Told::Free),
];

const FREE: [Figure; 4] = [
    figure("Free", "In free ranges.", |m| size(m.arena.free_bytes)).told(Told::Free),
    figure("Free ranges", "Their number.", |m| count(m.arena.free_range_count)).told(Told::FreeRanges),
    figure("Fragmentation", "External: 1 − largest free ÷ free.", |m| ratio(m.arena.external_fragmentation))
        .told(Told::FreeRanges),
    figure("Concentration", "1 − √Σf² ÷ Σf over free ranges f.", |m| ratio(m.arena.free_space_concentration))
        .told(Told::FreeRanges),
];

const FREE_OF_FILE: [Figure; 2] = [
    figure("Between live ranges", "Bytes that no live allocation holds.", |m| size(m.arena.free_bytes))
        .told(Told::Free),
    figure("Largest", "The largest such range.", |m| size(m.arena.largest_free_bytes)).told(Told::Free),
];

fn size(bytes: u64) -> String {
    Bytes::new(bytes).to_string()
}

/// The part Fragmentation of the Arena panel.
#[component]
pub fn FragmentationPart() -> impl IntoView {
    let names = Store::expect().names;
    let is_engine = Memo::new(move |_| names.with(|names| names.is_engine()));
    move || match is_engine.get() {
        true => view! { <OfEngine/> }.into_any(),
        false => view! { <WhereAddresses><OfFile/></WhereAddresses> }.into_any(),
    }
}

/// Of what another tool recorded: what lies between live ranges, where it says where they lie.
#[component]
fn OfFile() -> impl IntoView {
    view! {
        <div class="split">
            <div class="split-main">
                <Card title="Fragmentation" class="tall"><FragmentationChart/></Card>
            </div>
            <div class="split-side">
                <Card title="Free space">
                    <Figures of=&FREE_OF_FILE/>
                    <p class="dim note">
                        "What lies between live ranges on the line of all address spaces. The file does not hold policy, caches and waste of its allocator."
                    </p>
                </Card>
                <FreeCard/>
            </div>
        </div>
    }
}

#[component]
fn OfEngine() -> impl IntoView {
    let store = Store::expect();
    let (bytes, ranges) = (
        store.told(Told::Free, |m| size(m.arena.free_bytes)),
        store.told(Told::FreeRanges, |m| count(m.arena.free_range_count)),
    );
    let free = Memo::new(move |_| format!("{} free in {} ranges", bytes.get(), ranges.get()));
    let waste = store.told(Told::Tick, |m| size(arena::tables::rounding_bytes(&m.arena)));
    // The engine samples it: of a run that was opened it is not known.
    let of_the_engine = move || move || store.opened.with(Option::is_some).then(|| view! { <Now/> });
    view! {
        <div class="split">
            <div class="split-main">
                <Card title="Unusable free space by request size" class="tall heat-card" badge=of_the_engine figures=move || free><HeatMap/></Card>
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
    let store = Store::expect();
    let newest = RwSignal::new(Vec::<FreeClass>::new());
    let past = at_moment(|_, state| FreeSpace::of(state).classes());
    let classes = Memo::new(move |_| past.get().unwrap_or_else(|| newest.get()));
    let mut walk = Vec::new();
    let mut seen = None;
    frame_loop::every(WALK_MS, move |_| {
        if seen == Some(shared.map.number()) {
            return;
        }
        seen = shared.map.read(&mut walk);
        newest.set(arena::tables::free_classes(&walk));
    });
    // What threads or the policy hold back, the recording does not tell from free.
    let head = move || if store.is_exact(Told::FreeRanges) { "" } else { "gaps: free, cached or held back" };
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
        <Card title="Free ranges by size" scrolls=true figures=move || view! { <span>{head}</span> }>
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
