//! The budget's tree as a table: rows open and close, arrow keys walk through
//! it.

use crate::analysis::budget::table::part;
use crate::analysis::budget::tree::{self, TreeRow};
use crate::analysis::moment;
use crate::analysis::moment::tables::Payers;
use crate::analysis::numbers::text::{count, mib};
use crate::app::frames::frame_loop;
use crate::app::moment::figures::at_moment;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::widgets::texts::Texts;
use crate::budget::Pressure;
use crate::telemetry::budget_table::BudgetTable;
use crate::telemetry::metrics::Metrics;
use leptos::html::Tr;
use leptos::prelude::*;
use std::collections::BTreeSet;
use std::sync::Arc;
use wasm_bindgen::JsCast;

/// Figures are written this often.
const ROWS_MS: f64 = 250.0;

/// One column of numbers: its head, what it means, and its text.
struct Column {
    head: &'static str,
    hint: &'static str,
    text: fn(&TreeRow) -> String,
}

const COLUMNS: [Column; 10] = [
    Column { head: "Used, MiB", hint: "Charged now, MiB", text: |row| mib(row.current) },
    Column { head: "Reserved, MiB", hint: "Reserved, not yet charged, MiB", text: |row| size(row.reserved) },
    Column {
        head: "Minimum, MiB",
        hint: "Guaranteed: what others borrow leaves this much, MiB",
        text: |row| size(row.min),
    },
    Column {
        head: "Share, MiB",
        hint: "Its own share; what it holds above is borrowed, MiB",
        text: |row| size(row.high),
    },
    Column { head: "Maximum, MiB", hint: "The most it may hold, MiB; a dash for no limit", text: |row| size(row.max) },
    Column { head: "Borrowed, MiB", hint: "Held above its own share, MiB", text: |row| size(row.borrowed) },
    Column { head: "Peak, MiB", hint: "Most ever spoken for in this run, MiB", text: |row| size(row.peak) },
    Column { head: "Refused", hint: "Refused requests in this run", text: |row| row.failures.map_or_else(dash, count) },
    Column {
        head: "Reclaimed, MiB",
        hint: "Given back in this run because another asked, MiB",
        text: |row| size(row.reclaimed),
    },
    Column { head: "Pressure", hint: "How close it is to its limit", text: |row| pressure(row) },
];

fn size(bytes: Option<u64>) -> String {
    bytes.map_or_else(dash, mib)
}

fn pressure(row: &TreeRow) -> String {
    row.pressure.map_or_else(dash, |pressure| pressure.key().into())
}

fn dash() -> String {
    "–".into()
}

type Rows = Memo<Vec<TreeRow>>;

/// What is open, and which row has the focus.
#[derive(Clone, Copy)]
struct Walk {
    rows: Rows,
    open: RwSignal<BTreeSet<String>>,
    focus: RwSignal<String>,
}

impl Walk {
    fn toggle(self, path: &str, is_open: bool) {
        self.open.update(|open| {
            if is_open {
                open.insert(path.to_owned())
            } else {
                open.remove(path)
            };
        });
    }

    fn paths(self) -> Vec<String> {
        self.rows.with_untracked(|rows| {
            self.open.with_untracked(|open| tree::visible(rows, open).into_iter().map(|row| row.path.clone()).collect())
        })
    }

    fn go(self, path: &str) {
        self.focus.set(path.to_owned());
        let row = document().get_element_by_id(&id_of(path));
        if let Some(row) = row.and_then(|row| row.dyn_into::<web_sys::HtmlElement>().ok()) {
            let _ = row.focus();
        }
    }

    /// What a key does on a row; true where it did anything.
    fn key(self, key: &str, path: &str) -> bool {
        let Some(row) = self.rows.with_untracked(|rows| rows.iter().find(|row| row.path == path).cloned()) else {
            return false;
        };
        let is_open = row.has_children && self.open.with_untracked(|open| open.contains(path));
        let paths = self.paths();
        let at = paths.iter().position(|other| other == path).unwrap_or(0);
        let to = match key {
            "ArrowDown" => paths.get(at + 1),
            "ArrowUp" => at.checked_sub(1).and_then(|above| paths.get(above)),
            "Home" => paths.first(),
            "End" => paths.last(),
            "ArrowRight" if is_open => paths.get(at + 1),
            "ArrowLeft" if !is_open && !row.parent.is_empty() => Some(&row.parent),
            "ArrowRight" | "ArrowLeft" | "Enter" if row.has_children => {
                self.toggle(path, !is_open);
                return true;
            }
            _ => return false,
        };
        to.inspect(|to| self.go(to));
        true
    }
}

fn id_of(path: &str) -> String {
    format!("budget-{path}")
}

/// The rows, root first: of now, with the budget's tags, or of the selected moment.
pub fn tree_rows(table: RwSignal<BudgetTable>) -> Memo<Vec<TreeRow>> {
    let store = Store::expect();
    let now = RwSignal::new(Vec::new());
    frame_loop::every(ROWS_MS, move |_| {
        let budget = |metrics: &Metrics| table.with_untracked(|table| tree::rows(&metrics.budget, table));
        put(now, store.metrics.with_untracked(budget));
    });
    let past = past_rows(store);
    Memo::new(move |_| past.get().unwrap_or_else(|| now.get()))
}

/// The tree of nodes with their figures in MiB, by heap and by category.
#[component]
pub fn TreeTable(
    /// What is shown, in order, as [`tree_rows`] makes it.
    rows: Memo<Vec<TreeRow>>,
) -> impl IntoView {
    let open = RwSignal::new(tree::open_at_first());
    let walk = Walk { rows, open, focus: RwSignal::new("total".into()) };
    // The rows' elements stay while their figures change: focus does, too.
    let shown = Memo::new(move |_| {
        rows.with(|rows| {
            open.with(|open| {
                let key = |row: &TreeRow| (row.path.clone(), row.has_children);
                tree::visible(rows, open).into_iter().map(key).collect::<Vec<_>>()
            })
        })
    });
    let largest = Memo::new(move |_| rows.with(|rows| rows.iter().map(|row| row.current).max().unwrap_or(0)));
    let full =
        Memo::new(move |_| rows.with(|rows| rows.first().and_then(|row| row.max)).unwrap_or(0).max(largest.get()));
    view! {
        <table class="table tree-table" role="treegrid" aria-label="Budget tree">
            <thead>
                <tr>
                    <th scope="col">"Node"</th>
                    <th class="meter-cell" scope="col" title="Bars share one scale: the total. Ticks: share (thin) and maximum.">"Of the total"</th>
                    {COLUMNS.iter().map(|column| view! {
                        <th class="number" scope="col" title=column.hint>{column.head}</th>
                    }).collect_view()}
                </tr>
            </thead>
            <tbody>
                <For each=move || shown.get() key=Clone::clone let:((path, has_children))>
                    {line(walk, full, path, has_children)}
                </For>
            </tbody>
        </table>
    }
}

/// The rows of the selected moment.
fn past_rows(store: Store) -> RwSignal<Option<Vec<TreeRow>>> {
    let mut payers = Payers::default();
    at_moment(move |reader, state| {
        let past = store.past.with_untracked(|past| past.as_ref().map(Arc::clone)).unwrap_or_default();
        moment::tables::tree((reader, &store.names.get_untracked()), state, &past, &mut payers)
    })
}

fn line(walk: Walk, full: Memo<u64>, path: String, has_children: bool) -> impl IntoView {
    let known = walk.rows.with_untracked(|rows| rows.iter().find(|row| row.path == path).cloned()).unwrap_or_default();
    let (name, of, depth) = (known.name.clone(), known.category, known.depth);
    let path = StoredValue::new(path);
    let row = Memo::new(move |_| {
        walk.rows
            .with(|rows| path.with_value(|path| rows.iter().find(|row| row.path == *path).cloned()))
            .unwrap_or_default()
    });
    let is_open = Memo::new(move |_| walk.open.with(|open| path.with_value(|path| open.contains(path))));
    let toggle = move |_| path.with_value(|path| walk.toggle(path, !is_open.get_untracked()));
    let keyed = move |event: web_sys::KeyboardEvent| {
        let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
        if is_plain && path.with_value(|path| walk.key(&event.key(), path)) {
            event.prevent_default();
            event.stop_propagation();
        }
    };
    let is_pressed = move || row.with(|row| row.pressure > Some(Pressure::Normal));
    let node = NodeRef::<Tr>::new();
    let texts = StoredValue::new_local(None::<Texts<{ COLUMNS.len() }>>);
    Effect::new(move || {
        texts.update_value(|texts| {
            if texts.is_none() {
                *texts = node.get().and_then(|node| Texts::of(&node));
            }
            let written = row.with(|row| COLUMNS.each_ref().map(|column| (column.text)(row)));
            if let Some(texts) = texts {
                texts.put(written.each_ref().map(String::as_str));
            }
        });
    });
    let twist = move || if is_open.get() { "▾" } else { "▸" };
    view! {
        <tr
            id=path.with_value(|path| id_of(path))
            node_ref=node
            attr:aria-level=depth.to_string()
            aria-expanded=move || has_children.then(|| is_open.get().to_string())
            tabindex=move || if path.with_value(|path| walk.focus.with(|focus| focus == path)) { "0" } else { "-1" }
            class:warn-row=is_pressed
            on:keydown=keyed
            on:focus=move |_| path.with_value(|path| walk.focus.set(path.clone()))
        >
            <th scope="row" style:padding-left=format!("{}px", 10 + (depth.saturating_sub(1)) * 14)>
                <span class="twist" class:leaf=!has_children aria-hidden="true" on:click=toggle>
                    {move || has_children.then(twist)}
                </span>
                {of.map(|of| view! { <i class=format!("chip chip-{}", of.key()) aria-hidden="true"></i> })}
                {name}
            </th>
            <td class="meter-cell">{bar(row, full)}</td>
            {COLUMNS.each_ref().map(|_| view! { <td class="number"></td> })}
        </tr>
    }
}

/// The bar of a row, on the scale of the total.
fn bar(row: Memo<TreeRow>, full: Memo<u64>) -> impl IntoView {
    let percent = move |of: fn(&TreeRow) -> u64| {
        Memo::new(move |_| format!("{:.2}%", row.with(|row| part(of(row), full.get())) * 100.0))
    };
    let is_pressed = move || row.with(|row| row.pressure > Some(Pressure::Normal));
    let chip = row.with_untracked(|row| row.category).map_or_else(String::new, |of| format!("chip-{}", of.key()));
    let tick = move |class: &'static str, of: fn(&TreeRow) -> Option<u64>| {
        let has = move || row.with(|row| of(row).is_some());
        let left =
            Memo::new(move |_| format!("{:.2}%", row.with(|row| part(of(row).unwrap_or(0), full.get())) * 100.0));
        view! { <div class=class class:hidden=move || !has() style:left=left></div> }
    };
    view! {
        <div class="meter" aria-hidden="true">
            <div class=format!("meter-bar tree-bar {chip}") class:pressed=is_pressed style:width=percent(|row| row.current)></div>
            {tick("meter-peak", |row| row.high.filter(|high| row.max != Some(*high)))}
            {tick("meter-limit", |row| row.max)}
        </div>
    }
}
