//! The table behind a chart: the window, one row a second, for reading, copying
//! and screen readers.

use crate::analysis::chart::plot::Key;
use crate::analysis::chart::window_table::TableRow;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::Element;

/// A disclosure; `open` tells whether rows are wanted at all.
pub(crate) fn data_table(
    title: &'static str,
    keys: Vec<Key>,
    rows: RwSignal<Vec<TableRow>>,
    open: RwSignal<bool>,
) -> impl IntoView {
    let toggled = move |event: web_sys::Event| {
        let details = event.target().and_then(|target| target.dyn_into::<Element>().ok());
        open.set(details.is_some_and(|details| details.has_attribute("open")));
    };
    let head = keys.into_iter().map(|key| view! { <th scope="col">{key.label}</th> }).collect_view();
    let body = move || rows.get().into_iter().map(table_row).collect_view();
    view! {
        <details class="chart-table" on:toggle=toggled>
            <summary aria-label="Show data table" title="Show data table">"Table"</summary>
            <div class="chart-table-scroll" tabindex="0" role="region" aria-label=format!("{title}: data table")>
                <table>
                    <caption>"The last row of each second of the window, newest first"</caption>
                    <thead><tr><th scope="col">"Time"</th>{head}</tr></thead>
                    <tbody>{body}</tbody>
                </table>
            </div>
        </details>
    }
}

fn table_row(row: TableRow) -> impl IntoView {
    let cells = row.values.into_iter().map(|value| view! { <td>{value}</td> }).collect_view();
    view! { <tr><th scope="row">{row.time}</th>{cells}</tr> }
}
