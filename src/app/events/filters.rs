//! What is looked for among the events: menus, ranges and words.

use super::table::EventsTable;
use crate::analysis::events::query::{EventQuery, Ops, QueryErrors};
use crate::analysis::events::text::{OP_GROUPS, Outcome, op_label, thread_label};
use crate::analysis::run::names::Names;
use crate::app::state::store::Store;
use crate::owner::{Heap, Tag};
use crate::telemetry::event::Op;
use leptos::prelude::*;

/// The row of filters.
#[component]
pub fn Filters(
    /// The table that is filtered.
    table: EventsTable,
) -> impl IntoView {
    let store = Store::expect();
    let query = store.events.query;
    let is_narrowed = move || query.with(EventQuery::is_narrowed);
    let names = store.names;
    view! {
        <div class="events-filters" role="search" aria-label="Filter events">
            <OpMenu/>
            <Menu
                label="Category"
                value=Signal::derive(move || names.with(|names| query.with(|query| query.category.map_or("", |category| names.category_key(category)).into())))
                choices=Signal::derive(move || names.with(|names| categories(names)))
                choose=move |key| query.update(|query| query.category = names.with_untracked(|names| names.category_of_key(&key)))
            />
            <Menu
                label="Tag"
                value=Signal::derive(move || query.with(|query| query.tag.map_or(String::new(), |tag| tag.0.to_string())))
                choices=Signal::derive(move || table.census.with(|census| names.with(|names| census.tags.iter().map(|tag| (tag.0.to_string(), names.tag(*tag).into())).collect())))
                choose=move |key| query.update(|query| query.tag = key.parse().ok().map(Tag))
            />
            <Menu
                label="Thread"
                value=Signal::derive(move || query.with(|query| query.thread.map_or(String::new(), |thread| thread.to_string())))
                choices=Signal::derive(move || table.census.with(|census| names.with(|names| census.threads.iter().map(|thread| (thread.to_string(), thread_label(*thread, names))).collect())))
                choose=move |key| query.update(|query| query.thread = key.parse().ok())
            />
            <Menu
                label="Result"
                value=Signal::derive(move || query.with(|query| query.outcome.map_or("", Outcome::key).into()))
                choices=Signal::derive(|| Outcome::ALL.map(|outcome| (outcome.key().into(), outcome.label().into())).into())
                choose=move |key| query.update(|query| query.outcome = Outcome::ALL.into_iter().find(|outcome| outcome.key() == key))
            />
            <Field
                label="Size"
                hint="A range of sizes: 4 KiB – 1 MiB, > 64 or 256"
                text=|query| &mut query.size
                error=|errors| errors.size
            />
            <Field
                label="Lifetime"
                hint="What closes something: how long the allocation lived that it frees, the resource was held that it gives back. 1 ms – 2 s, < 100 µs"
                text=|query| &mut query.lifetime
                error=|errors| errors.lifetime
            />
            <Field
                label="Words"
                hint="Words in the name of the operation, category, tag, thread or cause, all of them; #12 is everything about number 12"
                text=|query| &mut query.text
                error=|_| None
            />
            <Within/>
            <button
                type="button"
                class="button plain"
                title="Show every event again"
                aria-disabled=move || (!is_narrowed()).to_string()
                on:click=move |_| query.set(EventQuery::default())
            >
                "Clear filters"
            </button>
        </div>
    }
}

fn categories(names: &Names) -> Vec<(String, String)> {
    names.categories().map(|category| (names.category_key(category).into(), names.category(category).into())).collect()
}

/// One menu: everything, or one of some.
#[component]
fn Menu(
    label: &'static str,
    value: Signal<String>,
    choices: Signal<Vec<(String, String)>>,
    choose: impl Fn(String) + 'static,
) -> impl IntoView {
    let choices = Memo::new(move |_| choices.get());
    let option = move |(key, name): (String, String)| {
        let of = key.clone();
        view! { <option value=key prop:selected=move || value.with(|value| *value == of)>{name}</option> }
    };
    view! {
        <label class="setting" class:narrowed=move || value.with(|value| !value.is_empty())>
            <span class="setting-label" aria-hidden="true">{label}</span>
            <select aria-label=label on:change:target=move |event| choose(event.target().value())>
                <option value="" prop:selected=move || value.with(String::is_empty)>"All"</option>
                <For each=move || choices.get() key=Clone::clone children=option/>
            </select>
        </label>
    }
}

/// The menu of operations, with a choice for each group.
#[component]
fn OpMenu() -> impl IntoView {
    let store = Store::expect();
    let (query, names) = (store.events.query, store.names);
    let is_chosen = move |ops: &Ops| query.with(|query| query.ops == *ops);
    let choice = move |key: String, ops: Ops, name: String| view! { <option value=key prop:selected=move || is_chosen(&ops)>{name}</option> };
    let ends = move |heap: Heap| {
        choice(
            format!("ends-{}", heap.key()),
            Ops::Ends(heap),
            names.with(|names| format!("{}: whatever ends", names.heap(heap))),
        )
    };
    let group = move |(index, (name, ops)): (usize, (&'static str, &'static [Op]))| {
        let one = move |op: &Op| choice(op.key().into(), Ops::One(*op), op_label(*op).into());
        view! {
            <optgroup label=name>
                {choice(format!("group-{index}"), Ops::Group(index), format!("{name}: all"))}
                {ops.iter().map(one).collect_view()}
            </optgroup>
        }
    };
    view! {
        <label class="setting" class:narrowed=move || !is_chosen(&Ops::Any)>
            <span class="setting-label" aria-hidden="true">"Operation"</span>
            <select
                aria-label="Operation"
                on:change:target=move |event| query.update(|query| query.ops = ops_of(&event.target().value()))
            >
                {choice(String::new(), Ops::Any, "All".into())}
                {OP_GROUPS.into_iter().enumerate().map(group).collect_view()}
                <optgroup label="Ends">{move || Heap::ALL.map(ends).collect_view()}</optgroup>
            </select>
        </label>
    }
}

fn ops_of(key: &str) -> Ops {
    let group = key.strip_prefix("group-").and_then(|group| group.parse().ok());
    let ends = key.strip_prefix("ends-").and_then(|key| Heap::ALL.into_iter().find(|heap| heap.key() == key));
    let one = Op::ALL.into_iter().find(|op| op.key() == key);
    group.map(Ops::Group).or(ends.map(Ops::Ends)).or(one.map(Ops::One)).unwrap_or_default()
}

/// Something to type; what is wrong with it is said in the tooltip and below.
#[component]
fn Field(
    label: &'static str,
    hint: &'static str,
    text: fn(&mut EventQuery) -> &mut String,
    error: fn(QueryErrors) -> Option<String>,
) -> impl IntoView {
    let query = Store::expect().events.query;
    let typed = move || query.with(|query| text(&mut query.clone()).clone());
    let wrong = Memo::new(move |_| query.with(|query| query.ranges().err()).and_then(error));
    view! {
        <label
            class="setting"
            class:narrowed=move || !typed().is_empty()
            class:wrong=move || wrong.with(Option::is_some)
            title=move || wrong.get().unwrap_or_else(|| hint.into())
        >
            <span class="setting-label" aria-hidden="true">{label}</span>
            <input
                type="text"
                aria-label=label
                aria-description=hint
                aria-invalid=move || wrong.with(Option::is_some).then_some("true")
                placeholder="any"
                spellcheck="false"
                autocomplete="off"
                prop:value=typed
                on:input:target=move |event| query.update(|query| *text(query) = event.target().value())
            />
            <span class="unseen" role="alert">{move || wrong.get()}</span>
        </label>
    }
}

/// Whether only what all panels look at is listed, while they look at a part.
#[component]
fn Within() -> impl IntoView {
    let store = Store::expect();
    let within = store.events.is_within_selection;
    let is_narrowed = Memo::new(move |_| store.selected.now.with(|now| now.is_narrowed()));
    view! {
        <Show when=move || is_narrowed.get()>
            <label class="setting setting-check" title="Only the time, addresses, categories and tags that are selected on the other panels">
                <input
                    type="checkbox"
                    prop:checked=move || within.get()
                    on:change:target=move |event| within.set(event.target().checked())
                />
                <span class="setting-label">"Within the selection"</span>
            </label>
        </Show>
    }
}
