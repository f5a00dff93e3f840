//! The command palette: type a few letters, take what is found.

use crate::app::actions::Action;
use crate::app::keyboard;
use crate::app::store::Store;
use crate::app::view::View;
use leptos::html::Input;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

const LIST: &str = "command-list";

/// Actions whose title holds every word of `typed`.
fn found(store: Store, typed: &str) -> Vec<Action> {
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let holds = |action: &Action| {
        let title = action.title(store).to_lowercase();
        *action != Action::Commands && words.iter().all(|word| title.contains(word))
    };
    Action::ALL.into_iter().filter(holds).collect()
}

/// The palette.
#[component]
pub fn Commands() -> impl IntoView {
    let (store, view) = (Store::expect(), expect_context::<View>());
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let input = NodeRef::<Input>::new();
    // After the dialog has taken the focus.
    input.on_load(|input| request_animation_frame(move || drop(input.focus())));
    let list = Memo::new(move |_| found(store, &typed.get()));
    let take = move |action: Action| {
        store.dialog.set(None);
        action.run(store, view);
    };
    let on_key = move |event: KeyboardEvent| {
        let actions = list.get_untracked();
        match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                actions.get(at.get_untracked()).copied().map(take);
            }
            key @ ("ArrowDown" | "ArrowUp") => {
                event.prevent_default();
                at.update(|at| *at = keyboard::moved(key, *at, actions.len()).unwrap_or(0));
            }
            _ => {}
        }
    };
    view! {
        <input
            class="command-input"
            type="text"
            role="combobox"
            aria-label="Command"
            aria-expanded="true"
            aria-controls=LIST
            aria-activedescendant=move || list.with(|list| list.get(at.get()).map(|_| option_id(at.get())))
            placeholder="Type a command"
            autocomplete="off"
            spellcheck="false"
            node_ref=input
            on:input:target=move |event| { typed.set(event.target().value()); at.set(0); }
            on:keydown=on_key
        />
        <ul class="commands" role="listbox" id=LIST aria-label="Commands">
            {move || list.get().into_iter().enumerate().map(|(index, action)| {
                view! { <Found action index at on_take=take/> }
            }).collect_view()}
        </ul>
        <Show when=move || list.with(Vec::is_empty)><p class="dim command-none">"No command has these words."</p></Show>
    }
}

fn option_id(index: usize) -> String {
    format!("command-{index}")
}

#[component]
fn Found(
    action: Action,
    index: usize,
    at: RwSignal<usize>,
    on_take: impl Fn(Action) + Copy + 'static,
) -> impl IntoView {
    let store = Store::expect();
    view! {
        <li
            class="command"
            role="option"
            id=option_id(index)
            aria-selected=move || (at.get() == index).to_string()
            aria-disabled=move || action.blocked(store).is_some().to_string()
            on:pointermove=move |_| at.set(index)
            on:click=move |_| on_take(action)
        >
            <span>{move || action.title(store)}</span>
            <span class="dim">{move || action.blocked(store)}</span>
            {action.key().map(|key| view! { <kbd>{key}</kbd> })}
        </li>
    }
}
