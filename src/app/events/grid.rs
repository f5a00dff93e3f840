//! The rows of the Events panel: as many elements as there is room for, whatever the
//! number of events.

use super::cells::RowCells;
use super::table::EventsTable;
use crate::analysis::events::sort::SortKey;
use crate::analysis::events::table::EventOrder;
use crate::analysis::events::view::ROW_PX;
use crate::app::frames::frame_loop::on_frame;
use crate::app::state::store::Store;
use leptos::html::Div;
use leptos::prelude::*;
use web_sys::{HtmlDivElement, HtmlElement, KeyboardEvent, WheelEvent};

/// Height of the head, CSS pixels; `events.css` has it too.
const HEAD_PX: f64 = 26.0;
/// The height of the view is looked at this often.
const LOOK_MS: f64 = 100.0;

const KEYS_HELP: &str = "Arrows, Page Up, Page Down, Home and End move from row to row, and the page to that moment; with \
     Shift they select rows. Control and C copies them, Control and A selects all.";

/// The table's rows that are in sight, with its head.
#[component]
pub fn Grid(
    /// Which rows there are, and which of them are picked.
    table: EventsTable,
) -> impl IntoView {
    let [view, body, window] = [NodeRef::<Div>::new(), NodeRef::new(), NodeRef::new()];
    let placed_px = StoredValue::new(0.0);
    place_each_frame(table, [view, body, window], placed_px);
    let rows = table.rows;
    let active = move || rows.with(|rows| rows.iter().position(|row| row.is_active).map(row_id));
    let scrolled = move |_| {
        let Some(view) = view.get_untracked() else { return };
        let top = f64::from(view.scroll_top());
        // What the table itself moved is no scrolling. The browser tells of it a frame
        // later: by then a key may have moved the table on.
        if (top - placed_px.get_value()).abs() > 1.0 {
            table.scroll(|scroll| scroll.move_bar(top));
        }
    };
    view! {
        <div
            class="event-grid"
            role="grid"
            aria-label="Events"
            aria-description=KEYS_HELP
            aria-multiselectable="true"
            aria-rowcount=move || table.answer.with(|answer| (answer.rows + 1).to_string())
            aria-activedescendant=active
            tabindex="0"
            node_ref=view
            on:scroll=scrolled
            on:wheel=move |event| wheel(table, &event)
            on:keydown=move |event| key(table, &event)
            on:keyup=move |_| table.settle()
        >
            <div class="event-head" role="rowgroup"><Head/></div>
            <div class="event-track" role="presentation" node_ref=body>
                <div class="event-window" role="rowgroup" node_ref=window><Rows table/></div>
            </div>
        </div>
    }
}

fn row_id(slot: usize) -> String {
    format!("event-row-{slot}")
}

/// Moves the track, the bar and the rows to where the table is.
fn place_each_frame(table: EventsTable, nodes: [NodeRef<Div>; 3], placed_px: StoredValue<f64>) {
    let mut placed_ms = f64::NEG_INFINITY;
    let mut look_ms = f64::NEG_INFINITY;
    on_frame(move |frame| {
        let [Some(view), Some(body), Some(window)] = nodes.map(|node| node.get_untracked()) else { return };
        if frame.now_ms - look_ms >= LOOK_MS {
            look_ms = frame.now_ms;
            let height = f64::from(view.client_height()) - HEAD_PX;
            table.resize(height);
        }
        let drawn_ms = table.drawn_ms();
        if placed_ms != drawn_ms {
            placed_ms = drawn_ms;
            let place = table.scrolled(|scroll| (scroll.track_px(), scroll.bar_px().round(), scroll.cut_px()));
            placed_px.set_value(place.1);
            put_in_place(&view, &body, &window, place);
        }
    });
}

fn put_in_place(
    view: &HtmlDivElement,
    body: &HtmlDivElement,
    window: &HtmlDivElement,
    (track_px, bar_px, cut_px): (f64, f64, f64),
) {
    // Before anything is written: to read afterwards would be to lay the page out twice.
    let scrolled_px = f64::from(view.scroll_top());
    // A style that the browser refuses leaves the rows where they are.
    let _ = HtmlElement::style(body).set_property("height", &format!("{track_px}px"));
    let _ = HtmlElement::style(window).set_property("--cut", &format!("{:.2}px", -cut_px));
    if scrolled_px != bar_px {
        view.set_scroll_top(bar_px as i32);
    }
}

fn wheel(table: EventsTable, event: &WheelEvent) {
    // Elsewhere the browser scrolls by itself, and more smoothly.
    if !table.scrolled(|scroll| scroll.is_compressed()) || event.ctrl_key() || event.delta_y() == 0.0 {
        return;
    }
    event.prevent_default();
    let unit = match event.delta_mode() {
        WheelEvent::DOM_DELTA_LINE => ROW_PX,
        WheelEvent::DOM_DELTA_PAGE => table.scrolled(|scroll| scroll.page() as f64 * ROW_PX),
        _ => 1.0,
    };
    table.scroll(|scroll| scroll.move_by(event.delta_y() * unit));
}

fn key(table: EventsTable, event: &KeyboardEvent) {
    let is_command = event.ctrl_key() || event.meta_key();
    let is_ours = match event.key().as_str() {
        _ if event.alt_key() => false,
        "c" | "C" if is_command => {
            table.copy_picked();
            true
        }
        "a" | "A" if is_command => {
            table.pick_all();
            true
        }
        _ if is_command => false,
        key => table.move_by_key(key, event.shift_key()),
    };
    if is_ours {
        event.prevent_default();
    }
}

/// The head: three columns sort.
#[component]
fn Head() -> impl IntoView {
    let plain = |label: &'static str, class: &'static str, hint: &'static str| {
        view! { <span role="columnheader" class=class title=hint>{label}</span> }
    };
    view! {
        <div class="event-row" role="row" aria-rowindex="1">
            <SortHead label="Time, s" class="number" key=None hint="Engine time since the run's start"/>
            {plain("Thread", "event-thread", "Which thread did it")}
            {plain("Operation", "", "What happened")}
            {plain("Category", "event-category", "Whose memory")}
            {plain("Tag", "", "Which part of the engine asked")}
            <SortHead label="Size" class="number" key=Some(SortKey::Size) hint="How much"/>
            {plain("Where", "number", "Offset in the arena, or number of the resource")}
            {plain("Result", "event-result", "How it went, and why")}
            <SortHead
                label="Lifetime"
                class="number"
                key=Some(SortKey::Lifetime)
                hint="From allocation to free, from acquire to release; of a destruction, from creation on"
            />
        </div>
    }
}

#[component]
fn SortHead(label: &'static str, class: &'static str, key: Option<SortKey>, hint: &'static str) -> impl IntoView {
    let order = Store::expect().events.order;
    let is_sorted = move || order.with(|order| order.key == key);
    let sort = move || match order.get() {
        EventOrder { key: now, .. } if now != key => "none",
        EventOrder { descends: true, .. } => "descending",
        EventOrder { descends: false, .. } => "ascending",
    };
    let arrow = move || match sort() {
        "ascending" => "▲",
        "descending" => "▼",
        _ => "",
    };
    // Sizes and lifetimes: the greatest first. Time: as it went.
    let press = move |_| {
        order.update(|order| {
            let descends = if order.key == key { !order.descends } else { key.is_some() };
            *order = EventOrder { key, descends };
        });
    };
    view! {
        <span role="columnheader" class=class aria-sort=sort>
            <button type="button" class="event-sort" class:sorted=is_sorted title=hint on:click=press>
                <i aria-hidden="true">{arrow}</i>{label}
            </button>
        </span>
    }
}

/// The rows in view.
#[component]
fn Rows(table: EventsTable) -> impl IntoView {
    let slots = Memo::new(move |_| table.rows.with(Vec::len));
    view! { <For each=move || 0..slots.get() key=|slot| *slot children=move |slot| row(table, slot)/> }
}

fn row(table: EventsTable, slot: usize) -> impl IntoView {
    let node = NodeRef::<Div>::new();
    let cells = StoredValue::new_local(None::<RowCells>);
    let write = move || {
        cells.update_value(|cells| {
            if cells.is_none() {
                *cells = node.get().and_then(|node| RowCells::of(&node));
            }
            let Some(cells) = cells else { return };
            table.rows.with(|rows| rows.get(slot).map(|row| cells.write(row)));
        });
    };
    Effect::new(write);
    let point = move |is_pointed: bool| {
        cells.update_value(|cells| {
            cells.iter_mut().for_each(|cells| cells.is_pointed = is_pointed);
        });
        untrack(write);
    };
    let pick = move |event: web_sys::MouseEvent| {
        let picked = table.rows.with_untracked(|rows| rows.get(slot).map(|row| (row.row, row.line.index)));
        if let Some((row, index)) = picked {
            table.reveal(row);
            table.pick(index, event.shift_key());
            table.settle();
        }
    };
    let cell = |class: &'static str| view! { <span role="gridcell" class=class></span> };
    view! {
        <div
            class="event-row"
            role="row"
            id=row_id(slot)
            node_ref=node
            on:click=pick
            on:pointerenter=move |_| point(true)
            on:pointerleave=move |_| point(false)
        >
            {["number", "event-thread", "event-op", "event-category"].map(cell)}
            <span role="gridcell"><i aria-hidden="true"></i></span>
            {["number", "number", "event-result", "number"].map(cell)}
        </div>
    }
}
