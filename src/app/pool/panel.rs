//! The GPU pool panel: what both pools hold over time, why they hit, miss and
//! destroy, everything alive in them, and the figures of device and networks.

use super::causes::{CausesCard, Histograms, MissesCard};
use super::chart::PoolChart;
use super::live_table::LiveCard;
use super::policy::PolicyCard;
use super::side::{Detail, Side};
use crate::analysis::moment;
use crate::analysis::moment::figures::Told;
use crate::analysis::moment::tables::PastClass;
use crate::analysis::numbers::text::count;
use crate::analysis::pool::table::{self, PoolLine};
use crate::analysis::run::labels;
use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::frames::frame_loop;
use crate::app::moment::figures::at_moment;
use crate::app::state::store::{Phase, SharedMemory, Store};
use crate::app::widgets::card::Card;
use crate::app::widgets::figures::{Figure, Figures, figure};
use crate::telemetry::metrics::PoolMetrics;
use crate::telemetry::pool_detail::PoolDetail;
use crate::telemetry::pool_table;
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// The table is read this often.
const TABLE_MS: f64 = 1000.0;
/// The engine is asked this often for everything alive: the answer may be long.
const DETAIL_MS: f64 = 1000.0;

/// A dash before the first acquire.
fn hit_ratio(pool: &PoolMetrics) -> String {
    let used = pool.hits_total + pool.misses_total > 0;
    if used { Ratio::new(pool.hit_ratio).to_string() } else { "–".into() }
}

const POOL: [Figure; 16] = [
    figure("Mode", "How requests are matched with pooled resources.", |m| labels::pool_mode(&m.pool.mode))
        .told(Told::Kept),
    figure("Hit ratio", "Hits ÷ (hits + misses).", |m| hit_ratio(&m.pool)).told(Told::Events),
    figure("Hits, misses", "Acquires served by a pooled resource, and those that created one.", |m| {
        format!("{}, {}", count(m.pool.hits_total), count(m.pool.misses_total))
    })
    .told(Told::Events),
    figure("In use", "Held by the engine.", |m| held(m.pool.in_use_bytes, m.pool.in_use_count)).told(Told::Events),
    figure("Pending", "Released; the GPU may still read them.", |m| held(m.pool.pending_bytes, m.pool.pending_count))
        .told(Told::Tick),
    figure("Idle", "Reusable.", |m| held(m.pool.idle_bytes, m.pool.idle_count)).told(Told::Tick),
    figure("Requested", "What callers asked for of what is in use; the rest is class rounding.", |m| {
        size(m.pool.requested_bytes)
    })
    .told(Told::Tick),
    figure("Idle limit", "Idle bytes above this are evicted, least recently used first.", |m| size(m.pool.limit_bytes)),
    figure("Created", "Creations in this run.", |m| count(m.pool.created_total)).told(Told::Events),
    figure("Destroyed", "Destructions in this run.", |m| count(m.pool.destroyed_total)).told(Told::Events),
    figure("Evicted", "Destructions by the byte limit, by age or under pressure.", |m| count(m.pool.evictions_total)),
    figure("Alive", "Created less destroyed: in use, pending or idle.", |m| {
        count(m.pool.created_total.saturating_sub(m.pool.destroyed_total))
    })
    .told(Told::Events),
    figure("Waste", "Bytes in use that nobody asked for: class rounding.", |m| size(m.pool.waste_bytes))
        .told(Told::Tick),
    figure("Surplus", "Of the idle bytes, those that lay idle through the last 120 frames.", |m| {
        size(m.pool.surplus_bytes)
    }),
    figure("Held, peak", "Most bytes in use, pending and idle together in this run.", |m| {
        size(m.pool.allocated_bytes_peak)
    })
    .told(Told::Kept),
    figure("Refused", "Acquires that were refused, and handles that gave no right.", |m| {
        format!("{}, {} misuses", count(m.pool.refusals_total), count(m.pool.misuses_total))
    }),
];

const FALLBACK: [Figure; 4] = [
    figure("Same use trimmed", "A refused creation was helped by destroying idle ones of the same use.", |m| {
        count(m.pool.fallback.trim_class_total)
    }),
    figure("All idle trimmed", "It was helped by destroying idle ones of any use.", |m| {
        count(m.pool.fallback.trim_idle_total)
    }),
    figure("Borrowers gave", "It was helped by what others gave back.", |m| count(m.pool.fallback.borrowers_total)),
    figure("Nothing helped", "It was refused.", |m| count(m.pool.fallback.refused_total)),
];

const STAGING: [Figure; 6] = [
    figure("Ring", "A range of the arena that uploads pass through.", |m| size(m.gpu.staging.capacity_bytes)),
    figure("In flight", "Taken, the GPU may still read them; gaps included.", |m| size(m.gpu.staging.in_flight_bytes)),
    figure("In flight, peak", "Most at once in this run.", |m| size(m.gpu.staging.in_flight_bytes_peak)),
    figure("Uploads", "That passed through the ring.", |m| count(m.gpu.staging.uploads_total)),
    figure("Wraps", "Uploads that began again at the base: the end was too near.", |m| {
        count(m.gpu.staging.wraps_total)
    }),
    figure("Overflows", "Uploads that it had no room for: each took a range of the arena of its own.", |m| {
        count(m.gpu.staging.overflows_total)
    }),
];

const TENSORS: [Figure; 8] = [
    figure("Hit ratio", "Hits ÷ (hits + misses).", |m| hit_ratio(&m.nn.pool)).told(Told::Events),
    figure("Hits, misses", "Acquires served by a pooled tensor, and those that created one.", |m| {
        format!("{}, {}", count(m.nn.pool.hits_total), count(m.nn.pool.misses_total))
    })
    .told(Told::Events),
    figure("In use", "Held by the engine.", |m| held(m.nn.pool.in_use_bytes, m.nn.pool.in_use_count))
        .told(Told::Events),
    figure("Pending", "Released; a run may still read them.", |m| {
        held(m.nn.pool.pending_bytes, m.nn.pool.pending_count)
    }),
    figure("Idle", "Reusable.", |m| held(m.nn.pool.idle_bytes, m.nn.pool.idle_count)),
    figure("Waste", "Bytes in use that nobody asked for: class rounding.", |m| size(m.nn.pool.waste_bytes)),
    figure("Held, peak", "Most bytes in use, pending and idle together in this run.", |m| {
        size(m.nn.pool.allocated_bytes_peak)
    }),
    figure("Created, destroyed", "In this run.", |m| {
        format!("{}, {}", count(m.nn.pool.created_total), count(m.nn.pool.destroyed_total))
    })
    .told(Told::Events),
];

const DEVICE: [Figure; 6] = [
    figure("Run by", "Who runs the work.", |m| m.gpu.mode.clone()).told(Told::Kept),
    figure("Submits", "Queue submissions.", |m| count(m.gpu.submits_total)).told(Told::Events),
    figure("Dispatches", "Compute dispatches.", |m| count(m.gpu.dispatches_total)),
    figure("Uploaded", "Bytes handed to writeBuffer and writeTexture: one copy per upload.", |m| {
        size(m.gpu.uploaded_bytes_total)
    }),
    figure("Errors", "Errors that the device reported.", |m| count(m.gpu.errors_total)),
    figure("Device losses", "Times the device was lost.", |m| count(m.gpu.device_losses_total)).told(Told::Events),
];

const NETWORKS: [Figure; 11] = [
    figure("Run by", "Who runs the graphs.", |m| m.nn.mode.clone()).told(Told::Kept),
    figure("Graph runs", "In this run.", |m| count(m.nn.dispatches_total)).told(Told::Events),
    figure("Tensors alive", "In use, pending or idle, by our own accounting.", |m| {
        held(m.nn.tensor_bytes, m.nn.tensors_live)
    })
    .told(Told::Events),
    figure("Idle tensors", "Reusable.", |m| held(m.nn.pool.idle_bytes, m.nn.pool.idle_count)),
    figure("Tensors created", "In this run.", |m| count(m.nn.pool.created_total)).told(Told::Events),
    figure("Tensors reused", "Acquires that an idle tensor served.", |m| count(m.nn.pool.hits_total))
        .told(Told::Events),
    figure("Graphs alive", "Each with its own constants.", |m| held(m.nn.graph_bytes, m.nn.graphs_live))
        .told(Told::Events),
    figure("Graphs built", "One per network and sizes of its tensors.", |m| count(m.nn.graphs_built_total)),
    figure("Mismatches", "Results that differ from the CPU reference.", |m| count(m.nn.mismatches_total)),
    figure("Failures", "Graphs, runs, tensors and writes that did not come about.", |m| count(m.nn.failures_total)),
    figure("Context losses", "Times the WebNN context was lost.", |m| count(m.nn.context_losses_total)),
];

fn size(bytes: u64) -> String {
    Bytes::new(bytes).to_string()
}

fn held(bytes: u64, resources: u64) -> String {
    format!("{} in {}", Bytes::new(bytes), count(resources))
}

/// The GPU pool panel: over time, by cause, by class, and its policy.
#[component]
pub fn GpuPool() -> impl IntoView {
    let (side, detail) = (RwSignal::new(Side::Gpu), RwSignal::new(PoolDetail::default()));
    ask_for_detail(detail);
    view! {
        <div class="split">
            <div class="split-main pool-main">
                <Card title="GPU pool over time" class="pool-chart"><PoolChart/></Card>
                <SideSwitch side/>
                <CausesCard side/>
                <Histograms side/>
                <MissesCard side detail/>
                <LiveCard side detail/>
                <TableCard/>
            </div>
            <div class="split-side">
                <Card title="Pool"><Figures of=&POOL/></Card>
                <PolicyCard side detail/>
                <Card title="NPU tensor pool"><Figures of=&TENSORS/></Card>
                <Card title="Staging ring"><Figures of=&STAGING/></Card>
                <Card title="Out of memory" figures=|| "what helped a refused creation"><Figures of=&FALLBACK/></Card>
                <Card title="WebGPU device" figures=|| "one copy per upload"><Figures of=&DEVICE/></Card>
                <Card title="Neural networks"><Figures of=&NETWORKS/></Card>
            </div>
        </div>
    }
}

/// Keeps `detail` fresh while the panel is on screen. One question at a time: a
/// busy engine is not asked again.
fn ask_for_detail(detail: Detail) {
    let store = Store::expect();
    let asked = StoredValue::new(false);
    frame_loop::every(DETAIL_MS, move |_| {
        if store.phase.with_untracked(|phase| *phase != Phase::Ready) || asked.get_value() {
            return;
        }
        asked.set_value(true);
        console::spawn(store, async move {
            let answer = rpc::pool_detail(store).await;
            // The panel may be gone by now.
            let _ = asked.try_set_value(false);
            let fresh = answer?;
            if detail.try_with_untracked(|detail| *detail != fresh).unwrap_or(false) {
                detail.try_set(fresh);
            }
            Ok(())
        });
    });
}

#[component]
fn SideSwitch(side: RwSignal<Side>) -> impl IntoView {
    let button = move |of: Side| {
        view! {
            <button
                type="button"
                class="button"
                title="Which pool the cards below are about"
                aria-pressed=move || (side.get() == of).to_string()
                on:click=move |_| side.set(of)
            >
                {of.label()}
            </button>
        }
    };
    view! { <div class="switch" role="group" aria-label="Pool">{Side::ALL.map(button).collect_view()}</div> }
}

#[component]
fn TableCard() -> impl IntoView {
    let SharedMemory(shared) = expect_context();
    let lines = RwSignal::new(Vec::<PoolLine>::new());
    let mut seen = None;
    frame_loop::every(TABLE_MS, move |_| {
        let number = shared.pool_table.number();
        if seen != Some(number) {
            seen = Some(number);
            lines.set(table::lines(pool_table::read(&shared.pool_table)));
        }
    });
    let past = at_moment(|_, state| moment::tables::classes(state));
    let is_past = Memo::new(move |_| past.with(Option::is_some));
    let number = move || past.with(|past| past.as_ref().map_or_else(|| lines.with(Vec::len), Vec::len));
    let classes = move || format!("{} classes", number());
    view! {
        <Card title="GPU pool by size class and usage" class="classes-card" scrolls=true figures=move || classes>
            <Show when=move || number() == 0>
                <p class="dim note">{move || if is_past.get() { "The pool held nothing at this moment." } else { "The pool holds nothing yet." }}</p>
            </Show>
            <Show when=move || is_past.get() && number() != 0><PastTable classes=past/></Show>
            <table class="table" class:hidden=move || is_past.get() || number() == 0>
                <thead>
                    <tr>
                        <th class="number" scope="col">"Class"</th>
                        <th scope="col">"Usage"</th>
                        <th class="number" scope="col">"In use"</th>
                        <th class="number" scope="col">"Pending"</th>
                        <th class="number" scope="col">"Idle"</th>
                        <th class="number" scope="col">"Held"</th>
                        <th class="number" scope="col">"Hit ratio"</th>
                    </tr>
                </thead>
                <tbody>{move || lines.with(|lines| lines.iter().map(table_row).collect_view())}</tbody>
            </table>
        </Card>
    }
}

/// The classes of an earlier moment: by size alone, since events tell no usage.
#[component]
fn PastTable(classes: RwSignal<Option<Vec<PastClass>>>) -> impl IntoView {
    let row = |class: &PastClass| {
        view! {
            <tr>
                <th scope="row" class="number">{size(class.class_bytes)}</th>
                <td class="number">{count(class.in_use_count)}</td>
                <td class="number">{count(class.given_back_count)}</td>
                <td class="number">{size(class.held_bytes())}</td>
            </tr>
        }
    };
    view! {
        <table class="table">
            <thead>
                <tr>
                    <th class="number" scope="col">"Class"</th>
                    <th class="number" scope="col">"In use"</th>
                    <th class="number" scope="col" title="Pending or idle: the recording does not tell them apart">"Given back"</th>
                    <th class="number" scope="col">"Held"</th>
                </tr>
            </thead>
            <tbody>{move || classes.with(|classes| classes.as_ref().map(|classes| classes.iter().map(row).collect_view()))}</tbody>
        </table>
    }
}

fn table_row(line: &PoolLine) -> impl IntoView + use<> {
    let row = &line.row;
    let counts = [row.in_use_count, row.pending_count, row.idle_count];
    view! {
        <tr>
            <th scope="row" class="number">{size(row.class_bytes)}</th>
            <td class="usage">{row.texture.clone().map(|texture| format!("{texture} ")).unwrap_or_default()}{row.usage.clone()}</td>
            {counts.map(|number| view! { <td class="number">{count(number)}</td> }).collect_view()}
            <td class="number">{size(line.held_bytes)}</td>
            <td class="number">{line.hit_part.map_or_else(|| String::from("–"), |part| Ratio::new(part).to_string())}</td>
        </tr>
    }
}
