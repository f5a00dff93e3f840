//! The GPU pool panel: the chart, the figures of pool, device and networks,
//! and the table by size class and usage.

use crate::analysis::table_numbers::count;
use crate::analysis::table_pool::{self, PoolLine};
use crate::app::charts::PoolChart;
use crate::app::link;
use crate::app::store::SharedMemory;
use crate::app::widgets::card::Card;
use crate::app::widgets::figures::{Figure, Figures, figure};
use crate::telemetry::pool_table;
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// The table is read this often.
const TABLE_MS: f64 = 250.0;

const POOL: [Figure; 12] = [
    figure("Mode", "How requests are matched with pooled resources.", |m| m.pool.mode.clone()),
    figure("Hit ratio", "Hits ÷ (hits + misses).", |m| Ratio::new(m.pool.hit_ratio).to_string()),
    figure("Hits, misses", "Acquires served by a pooled resource, and those that created one.", |m| {
        format!("{}, {}", count(m.pool.hits_total), count(m.pool.misses_total))
    }),
    figure("In use", "Held by the engine.", |m| held(m.pool.in_use_bytes, m.pool.in_use_count)),
    figure("Pending", "Released; the GPU may still read them.", |m| held(m.pool.pending_bytes, m.pool.pending_count)),
    figure("Idle", "Reusable.", |m| held(m.pool.idle_bytes, m.pool.idle_count)),
    figure("Requested", "What callers asked for of what is in use; the rest is class rounding.", |m| {
        size(m.pool.requested_bytes)
    }),
    figure("Idle limit", "Idle bytes above this are evicted, least recently used first.", |m| size(m.pool.limit_bytes)),
    figure("Created", "Creations in this run.", |m| count(m.pool.created_total)),
    figure("Destroyed", "Destructions in this run.", |m| count(m.pool.destroyed_total)),
    figure("Evicted", "Destructions by the byte limit, by age or under pressure.", |m| count(m.pool.evictions_total)),
    figure("Alive", "Created less destroyed: in use, pending or idle.", |m| {
        count(m.pool.created_total.saturating_sub(m.pool.destroyed_total))
    }),
];

const DEVICE: [Figure; 6] = [
    figure("Run by", "Who runs the work.", |m| m.gpu.mode.clone()),
    figure("Submits", "Queue submissions.", |m| count(m.gpu.submits_total)),
    figure("Dispatches", "Compute dispatches.", |m| count(m.gpu.dispatches_total)),
    figure("Uploaded", "Bytes handed to writeBuffer and writeTexture: one copy per upload.", |m| {
        size(m.gpu.uploaded_bytes_total)
    }),
    figure("Errors", "Errors that the device reported.", |m| count(m.gpu.errors_total)),
    figure("Device losses", "Times the device was lost.", |m| count(m.gpu.device_losses_total)),
];

const NETWORKS: [Figure; 11] = [
    figure("Run by", "Who runs the graphs.", |m| m.nn.mode.clone()),
    figure("Graph runs", "In this run.", |m| count(m.nn.dispatches_total)),
    figure("Tensors alive", "In use, pending or idle, by our own accounting.", |m| {
        held(m.nn.tensor_bytes, m.nn.tensors_live)
    }),
    figure("Idle tensors", "Reusable.", |m| held(m.nn.pool.idle_bytes, m.nn.pool.idle_count)),
    figure("Tensors created", "In this run.", |m| count(m.nn.pool.created_total)),
    figure("Tensors reused", "Acquires that an idle tensor served.", |m| count(m.nn.pool.hits_total)),
    figure("Graphs alive", "Each with its own constants.", |m| held(m.nn.graph_bytes, m.nn.graphs_live)),
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

/// The panel.
#[component]
pub fn GpuPool() -> impl IntoView {
    view! {
        <div class="split">
            <div class="split-main">
                <Card title="Pool over time" class="tall"><PoolChart/></Card>
                <TableCard/>
            </div>
            <div class="split-side">
                <Card title="Pool"><Figures of=&POOL/></Card>
                <Card title="WebGPU device" figures=|| "one copy per upload"><Figures of=&DEVICE/></Card>
                <Card title="Neural networks"><Figures of=&NETWORKS/></Card>
            </div>
        </div>
    }
}

#[component]
fn TableCard() -> impl IntoView {
    let SharedMemory(shared) = expect_context();
    let lines = RwSignal::new(Vec::<PoolLine>::new());
    let mut seen = None;
    link::every(TABLE_MS, move |_| {
        let number = shared.pool_table.number();
        if seen != Some(number) {
            seen = Some(number);
            lines.set(table_pool::lines(pool_table::read(&shared.pool_table)));
        }
    });
    let classes = move || format!("{} classes", lines.with(Vec::len));
    view! {
        <Card title="By size class and usage" class="tall" scrolls=true figures=move || classes>
            <Show when=move || lines.with(Vec::is_empty)><p class="dim note">"The pool holds nothing yet."</p></Show>
            <table class="table" class:hidden=move || lines.with(Vec::is_empty)>
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
