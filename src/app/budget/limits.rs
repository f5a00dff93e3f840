//! Editing limits: drag or type, see what the run so far would have been, then
//! apply, or not.

use super::limit_history;
use super::what_if::{Answer, AnswerView};
use crate::analysis::budget::limit_steps::LimitStep;
use crate::analysis::budget::limits_draft::{Bound, Checked, Draft, Field, mib_text};
use crate::analysis::budget::table::part;
use crate::analysis::budget::tree::heap_label;
use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::frames::frame_loop;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::owner::{Heap, MemoryCategory};
use crate::telemetry::metrics::BudgetMetrics;
use leptos::prelude::*;

/// A draft is tried this often at most, and again while the run goes on.
const TRY_MS: f64 = 200.0;
/// An answer to the same draft is renewed after so long.
const RENEW_MS: f64 = 2000.0;

/// What is being edited. Cheap to copy.
#[derive(Clone, Copy)]
struct Editor {
    store: Store,
    draft: RwSignal<Draft>,
    checked: Memo<Checked>,
    answer: RwSignal<Answer>,
    failure: RwSignal<Option<String>>,
}

impl Editor {
    fn new(store: Store) -> Self {
        let draft = RwSignal::new(Draft::default());
        let checked =
            Memo::new(move |_| store.metrics.with(|metrics| draft.with(|draft| draft.checked(&metrics.budget))));
        let (answer, failure) = (RwSignal::new(Answer::None), RwSignal::new(None));
        Self { store, draft, checked, answer, failure }
    }

    fn budget<T>(self, read: impl Fn(&BudgetMetrics) -> T) -> T {
        self.store.metrics.with(|metrics| read(&metrics.budget))
    }

    fn set(self, field: Field, text: &str) {
        self.failure.set(None);
        self.store.metrics.with_untracked(|metrics| self.draft.update(|draft| draft.set(&metrics.budget, field, text)));
    }

    fn cancel(self) {
        self.draft.set(Draft::default());
        self.failure.set(None);
    }

    fn apply(self) {
        let Some(on) = self.checked.get_untracked().edits else { return };
        let back =
            self.store.metrics.with_untracked(|metrics| self.draft.with_untracked(|draft| draft.undo(&metrics.budget)));
        self.send(LimitStep { on, back, is_reversal: false });
    }

    fn take_back(self) {
        if let Some(LimitStep { on, back, .. }) = self.newest().get_untracked() {
            self.send(LimitStep { on: back, back: on, is_reversal: true });
        }
    }

    /// The change that can be taken back.
    fn newest(self) -> Memo<Option<LimitStep>> {
        let store = self.store;
        Memo::new(move |_| {
            // Undo and redo move it too.
            store.selected.now.track();
            store.limit_steps.with(|steps| steps.newest().cloned())
        })
    }

    fn send(self, step: LimitStep) {
        console::spawn(self.store, async move {
            match limit_history::apply(self.store, step).await {
                Ok(()) => {
                    self.draft.try_set(Draft::default());
                }
                Err(reason) => {
                    self.failure.try_set(Some(reason));
                }
            }
            Ok(())
        });
    }

    /// Tries the draft while it can be tried. One question at a time.
    fn keep_trying(self) {
        let asked = StoredValue::new(false);
        let (mut tried, mut tried_ms) = (None, 0.0);
        frame_loop::every(TRY_MS, move |now_ms| {
            let edits = self.checked.with_untracked(|checked| checked.edits.clone());
            let Some(edits) = edits else {
                tried = None;
                if self.answer.with_untracked(|answer| *answer != Answer::None) {
                    self.answer.set(Answer::None);
                }
                return;
            };
            let is_new = tried.as_ref() != Some(&edits);
            let is_old = now_ms - tried_ms >= RENEW_MS && self.store.running.get_untracked();
            if asked.get_value() || !(is_new || is_old) {
                return;
            }
            (tried, tried_ms) = (Some(edits.clone()), now_ms);
            asked.set_value(true);
            leptos::task::spawn_local(async move {
                let answer = rpc::what_if(self.store, edits).await;
                // The panel may be gone by now.
                let _ = asked.try_set_value(false);
                self.answer.try_set(Answer::from(answer));
            });
        });
    }
}

/// The card "Limits": what may be edited, tried as a what-if, and applied.
#[component]
pub fn LimitsCard() -> impl IntoView {
    let editor = Editor::new(Store::expect());
    editor.keep_trying();
    let store = editor.store;
    let rows = MemoryCategory::ALL.map(|category| view! { <CategoryLine editor category/> }).collect_view();
    let has_heaps = store.figure(|metrics| !metrics.budget.heaps.is_empty() && metrics.budget.mode != "single_total");
    view! {
        <Card title="Limits: what if" figures=move || tools(editor)>
            <p class="dim note">
                "Drag or type limits in MiB. The run so far is then run again under them: what would have been refused, and who "
                "would have given way. Nothing changes until you apply."
            </p>
            <table class="table limits-table">
                <thead>
                    <tr>
                        <th scope="col">"Node"</th>
                        <th class="meter-cell" scope="col" title="The bar is what is charged; the handles are minimum, share and maximum">"0 to total"</th>
                        {Bound::ALL.map(|bound| view! { <th class="number" scope="col">{bound.label()}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">"Total"</th>
                        <td></td><td></td><td></td>
                        <td><Input editor field=Field::Total/></td>
                    </tr>
                    {rows}
                    <Show when=move || has_heaps.get()>
                        {Heap::ALL.map(|heap| view! {
                            <tr>
                                <th scope="row">{heap_label(heap)}</th>
                                <td class="dim">"empty for no limit"</td><td></td><td></td>
                                <td><Input editor field=Field::Heap(heap.index())/></td>
                            </tr>
                        }).collect_view()}
                    </Show>
                </tbody>
            </table>
            <Errors editor/>
            <AnswerView answer=editor.answer/>
        </Card>
    }
}

fn tools(editor: Editor) -> impl IntoView {
    let can_apply = move || editor.checked.with(|checked| checked.edits.is_some());
    let has_draft = move || editor.draft.with(|draft| !draft.is_empty());
    let newest = editor.newest();
    let has_undo = move || newest.with(Option::is_some);
    view! {
        <button
            type="button"
            class="button"
            title="Give the budget its limits of before back (Ctrl+Z undoes the last step, whatever it was)"
            class:hidden=move || !has_undo()
            on:click=move |_| editor.take_back()
        >
            "Undo"
        </button>
        {tool("Cancel", "Forget what was typed and dragged", has_draft, move || editor.cancel())}
        {tool("Apply", "Change the limits of the run in progress", can_apply, move || editor.apply())}
    }
}

/// A button that stays reachable by keys while it can do nothing.
fn tool(
    label: &'static str,
    title: &'static str,
    can: impl Fn() -> bool + Send + Sync + 'static,
    act: impl Fn() + 'static,
) -> impl IntoView {
    view! {
        <button type="button" class="button" title=title aria-disabled=move || (!can()).to_string() on:click=move |_| act()>
            {label}
        </button>
    }
}

#[component]
fn CategoryLine(editor: Editor, category: MemoryCategory) -> impl IntoView {
    let index = category.index();
    let inputs = Bound::ALL.map(|bound| view! { <td><Input editor field=Field::Category(index, bound)/></td> });
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", category.key()) aria-hidden="true"></i>{category.label()}</th>
            <td class="meter-cell"><Handles editor category/></td>
            {inputs.collect_view()}
        </tr>
    }
}

/// One bar with three handles: sliders of the browser, so that keys work, too.
#[component]
fn Handles(editor: Editor, category: MemoryCategory) -> impl IntoView {
    let index = category.index();
    let used = Memo::new(move |_| {
        editor.budget(|budget| {
            let current = budget.categories.get(index).map_or(0, |row| row.current_bytes);
            format!("{:.2}%", part(current, budget.total_bytes) * 100.0)
        })
    });
    let top = Memo::new(move |_| editor.budget(|budget| budget.total_bytes) >> 20);
    let handle = move |bound: Bound| {
        let field = Field::Category(index, bound);
        let value = Memo::new(move |_| {
            editor
                .budget(|budget| editor.draft.with(|draft| draft.bytes(budget, field)).unwrap_or(0) as f64 / 1048576.0)
        });
        view! {
            <input
                type="range"
                class=format!("handle handle-{}", bound.key())
                aria-label=format!("{}, MiB", field.label())
                title=format!("{}: drag, or use the arrow keys", field.label())
                min="0"
                max=move || top.get().to_string()
                step="0.5"
                prop:value=move || value.get().to_string()
                on:input:target=move |event| {
                    let mib: f64 = event.target().value().parse().unwrap_or(0.0);
                    editor.set(field, &mib_text(Some((mib * 1048576.0) as u64)));
                }
            />
        }
    };
    view! {
        <div class="handles">
            <div class="meter" aria-hidden="true"><div class=format!("meter-bar chip-{}", category.key()) style:width=used></div></div>
            {Bound::ALL.map(handle).collect_view()}
        </div>
    }
}

/// The text of one limit, with what is wrong with it behind it.
#[component]
fn Input(editor: Editor, field: Field) -> impl IntoView {
    let text = Memo::new(move |_| editor.budget(|budget| editor.draft.with(|draft| draft.text(budget, field))));
    let error = Memo::new(move |_| editor.checked.with(|checked| checked.errors.get(&field).cloned()));
    let changed = move || editor.draft.with(|draft| draft.has(field));
    view! {
        <input
            type="text"
            inputmode="decimal"
            class="limit-input"
            class:changed=changed
            aria-label=format!("{}, MiB", field.label())
            aria-invalid=move || error.with(Option::is_some).to_string()
            title=move || error.get().unwrap_or_else(|| format!("{}, MiB", field.label()))
            prop:value=text
            on:input:target=move |event| editor.set(field, &event.target().value())
        />
        {move || error.get().map(|error| view! { <p class="field-error bad">{error}</p> })}
    }
}

/// What the engine said to an apply, and how many fields are wrong.
#[component]
fn Errors(editor: Editor) -> impl IntoView {
    view! {
        <div aria-live="polite">
            {move || editor.failure.get().map(|failure| view! { <p class="bad note">{format!("The limits were not changed: {failure}.")}</p> })}
        </div>
    }
}
