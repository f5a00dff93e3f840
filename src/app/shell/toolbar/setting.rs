//! One setting of a run: a menu, or the seed's number. A setting that differs
//! from the run in progress says that it applies at the next start.

use crate::analysis::run::page_link;
use crate::app::engine::console;
use crate::app::run;
use crate::app::run::settings::{Entry, Menu};
use crate::app::state::store::Store;
use crate::session::config::SEED_MAX;
use crate::telemetry::notice::Level;
use leptos::prelude::*;

fn choose(store: Store, argument: &str, text: &str) -> bool {
    let chosen = run::settings::choose(store, argument, text);
    if let Err(error) = &chosen {
        console::note(store, Level::Warning, error.to_string(), None);
    }
    chosen.is_ok()
}

/// A menu of the toolbar.
#[component]
pub fn SettingMenu(
    /// Which setting it chooses.
    menu: Menu,
) -> impl IntoView {
    let store = Store::expect();
    let argument = menu.argument();
    let current = Memo::new(move |_| store.chosen.with(|config| page_link::text_of(config, argument)));
    let waits = Memo::new(move |_| menu.needs_start() && run::settings::differs(store, argument));
    let entries = StoredValue::new(menu.entries());
    let title = move || entries.with_value(|entries| tooltip(menu, entries, &current.get(), waits.get()));
    view! {
        <label class=format!("setting setting-{argument}") class:waits=waits title=title>
            <span class="setting-label" aria-hidden="true">{menu.word()}</span>
            <select aria-label=menu.label() on:change:target=move |event| { choose(store, argument, &event.target().value()); }>
                <Entries menu current/>
            </select>
            <Waits waits/>
        </label>
    }
}

/// The options; a value that no menu has (a script may set one) gets its own.
#[component]
fn Entries(menu: Menu, current: Memo<String>) -> impl IntoView {
    let entries = menu.entries();
    let values: Vec<String> = entries.iter().map(|entry| entry.value.clone()).collect();
    let foreign = move || Some(current.get()).filter(|value| !values.contains(value));
    let option = move |entry: Entry| {
        let value = entry.value.clone();
        let selected = move || current.with(|current| *current == value);
        view! { <option value=entry.value title=entry.description prop:selected=selected>{entry.label}</option> }
    };
    view! {
        {entries.into_iter().map(option).collect_view()}
        {move || foreign().map(|value| view! { <option value=value.clone() prop:selected=true>{menu.reading(&value)}</option> })}
    }
}

/// The mark of a setting that is not the run's.
#[component]
fn Waits(waits: Memo<bool>) -> impl IntoView {
    view! {
        <Show when=move || waits.get()>
            <span class="waits-mark" role="img" aria-label="applies at next start"></span>
        </Show>
    }
}

fn tooltip(menu: Menu, entries: &[Entry], current: &str, waits: bool) -> String {
    let chosen = entries.iter().find(|entry| entry.value == current);
    let about = chosen.map_or("", |entry| entry.description.as_str());
    let when = if waits { "Applies at next start." } else { "" };
    [menu.hint(), about, when].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

/// The seed: any integer that JavaScript holds exactly.
#[component]
pub fn SeedInput() -> impl IntoView {
    let store = Store::expect();
    let current = Memo::new(move |_| store.chosen.with(|config| config.seed.to_string()));
    let waits = Memo::new(move |_| run::settings::differs(store, "seed"));
    view! {
        <label class="setting setting-seed" class:waits=waits title="The same seed gives the same operations. Applies at the next start.">
            <span class="setting-label" aria-hidden="true">"Seed"</span>
            <input
                type="number"
                aria-label="Seed"
                min="0"
                max=SEED_MAX.to_string()
                step="1"
                prop:value=current
                on:change:target=move |event| {
                    let input = event.target();
                    if !choose(store, "seed", input.value().trim()) {
                        input.set_value(&current.get_untracked());
                    }
                }
            />
            <Waits waits/>
        </label>
    }
}

/// A setting that is on or off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Switch {
    /// What finds stray writes.
    Guards,
    /// Threads wait where their ring of events is full.
    Lossless,
    /// The run is written to the browser's storage as it grows.
    RecordingFile,
}

impl Switch {
    /// Every one, in order.
    pub const ALL: [Self; 3] = [Self::Guards, Self::Lossless, Self::RecordingFile];

    /// The name of the argument it sets.
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Guards => "guards",
            Self::Lossless => "lossless",
            Self::RecordingFile => "recording_file",
        }
    }

    /// The name for people.
    const fn label(self) -> &'static str {
        match self {
            Self::Guards => "Guards",
            Self::Lossless => "Lossless",
            Self::RecordingFile => "Keep as a file",
        }
    }

    /// What it does, in a sentence.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Guards => "Finds stray writes, with canaries, a fill and a quarantine; costs time and memory.",
            Self::Lossless => {
                "Threads wait where their ring of events is full, so that none is lost; times are not real then."
            }
            Self::RecordingFile => {
                "Writes every event to the browser's storage: Snapshots lists it, even after a crash."
            }
        }
    }
}

/// A setting that is on or off.
#[component]
pub fn SettingSwitch(
    /// Which setting it switches.
    switch: Switch,
) -> impl IntoView {
    let store = Store::expect();
    let argument = switch.argument();
    let on = Memo::new(move |_| store.chosen.with(|config| page_link::text_of(config, argument) == "true"));
    let waits = Memo::new(move |_| run::settings::differs(store, argument));
    let title = format!("{} Applies at the next start.", switch.hint());
    view! {
        <label class="setting setting-switch" class:waits=waits title=title>
            <input
                type="checkbox"
                aria-label=switch.label()
                prop:checked=on
                on:change:target=move |event| { choose(store, argument, &event.target().checked().to_string()); }
            />
            <span class="setting-label" aria-hidden="true">{switch.label()}</span>
            <Waits waits/>
        </label>
    }
}
