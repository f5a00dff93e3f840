//! Who pins the space: owners by the free bytes that they block, at the moment that the
//! map shows.

use super::look::MapLook;
use crate::analysis::map::pinning::PinningLine;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use leptos::prelude::*;

/// Rows of the table.
const ROWS: usize = 12;

/// The card "Who pins the space": owners by the free bytes that they block.
#[component]
pub fn PinningCard() -> impl IntoView {
    let look = expect_context::<MapLook>();
    let lines = Memo::new(move |_| look.pinning.with(|lines| lines.iter().take(ROWS).cloned().collect::<Vec<_>>()));
    let is_empty = Memo::new(move |_| lines.with(Vec::is_empty));
    view! {
        <Card title="Who pins the space" class="pinning-card">
            <Show when=move || is_empty.get()>
                <p class="dim note">"Nobody: no free range lies next to a live allocation."</p>
            </Show>
            <table class="table" class:hidden=move || is_empty.get()>
                <thead>
                    <tr>
                        <th scope="col">"Tag"</th>
                        <th class="number" scope="col" title="Bytes of the free ranges next to its allocations, each counted once: they cannot join others while it is there. At an earlier moment, cached ranges count as free">"Blocks"</th>
                        <th class="number" scope="col" title="Its allocations next to free ranges, and their bytes">"With"</th>
                        <th class="number" scope="col" title="The largest stretch that would be free if all of its allocations were gone">"Would open"</th>
                    </tr>
                </thead>
                <tbody>{move || lines.get().into_iter().map(row).collect_view()}</tbody>
            </table>
        </Card>
    }
}

fn row(line: PinningLine) -> impl IntoView {
    let selected = Store::expect().selected;
    let tag = line.owner.tag;
    let is_selected = move || selected.now.with(|selection| selection.tags.contains(&tag)).to_string();
    let toggle = move |_| selected.select(|selection| selection.toggle_tag(tag));
    view! {
        <tr>
            <th scope="row" class="name-cell">
                <i class=format!("chip chip-{}", line.owner.category.key()) aria-hidden="true"></i>
                <button type="button" class="jump plain-jump" title="Select it on all panels: the map dims all others" aria-pressed=is_selected on:click=toggle>{line.tag}</button>
            </th>
            <td class="number">{line.blocked}</td>
            <td class="number" title=format!("{} allocations of {} together", line.ranges, line.held)>{line.ranges.clone()}" · "{line.held.clone()}</td>
            <td class="number">{line.opens}</td>
        </tr>
    }
}
