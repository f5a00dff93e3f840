//! The toolbar: run controls, the settings that define a run, and the rest.

pub mod more;
pub mod setting;

use super::actions::Action;
use crate::app::run::settings::{self, Menu};
use crate::app::state::store::Store;
use crate::app::widgets::action_button::ActionButton;
use crate::session::config::RunConfig;
use leptos::prelude::*;
use more::MoreSettings;
use setting::{SeedInput, SettingMenu};

const SETTINGS_ID: &str = "run-settings";

/// The toolbar: start and stop, and what the next run is.
#[component]
pub fn Toolbar() -> impl IntoView {
    let are_settings_open = RwSignal::new(false);
    view! {
        <header class="toolbar">
            <Name/>
            <div class="toolbar-group" role="group" aria-label="Run">
                <StartButton/>
                <RestartButton/>
                <ActionButton action=Action::Reset>"Reset"</ActionButton>
                <PauseButton/>
            </div>
            <SettingsToggle is_open=are_settings_open/>
            <div
                class="toolbar-group toolbar-settings"
                class:open=are_settings_open
                id=SETTINGS_ID
                role="group"
                aria-label="Settings of a run"
            >
                {Menu::FRONT.into_iter().map(|menu| view! { <SettingMenu menu/> }).collect_view()}
                <SeedInput/>
                <MoreSettings/>
            </div>
            <div class="toolbar-group toolbar-end" role="group" aria-label="Tools">
                <SnapshotButton/>
                <ThemeButton/>
                <ActionButton action=Action::Keys class="square">
                    <span aria-hidden="true">"?"</span><span class="unseen">"Keys"</span>
                </ActionButton>
            </div>
        </header>
    }
}

#[component]
fn Name() -> impl IntoView {
    view! {
        <h1 class="name">
            <svg class="mark" viewBox="0 0 16 16" width="16" height="16" aria-hidden="true">
                <rect class="mark-frame" x="1" y="1" width="14" height="14" rx="3"/>
                <rect class="mark-a" x="4" y="4" width="5" height="2.4" rx=".5"/>
                <rect class="mark-b" x="10" y="4" width="2.4" height="2.4" rx=".5"/>
                <rect class="mark-c" x="4" y="7" width="2.4" height="2.4" rx=".5"/>
                <rect class="mark-d" x="7.4" y="7" width="5" height="2.4" rx=".5"/>
                <rect class="mark-e" x="4" y="10" width="6" height="2.4" rx=".5"/>
            </svg>
            <span class="name-word">"Arenascope"</span>
        </h1>
    }
}

#[component]
fn StartButton() -> impl IntoView {
    let store = Store::expect();
    let label = move || if store.running.get() { "Stop" } else { "Start" };
    view! {
        <ActionButton action=Action::StartOrStop class="start">
            <i class="start-mark" class:running=store.running aria-hidden="true"></i>
            {label}
        </ActionButton>
    }
}

/// In a narrow window, where the settings would take the panel's room: shows and hides
/// them. Elsewhere they are always in sight, and the style sheet leaves this out.
#[component]
fn SettingsToggle(is_open: RwSignal<bool>) -> impl IntoView {
    view! {
        <button
            type="button"
            class="button settings-toggle"
            title="Scenario, policy, arena, speed and seed of a run"
            aria-expanded=move || is_open.get().to_string()
            aria-controls=SETTINGS_ID
            on:click=move |_| is_open.update(|open| *open = !*open)
        >
            "Settings"
        </button>
    }
}

/// In sight where the toolbar asks for another run than the one in progress.
#[component]
fn RestartButton() -> impl IntoView {
    let store = Store::expect();
    let asks = Memo::new(move |_| {
        store.running.get()
            && RunConfig::ARGUMENTS.iter().any(|name| *name != "speed" && settings::differs(store, name))
    });
    view! {
        <Show when=move || asks.get()>
            <ActionButton action=Action::Restart class="restart">"Restart"</ActionButton>
        </Show>
    }
}

#[component]
fn PauseButton() -> impl IntoView {
    let store = Store::expect();
    let is_still = move || !store.selected.clock.get().is_live();
    view! {
        <button
            type="button"
            class="button"
            title=move || Action::Pause.tooltip(store)
            aria-pressed=move || is_still().to_string()
            aria-keyshortcuts="Space"
            on:click=move |_| Action::Pause.run(store)
        >
            "Pause"
        </button>
    }
}

#[component]
fn SnapshotButton() -> impl IntoView {
    let store = Store::expect();
    view! {
        <ActionButton action=Action::Snapshot>
            <span class="spinner" class:hidden=move || !store.snapshot_busy.get() aria-hidden="true"></span>
            "Snapshot"
        </ActionButton>
    }
}

#[component]
fn ThemeButton() -> impl IntoView {
    let store = Store::expect();
    view! {
        <button
            type="button"
            class="button square"
            aria-label=move || format!("Theme: {}", store.theme.get().label())
            title=move || Action::Theme.tooltip(store)
            aria-keyshortcuts="T"
            on:click=move |_| Action::Theme.run(store)
        >
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <circle class="theme-rim" cx="8" cy="8" r="6"/>
                <path class="theme-half" d="M8 2a6 6 0 0 1 0 12z"/>
            </svg>
        </button>
    }
}
