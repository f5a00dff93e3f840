//! The heat map of lifetimes against sizes. A cell leads to its events.

use super::live::{LeaksLive, TEMPORARY};
use crate::analysis::events::query::{EventQuery, Ops};
use crate::analysis::leaks::lifetime_grid::{GridCell, LEVELS, LifetimeGrid, lifetime_range, size_range};
use crate::analysis::numbers::quantity_range::{self, Quantity};
use crate::analysis::numbers::text::count;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::owner::Heap;
use crate::units::{Bytes, Micros};
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::{Element, HtmlElement, KeyboardEvent, MouseEvent};

/// Rows of the data table.
const TABLE_ROWS: usize = 60;
const KEYS_HELP: &str =
    "Arrows move from cell to cell, Home and End to the shortest and longest; Enter shows the cell's events";

/// The card "Lifetime by size": how many allocations ended, by size and by age.
#[component]
pub fn LifetimesCard(
    /// The counts that all cards of the panel share.
    live: LeaksLive,
) -> impl IntoView {
    let total = Memo::new(move |_| live.grid.with(|grid| (grid.total, grid.unknown)));
    let counted = move || {
        let (total, unknown) = total.get();
        let ended = match live.counting.get() {
            Some(part) => format!("counting, {:.0} %", part * 100.0),
            None => format!("{} ended", count(total.count)),
        };
        let unknown = (unknown > 0).then(|| format!("{} of unknown age", count(unknown)));
        let missed = live.missed.get();
        let missed = (missed > 0).then(|| format!("{} events made room uncounted", count(missed)));
        [Some(ended), unknown, missed].into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    let is_empty = Memo::new(move |_| live.grid.with(|grid| grid.cells.is_empty()));
    view! {
        <Card
            only_now=true
            title="Lifetime by size"
            class="tall lifetimes-card"
            figures=move || view! { <span>{counted}</span><HeapMenu live/> }
        >
            <div class="lifetimes">
                <Scale live/>
                <Plot live/>
                <Show when=move || is_empty.get()>
                    <p class="chart-empty">"Nothing has ended yet"</p>
                </Show>
                <DataTable live/>
            </div>
        </Card>
    }
}

#[component]
fn HeapMenu(live: LeaksLive) -> impl IntoView {
    let names = Store::expect().names;
    let option = move |heap: Heap| {
        view! { <option value=heap.key() prop:selected=move || live.heap.get() == heap>{move || names.with(|names| names.heap(heap).to_owned())}</option> }
    };
    let choose = move |key: String| {
        if let Some(heap) = Heap::ALL.into_iter().find(|heap| heap.key() == key) {
            live.heap.set(heap);
        }
    };
    view! {
        <label class="setting" title="Whose lifetimes: from allocation to free, from creation to destruction">
            <span class="setting-label" aria-hidden="true">"Memory"</span>
            <select aria-label="Memory" on:change:target=move |event| choose(event.target().value())>
                {Heap::ALL.map(option).collect_view()}
            </select>
        </label>
    }
}

/// What the colours mean.
#[component]
fn Scale(live: LeaksLive) -> impl IntoView {
    let most =
        Memo::new(move |_| live.grid.with(|grid| grid.cells.iter().map(|cell| cell.cell.count).max().unwrap_or(1)));
    let steps = (1..=LEVELS).map(|level| view! { <i class=format!("heat-level-{level}")></i> }).collect_view();
    view! {
        <div class="legend lifetimes-legend">
            <span class="legend-entry">"How many ended, by doublings"</span>
            <span class="legend-entry lifetimes-scale">
                <span class="number">"1"</span>
                <span class="lifetimes-steps" aria-hidden="true">{steps}</span>
                <span class="number">{move || count(most.get())}</span>
            </span>
            <span class="legend-entry dim"><i class="temporary-mark" aria-hidden="true"></i>"temporary, left of the line"</span>
        </div>
    }
}

/// Per cent of the way along an axis.
fn percent(at: usize, of: usize) -> String {
    format!("{:.3}%", at as f64 * 100.0 / of.max(1) as f64)
}

#[component]
fn Plot(live: LeaksLive) -> impl IntoView {
    let store = Store::expect();
    let at = RwSignal::new(None::<(usize, usize)>);
    let grid = live.grid;
    let pointed = move |event: &MouseEvent| grid.with_untracked(|grid| cell_under(event, grid));
    let show = move |(lifetime, size): (usize, usize)| {
        if grid.with_untracked(|grid| grid.cell(lifetime, size).count > 0) {
            store.show_events(query_of(live.heap.get_untracked(), lifetime, size));
        }
    };
    let key = move |event: KeyboardEvent| {
        let from = at.get_untracked().or_else(|| grid.with_untracked(most_of));
        let Some(from) = from else { return };
        match event.key().as_str() {
            "Enter" => show(from),
            key => match grid.with_untracked(|grid| grid.moved(key, from)) {
                // The first key shows where it is.
                Some(moved) => at.set(Some(if at.get_untracked().is_none() { from } else { moved })),
                None => return,
            },
        }
        event.prevent_default();
    };
    let reading = move || match at.get() {
        Some((lifetime, size)) => grid.with(|grid| grid.reading(lifetime, size)),
        None => "Point at a cell for its numbers, click it for its events".into(),
    };
    let cells = move || grid.with(placed);
    let cross = move || at.get().and_then(|place| grid.with(|grid| frame_of(grid, place)));
    view! {
        <div class="lifetimes-plot">
            <div class="lifetimes-sizes" aria-hidden="true">{move || grid.with(size_labels)}</div>
            <div
                class="lifetimes-cells"
                role="img"
                tabindex="0"
                aria-label=move || grid.with(LifetimeGrid::summary)
                aria-description=KEYS_HELP
                on:pointermove=move |event| at.set(pointed(&event))
                on:pointerleave=move |_| at.set(None)
                on:click=move |event| if let Some(place) = pointed(&event) { show(place) }
                on:keydown=key
            >
                <For each=cells key=Clone::clone children=cell_view/>
                {move || grid.with(|grid| threshold(grid, live.temporary.get()))}
                {cross}
            </div>
            <div class="lifetimes-times" aria-hidden="true">{move || grid.with(lifetime_labels)}</div>
        </div>
        <p class="lifetimes-readout" aria-live="polite">{reading}</p>
    }
}

/// The cell that holds the most.
fn most_of(grid: &LifetimeGrid) -> Option<(usize, usize)> {
    grid.cells.iter().max_by_key(|cell| cell.cell.count).map(|cell| (cell.lifetime, cell.size))
}

/// The cell under the pointer.
fn cell_under(event: &MouseEvent, grid: &LifetimeGrid) -> Option<(usize, usize)> {
    let plot: HtmlElement = event.current_target()?.dyn_into().ok()?;
    let place = plot.get_bounding_client_rect();
    let part =
        |at: f64, of: f64, steps: usize| (at / of.max(1.0) * steps as f64).clamp(0.0, steps as f64 - 1.0) as usize;
    if grid.lifetimes.is_empty() || grid.sizes.is_empty() {
        return None;
    }
    let right = part(f64::from(event.client_x()) - place.left(), place.width(), grid.lifetimes.len());
    let up = part(place.bottom() - f64::from(event.client_y()), place.height(), grid.sizes.len());
    Some((grid.lifetimes.start + right, grid.sizes.start + up))
}

/// A cell as it is drawn: one that looks the same is left alone.
#[derive(Clone, PartialEq, Eq, Hash)]
struct Placed {
    /// From the left, and of how many.
    across: (usize, usize),
    /// From below, and of how many.
    up: (usize, usize),
    level: u32,
}

fn placed(grid: &LifetimeGrid) -> Vec<Placed> {
    let (wide, high) = (grid.lifetimes.len(), grid.sizes.len());
    let place = |cell: &GridCell| Placed {
        across: (cell.lifetime - grid.lifetimes.start, wide),
        up: (cell.size - grid.sizes.start, high),
        level: cell.level,
    };
    grid.cells.iter().map(place).collect()
}

fn cell_view(Placed { across: (left, wide), up: (below, high), level }: Placed) -> impl IntoView {
    view! {
        <i
            class=format!("lifetime-cell heat-level-{level}")
            style:left=percent(left, wide)
            style:bottom=percent(below, high)
            style:width=percent(1, wide)
            style:height=percent(1, high)
        ></i>
    }
}

fn frame_of(grid: &LifetimeGrid, (lifetime, size): (usize, usize)) -> Option<impl IntoView + use<>> {
    let is_shown = grid.lifetimes.contains(&lifetime) && grid.sizes.contains(&size);
    let (wide, high) = (grid.lifetimes.len(), grid.sizes.len());
    is_shown.then(|| {
        view! {
            <i
                class="lifetime-frame"
                style:left=percent(lifetime - grid.lifetimes.start, wide)
                style:bottom=percent(size - grid.sizes.start, high)
                style:width=percent(1, wide)
                style:height=percent(1, high)
            ></i>
        }
    })
}

/// The line left of which things are temporary.
fn threshold(grid: &LifetimeGrid, temporary: usize) -> Option<impl IntoView + use<>> {
    let is_shown = grid.lifetimes.contains(&temporary) && grid.lifetimes.start != temporary;
    let left = percent(temporary.saturating_sub(grid.lifetimes.start), grid.lifetimes.len());
    is_shown.then(|| view! { <i class="lifetime-threshold" style:left=left></i> })
}

fn size_labels(grid: &LifetimeGrid) -> impl IntoView + use<> {
    let high = grid.sizes.len();
    let label = |(at, text): (usize, String)| view! { <span style:bottom=percent(at, high)>{text}</span> };
    grid.size_labels().into_iter().map(label).collect_view()
}

fn lifetime_labels(grid: &LifetimeGrid) -> impl IntoView + use<> {
    let wide = grid.lifetimes.len();
    let label = |(at, text): (usize, String)| view! { <span style:left=percent(at, wide)>{text}</span> };
    grid.lifetime_labels().into_iter().map(label).collect_view()
}

/// What finds the events of a cell: exactly those that it counts.
fn query_of(heap: Heap, lifetime: usize, size: usize) -> EventQuery {
    EventQuery {
        ops: Ops::Ends(heap),
        size: quantity_range::text(&size_range(size), Quantity::Bytes),
        lifetime: quantity_range::text(&lifetime_range(lifetime), Quantity::Micros),
        ..EventQuery::default()
    }
}

/// The cells as text.
#[component]
fn DataTable(live: LeaksLive) -> impl IntoView {
    let open = RwSignal::new(false);
    let toggled = move |event: web_sys::Event| {
        let details = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        open.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    let row = |cell: &GridCell| {
        let [from, below] = [cell.lifetime, cell.lifetime + 1].map(|power| Micros::new(1 << power));
        let [least, most] = [cell.size, cell.size + 1].map(|power| Bytes::new(1 << power));
        view! {
            <tr>
                <th scope="row">{format!("{from} – {below}")}</th>
                <td>{format!("{least} – {most}")}</td>
                <td>{count(cell.cell.count)}</td>
                <td>{Bytes::new(cell.cell.bytes).to_string()}</td>
            </tr>
        }
    };
    let rows = move || {
        live.grid.with(|grid| {
            let mut cells = grid.cells.clone();
            cells.sort_by_key(|cell| core::cmp::Reverse(cell.cell.count));
            cells.iter().take(TABLE_ROWS).map(row).collect_view()
        })
    };
    view! {
        <details class="chart-table" on:toggle=toggled>
            <summary aria-label="Show data table: lifetime by size" title="Show data table">"Table"</summary>
            <div class="chart-table-scroll" tabindex="0" role="region" aria-label="Lifetime by size: data table">
                <table>
                    <caption>"The 60 cells that hold the most"</caption>
                    <thead>
                        <tr><th scope="col">"Lived"</th><th scope="col">"Size"</th><th scope="col">"Ended"</th><th scope="col">"Bytes"</th></tr>
                    </thead>
                    <tbody>{move || open.get().then(rows)}</tbody>
                </table>
            </div>
        </details>
    }
}

/// The menu of what counts as temporary.
#[component]
pub fn TemporaryMenu(
    /// The counts that all cards of the panel share.
    live: LeaksLive,
) -> impl IntoView {
    let option = move |(power, label): (usize, &'static str)| {
        view! { <option value=power.to_string() prop:selected=move || live.temporary.get() == power>{label}</option> }
    };
    let choose = move |key: String| {
        if let Ok(power) = key.parse() {
            live.temporary.set(power);
        }
    };
    view! {
        <label class="setting" title="What lived shorter is temporary">
            <span class="setting-label" aria-hidden="true">"Below"</span>
            <select aria-label="Temporary below" on:change:target=move |event| choose(event.target().value())>
                {TEMPORARY.map(option).collect_view()}
            </select>
        </label>
    }
}
