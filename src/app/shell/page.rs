//! The page as a whole, top to bottom.

use super::banner::{Banner, ThreadAlert};
use super::dialogs::Dialogs;
use super::drawer::Drawer;
use super::failure::FailurePanel;
use super::panels::Panels;
use super::status_bar::StatusBar;
use super::tabs::Tabs;
use super::toolbar::Toolbar;
use super::{isolation, keyboard, keys};
use crate::app::attach::frame::FramedPage;
use crate::app::attach::{connecting, relayed};
use crate::app::budget::{limit_history, of_file};
use crate::app::chart::view::View;
use crate::app::compare::address;
use crate::app::engine::console;
use crate::app::engine::launch;
use crate::app::engine::pulse;
use crate::app::exports::going::GoingExports;
use crate::app::leaks;
use crate::app::map::look::MapLook;
use crate::app::moment;
use crate::app::overview::strip::OverviewStrip;
use crate::app::recordings::reader::Recording;
use crate::app::refusals;
use crate::app::run::{moment_link, page_link};
use crate::app::runs::drop_target::DropTarget;
use crate::app::runs::file_input::FileInput;
use crate::app::runs::notes::RunNotes;
use crate::app::runs::opening;
use crate::app::runs::row::RunRow;
use crate::app::scripting::api;
use crate::app::scripting::api::Readiness;
use crate::app::stacks;
use crate::app::state::store::{Phase, SharedMemory, Store};
use crate::app::theme::follow;
use crate::app::timeline;
use crate::platform::engine::Engine;
use leptos::prelude::*;

/// Everything. Provides [`Store`], [`View`] and [`MapLook`] to all below it.
#[component]
pub fn Page() -> impl IntoView {
    let (store, view) = (Store::new(), View::new());
    provide_context(store);
    provide_context(view);
    provide_context(MapLook::new());
    page_link::restore(store);
    page_link::follow(store);
    address::follow(store);
    follow::follow(store);
    store.character_keys.set(keys::recalled_characters());
    keyboard::listen(store);
    pulse::pulse(store);
    console::show_lines(store);
    connecting::listen(store);
    relayed::listen(store);
    isolation::tell(store);
    launch(store);
    view! {
        <a class="skip" href="#panel" on:click=move |event| { event.prevent_default(); focus_panel(); }>"Skip to the panel"</a>
        <Toolbar/>
        <RunRow/>
        <GoingExports/>
        <Banner/>
        <ThreadAlert/>
        <main class="stage">
            <Stage/>
        </main>
        <FramedPage/>
        <Drawer/>
        <StatusBar/>
        <Announcer/>
        <Dialogs/>
        <FileInput/>
        <DropTarget/>
    }
}

fn focus_panel() {
    use wasm_bindgen::JsCast;
    let panel = document().get_element_by_id("panel").and_then(|panel| panel.dyn_into::<web_sys::HtmlElement>().ok());
    if let Some(panel) = panel {
        // Focus cannot fail on an element of the page.
        let _ = panel.focus();
    }
}

fn launch(store: Store) {
    let readiness = Readiness::new();
    api::install(store, &readiness);
    leptos::task::spawn_local(async move {
        match launch::launch(store).await {
            Ok(()) => {
                readiness.resolve();
                opening::open_linked(store);
            }
            Err(error) => readiness.reject(&error.to_string()),
        }
    });
}

/// What is between toolbar and drawer: the engine's figures, or why there are
/// none. A failure in mid-run is shown above the last figures.
#[component]
fn Stage() -> impl IntoView {
    let store = Store::expect();
    let failure = Memo::new(move |_| match store.phase.get() {
        Phase::Failed(error) => Some(error),
        _ => None,
    });
    let shared = move || store.engine.0.with(|engine| engine.as_ref().map(Engine::shared));
    view! {
        {move || failure.get().map(|error| view! { <FailurePanel error/> })}
        {move || match shared() {
            Some(shared) => {
                provide_context(SharedMemory(shared));
                let recording = Recording::follow(store);
                provide_context(recording);
                moment::clock::follow(store, expect_context());
                timeline::opened::follow(store, expect_context(), recording);
                moment_link::follow(store, recording);
                moment::figures::follow(store);
                limit_history::follow(store);
                of_file::watch(store, recording);
                leaks::told::follow(store, recording);
                refusals::firsts::follow(store, recording);
                stacks::feed::forget(store, recording);
                view! { <div class="stage-strip"><OverviewStrip/></div><Tabs/><RunNotes/><Panels/> }.into_any()
            }
            None => view! { <Show when=move || failure.get().is_none()><Starting/></Show> }.into_any(),
        }}
    }
}

/// What is waited for while the engine starts.
#[component]
fn Starting() -> impl IntoView {
    view! {
        <section class="starting" id="panel" tabindex="-1" aria-busy="true">
            <div class="starting-grid" aria-hidden="true">{(0..24).map(|_| view! { <i></i> }).collect_view()}</div>
            <h2>"Starting the engine"</h2>
            <p role="status">
                "Two workers start on the page's own memory; then the engine asks the browser for a WebGPU adapter and a "
                "WebNN context. That takes a second, on a busy machine a few."
            </p>
        </section>
    }
}

/// Says new warnings and errors, and snapshots taken, to those who hear the page.
#[component]
fn Announcer() -> impl IntoView {
    let store = Store::expect();
    let newest = Memo::new(move |_| store.lines.with(|lines| lines.last().map(|line| line.text.clone())));
    view! { <p class="unseen" role="status" aria-live="polite">{move || newest.get()}</p> }
}
