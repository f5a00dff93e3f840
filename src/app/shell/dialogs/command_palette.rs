//! The command palette: type a few letters, take what is found.

use crate::app::run::settings::{self, Entry, Menu};
use crate::app::shell::actions::Action;
use crate::app::shell::keyboard;
use crate::app::state::store::Store;
use leptos::html::Input;
use leptos::prelude::*;
use web_sys::KeyboardEvent;

const LIST: &str = "command-list";

/// Something that can be found: an action, or a value of a setting.
#[derive(Clone, Debug, PartialEq)]
enum Found {
    Action(Action),
    Choice(Menu, Entry),
}

impl Found {
    fn title(&self, store: Store) -> String {
        match self {
            Self::Action(action) => action.title(store),
            Self::Choice(menu, entry) => format!("{}: {}", menu.label(), entry.label),
        }
    }

    fn key(&self) -> Option<&'static str> {
        match self {
            Self::Action(action) => action.key(),
            Self::Choice(..) => None,
        }
    }

    /// Why it cannot be done now, or when it takes effect.
    fn remark(&self, store: Store) -> Option<&'static str> {
        match self {
            Self::Action(action) => action.blocked(store),
            Self::Choice(menu, _) if menu.needs_start() && store.running.get() => Some("at the next start"),
            Self::Choice(..) => None,
        }
    }

    fn is_blocked(&self, store: Store) -> bool {
        match self {
            Self::Action(action) => action.blocked(store).is_some(),
            Self::Choice(..) => false,
        }
    }

    fn run(self, store: Store) {
        match self {
            Self::Action(action) => action.run(store),
            Self::Choice(menu, entry) => {
                // A menu's own entries are allowed.
                let _ = settings::choose(store, menu.argument(), &entry.value);
            }
        }
    }
}

fn everything() -> Vec<Found> {
    let actions = Action::ALL.into_iter().filter(|action| *action != Action::Commands).map(Found::Action);
    let menus = Menu::FRONT.into_iter().chain(Menu::MORE);
    let choices = menus.flat_map(|menu| menu.entries().into_iter().map(move |entry| Found::Choice(menu, entry)));
    actions.chain(choices).collect()
}

/// What has every word of `typed` in its title.
fn found(store: Store, typed: &str) -> Vec<Found> {
    let words: Vec<String> = typed.to_lowercase().split_whitespace().map(str::to_owned).collect();
    let holds = |found: &Found| {
        let title = found.title(store).to_lowercase();
        words.iter().all(|word| title.contains(word))
    };
    everything().into_iter().filter(holds).collect()
}

/// The command palette: every action, found by its words.
#[component]
pub fn Commands() -> impl IntoView {
    let store = Store::expect();
    let typed = RwSignal::new(String::new());
    let at = RwSignal::new(0_usize);
    let input = NodeRef::<Input>::new();
    // After the dialog has taken the focus.
    input.on_load(|input| request_animation_frame(move || drop(input.focus())));
    let list = Memo::new(move |_| found(store, &typed.get()));
    let take = move |found: Found| {
        store.dialog.set(None);
        found.run(store);
    };
    let on_key = move |event: KeyboardEvent| {
        let found = list.get_untracked();
        match event.key().as_str() {
            "Enter" => {
                event.prevent_default();
                found.get(at.get_untracked()).cloned().map(take);
            }
            key @ ("ArrowDown" | "ArrowUp") => {
                event.prevent_default();
                at.update(|at| *at = keyboard::moved(key, *at, found.len()).unwrap_or(0));
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
            {move || list.get().into_iter().enumerate().map(|(index, found)| {
                view! { <FoundRow found index at on_take=take/> }
            }).collect_view()}
        </ul>
        <Show when=move || list.with(Vec::is_empty)><p class="dim command-none">"No command has these words."</p></Show>
    }
}

fn option_id(index: usize) -> String {
    format!("command-{index}")
}

#[component]
fn FoundRow(
    found: Found,
    index: usize,
    at: RwSignal<usize>,
    on_take: impl Fn(Found) + Copy + 'static,
) -> impl IntoView {
    let store = Store::expect();
    let found = StoredValue::new(found);
    view! {
        <li
            class="command"
            role="option"
            id=option_id(index)
            aria-selected=move || (at.get() == index).to_string()
            aria-disabled=move || found.with_value(|found| found.is_blocked(store)).to_string()
            on:pointermove=move |_| at.set(index)
            on:click=move |_| on_take(found.get_value())
        >
            <span>{move || found.with_value(|found| found.title(store))}</span>
            <span class="dim">{move || found.with_value(|found| found.remark(store))}</span>
            {found.with_value(Found::key).map(|key| view! { <kbd>{key}</kbd> })}
        </li>
    }
}
