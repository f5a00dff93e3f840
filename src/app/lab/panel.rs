//! The panel: the run's own figures and the choice above; table, chart and picture below.

use super::asking;
use super::drawing::DrawingCard;
use super::front::FrontCard;
use super::going::GoingLine;
use super::settings;
use super::state::Looked;
use super::table::TableCard;
use crate::analysis::lab::headline::sentences;
use crate::app::engine::console;
use crate::app::runs::showing::show;
use crate::app::shell::actions::Action;
use crate::app::state::store::Store;
use crate::app::widgets::action_button::ActionButton;
use crate::app::widgets::card::Card;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Lab() -> impl IntoView {
    let store = Store::expect();
    Effect::new(move || {
        // What was worked out of another run is kept until somebody asks for this one.
        let shown = asking::shown(store);
        let is_empty = store.lab.rows.with_untracked(Vec::is_empty);
        if is_empty && store.lab.of.get_untracked() != Some(shown) {
            asking::look(store);
        }
    });
    view! {
        <div class="lab-panel">
            {move || match store.lab.looked.get() {
                Looked::Failed(reason) => view! { <Nothing reason/> }.into_any(),
                Looked::Nothing => ().into_any(),
                Looked::Going(going) => view! {
                    <section class="card lab-none" aria-label="Being looked at" aria-busy="true">
                        <div class="empty"><GoingLine what="Looking at every event" going/></div>
                    </section>
                }
                .into_any(),
                Looked::Done(_) => view! { <Laboratory/> }.into_any(),
            }}
        </div>
    }
}

/// What to do where there is nothing to look at.
#[component]
fn Nothing(reason: String) -> impl IntoView {
    let store = Store::expect();
    view! {
        <section class="card lab-none" aria-label="Nothing to look at">
            <div class="empty">
                <p>"Here every placement policy, and the best packing, are tried on a run: how much less memory would have done?"</p>
                <p class="dim" role="status">{format!("Not yet: {reason}.")}</p>
                <div class="compare-ways">
                    <ActionButton action=Action::OpenFile>"Open a recording…"</ActionButton>
                    <button type="button" class="button" on:click=move |_| asking::look(store)>"Look at the run that is shown"</button>
                </div>
            </div>
        </section>
    }
}

#[component]
fn Laboratory() -> impl IntoView {
    view! {
        <Of/>
        <TableCard/>
        <DrawingCard/>
        <FrontCard/>
    }
}

/// What was asked of memory, and what is to be tried.
#[component]
fn Of() -> impl IntoView {
    let store = Store::expect();
    let state = store.lab;
    let figures = move || state.heap_summary().map(|heap| heap.figures()).unwrap_or_default();
    let missing = move || state.summary().map(|summary| summary.missing()).unwrap_or_default();
    let said = Memo::new(move |_| state.heap_summary().map(|heap| sentences(&heap, &state.done())).unwrap_or_default());
    view! {
        <Card title="What the best could have done" figures=move || view! { <OfWhich/> }>
            <dl class="figures lab-figures">
                <For each=figures key=Clone::clone let((name, value))>
                    <div class="figure"><dt>{name}</dt><dd>{value}</dd></div>
                </For>
            </dl>
            <p class="note warn" class:hidden=move || missing().is_empty()>{missing}</p>
            <Choices/>
            <div role="status">
                <For each=move || said.get() key=Clone::clone let(sentence)><p class="lab-said">{sentence}</p></For>
            </div>
        </Card>
    }
}

/// Which run it is about, where another one is shown.
#[component]
fn OfWhich() -> impl IntoView {
    let store = Store::expect();
    let name = move || {
        let (slot, _) = store.lab.of.get()?;
        let of_file =
            store.runs.open.with(|open| open.iter().find(|run| run.slot == slot).map(|run| run.name.to_string()));
        of_file.or_else(|| (slot == RunSlot::ENGINE).then(|| "Engine".to_owned()))
    };
    let is_other = Memo::new(move |_| store.lab.of.get() != Some(asking::shown(store)));
    let back = move |_| {
        if let Some((slot, _)) = store.lab.of.get_untracked() {
            show(store, slot);
        }
    };
    view! {
        <span class="lab-of">
            {move || name().map_or_else(|| "of a run that was closed".to_owned(), |name| format!("of {name}"))}
            <Show when=move || is_other.get()>
                <button type="button" class="button small" title="Show the run that this is about on all panels" on:click=back>
                    "Show it"
                </button>
                <button type="button" class="button small" title="Look at the run that all panels show" on:click=move |_| asking::look(store)>
                    "Look at the run that is shown"
                </button>
            </Show>
        </span>
    }
}

/// The heap, the budget and the time for the packing, and the way to begin.
#[component]
fn Choices() -> impl IntoView {
    let store = Store::expect();
    let state = store.lab;
    let heaps = move || state.summary().map(|summary| summary.heaps.clone()).unwrap_or_default();
    let is_chosen = move |at: usize| state.heap_number() == Some(at);
    let budget_problem = Memo::new(move |_| state.budget.with(|text| settings::budget(text).err()));
    let seconds_problem = Memo::new(move |_| state.seconds.with(|text| settings::seconds(text).err()));
    let problem = move || budget_problem.get().or_else(|| seconds_problem.get());
    let choose = move |text: String| {
        asking::cancel(store);
        state.rows.set(Vec::new());
        state.heap.set(text.parse().ok());
    };
    let begin = move |_| {
        if let Err(reason) = asking::serve_all(store) {
            console::spawn(store, async move { Err(reason) });
        }
    };
    view! {
        <div class="lab-choices">
            <label class="setting" class:hidden=move || heaps().len() < 2>
                <span class="setting-label" aria-hidden="true">"Heap"</span>
                <select aria-label="Heap" on:change:target=move |event| choose(event.target().value())>
                    {move || heaps().into_iter().enumerate().map(|(at, heap)| view! {
                        <option value=at prop:selected=move || is_chosen(at)>{heap.label}</option>
                    }).collect_view()}
                </select>
            </label>
            <label class="setting" title="How much memory there is: what does not fit is refused. Empty for as much as it takes">
                <span class="setting-label" aria-hidden="true">"Budget"</span>
                <input
                    type="text"
                    aria-label="Budget"
                    placeholder="as much as it takes"
                    aria-invalid=move || budget_problem.get().is_some().to_string()
                    prop:value=move || state.budget.get()
                    on:input:target=move |event| state.budget.set(event.target().value())
                />
            </label>
            <label class="setting" title="How long the best packing is searched at most; it ends before where it is proven">
                <span class="setting-label" aria-hidden="true">"Packing, s"</span>
                <input
                    type="text"
                    class="lab-seconds"
                    inputmode="decimal"
                    aria-label="Seconds for the packing"
                    aria-invalid=move || seconds_problem.get().is_some().to_string()
                    prop:value=move || state.seconds.get()
                    on:input:target=move |event| state.seconds.set(event.target().value())
                />
            </label>
            <button
                type="button"
                class="button primary"
                prop:disabled=move || problem().is_some() || state.is_going()
                on:click=begin
            >
                "Try everything"
            </button>
            <Show when=move || state.is_going()>
                <button type="button" class="button" on:click=move |_| asking::cancel(store)>"Cancel"</button>
            </Show>
            <p class="bad" role="status">{problem}</p>
        </div>
    }
}
