//! Temporary allocations: who asks for memory only to give it back at once.

use super::lifetimes::TemporaryMenu;
use super::live::LeaksLive;
use crate::analysis::events::query::EventQuery;
use crate::analysis::leaks::lifetimes::Cell;
use crate::analysis::numbers::text::count;
use crate::analysis::run::names::Names;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::owner::Owner;
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// The card "Temporary allocations": owners by what they free again at once.
#[component]
pub fn TemporaryCard(
    /// The counts that all cards of the panel share.
    live: LeaksLive,
) -> impl IntoView {
    let names = Store::expect().names;
    let share = Memo::new(move |_| {
        let all = live.grid.with(|grid| grid.total.count);
        let temporary: u64 = live.owners.with(|owners| owners.iter().map(|(_, cell, _)| cell.count).sum());
        let part = Ratio::new(temporary as f64 / all.max(1) as f64);
        (format!("{} of {}", count(temporary), count(all)), format!("{part} of all that ended"))
    });
    let is_empty = Memo::new(move |_| live.owners.with(Vec::is_empty));
    view! {
        <Card
            only_now=true
            title="Temporary allocations"
            class="temporary-card"
            scrolls=true
            figures=move || view! { <span title=move || share.get().1>{move || share.get().0}</span><TemporaryMenu live/> }
        >
            <Show when=move || is_empty.get()>
                <p class="dim note">"Nothing has lived so shortly: each free would be counted here, by who had asked."</p>
            </Show>
            <table class="table" class:hidden=move || is_empty.get()>
                <thead>
                    <tr>
                        <th scope="col">"Tag"</th>
                        <th class="number" scope="col" title="How many lived shorter">"Temporary"</th>
                        <th class="number" scope="col" title="Of all of its that ended">"Share"</th>
                        <th class="number" scope="col" title="Bytes of the temporary ones, taken and given back">"Bytes"</th>
                    </tr>
                </thead>
                <tbody>{move || names.with(|names| live.owners.get().into_iter().map(|owner| row(names, owner)).collect_view())}</tbody>
            </table>
        </Card>
    }
}

fn row(names: &Names, (owner, temporary, all): (Owner, Cell, Cell)) -> impl IntoView + use<> {
    let store = Store::expect();
    let tag = names.tag(owner.tag).to_owned();
    let query = EventQuery { tag: Some(owner.tag), ..EventQuery::default() };
    let show = move |_| store.show_events(query.clone());
    view! {
        <tr>
            <th scope="row" class="name-cell">
                <i class=format!("chip chip-{}", owner.category.key()) aria-hidden="true"></i>
                <button type="button" class="jump plain-jump" title="Show its events" on:click=show>{tag}</button>
            </th>
            <td class="number">{count(temporary.count)}</td>
            <td class="number">{Ratio::new(temporary.count as f64 / all.count.max(1) as f64).to_string()}</td>
            <td class="number">{Bytes::new(temporary.bytes).to_string()}</td>
        </tr>
    }
}
