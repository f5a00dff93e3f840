//! The page as a whole, top to bottom.

use super::actions::Action;
use super::banner::Banner;
use super::charts::OverviewStrip;
use super::dialogs::Dialogs;
use super::drawer::Drawer;
use super::failure::FailurePanel;
use super::panels::Panels;
use super::recording::Recording;
use super::scripting::Readiness;
use super::status_bar::StatusBar;
use super::store::{Phase, SharedMemory, Store};
use super::tabs::Tabs;
use super::toolbar::Toolbar;
use super::view::View;
use super::{address, keyboard, link, past, scripting, theme};
use leptos::prelude::*;

/// Everything. Provides [`Store`] and [`View`] to all below it.
#[component]
pub fn Page() -> impl IntoView {
    let (store, view) = (Store::new(), View::new());
    provide_context(store);
    provide_context(view);
    address::restore(store);
    address::follow(store);
    theme::follow(store, view);
    keyboard::listen(store, view);
    link::pulse(store);
    link::show_lines(store);
    launch(store, view);
    view! {
        <a class="skip" href="#panel" on:click=move |event| { event.prevent_default(); focus_panel(); }>"Skip to the panel"</a>
        <Toolbar/>
        <Banner/>
        <main class="stage">
            <Stage/>
        </main>
        <Drawer/>
        <StatusBar/>
        <Announcer/>
        <Dialogs/>
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

fn launch(store: Store, view: View) {
    let readiness = Readiness::new();
    scripting::install(store, view, &readiness);
    leptos::task::spawn_local(async move {
        match link::launch(store).await {
            Ok(()) => readiness.resolve(),
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
    let shared = move || store.engine.0.with(|engine| Some((engine.as_ref()?.shared(), engine.as_ref()?.event_log())));
    view! {
        {move || failure.get().map(|error| view! { <FailurePanel error/> })}
        {move || match shared() {
            Some((shared, log)) => {
                provide_context(SharedMemory(shared));
                provide_context(Recording::follow(log, store));
                past::follow(store);
                view! { <div class="stage-strip"><OverviewStrip/></div><Tabs/><Panels/> }.into_any()
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

/// A button of the page that runs an action: labelled, with its key in the
/// tooltip, and with the reason where it is blocked.
#[component]
pub fn ActionButton(
    /// What it does.
    action: Action,
    /// More classes.
    #[prop(optional)]
    class: &'static str,
    /// What is on it.
    children: Children,
) -> impl IntoView {
    let (store, view) = (Store::expect(), expect_context::<View>());
    // Not `disabled`: a blocked button keeps its tooltip and its place in the
    // tab order, and says why.
    view! {
        <button
            type="button"
            class=format!("button {class}")
            title=move || action.tooltip(store)
            aria-disabled=move || action.blocked(store).is_some().to_string()
            aria-keyshortcuts=action.key().map(|key| key.replace("Ctrl", "Control"))
            on:click=move |_| action.run(store, view)
        >
            {children()}
        </button>
    }
}
