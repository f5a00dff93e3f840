//! The toolbar: run controls, the settings that define a run, and the rest.

pub mod more;
pub mod setting;

use super::actions::Action;
use super::page::ActionButton;
use super::runs::Menu;
use super::store::Store;
use super::view::View;
use leptos::prelude::*;
use more::MoreSettings;
use setting::{SeedInput, SettingMenu};

/// The toolbar.
#[component]
pub fn Toolbar() -> impl IntoView {
    view! {
        <header class="toolbar">
            <Name/>
            <div class="toolbar-group" role="group" aria-label="Run">
                <StartButton/>
                <ActionButton action=Action::Reset>"Reset"</ActionButton>
                <PauseButton/>
            </div>
            <div class="toolbar-group toolbar-settings" role="group" aria-label="Settings of a run">
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
            "Arenascope"
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

#[component]
fn PauseButton() -> impl IntoView {
    let (store, view) = (Store::expect(), expect_context::<View>());
    view! {
        <button
            type="button"
            class="button"
            title=move || Action::Pause.tooltip(store)
            aria-pressed=move || view.paused.get().to_string()
            aria-keyshortcuts="Space"
            on:click=move |_| Action::Pause.run(store, view)
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
    let (store, view) = (Store::expect(), expect_context::<View>());
    view! {
        <button
            type="button"
            class="button square"
            aria-label=move || format!("Theme: {}", store.theme.get().label())
            title=move || Action::Theme.tooltip(store)
            aria-keyshortcuts="T"
            on:click=move |_| Action::Theme.run(store, view)
        >
            <svg viewBox="0 0 16 16" width="14" height="14" aria-hidden="true">
                <circle class="theme-rim" cx="8" cy="8" r="6"/>
                <path class="theme-half" d="M8 2a6 6 0 0 1 0 12z"/>
            </svg>
        </button>
    }
}
