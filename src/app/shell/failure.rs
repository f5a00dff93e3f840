//! What is shown where the engine did not start or stopped, and where the page
//! itself broke: never a blank page.

use super::isolation;
use crate::app::engine::console;
use crate::app::engine::launch;
use crate::app::state::store::Store;
use crate::platform::failure::StartError;
use crate::platform::panic;
use leptos::prelude::*;
use wasm_bindgen::prelude::*;
use web_sys::Element;

/// Why there is no engine, and what to do.
#[component]
pub fn FailurePanel(
    /// Why the page cannot work, and what helps.
    error: StartError,
) -> impl IntoView {
    let store = Store::expect();
    let is_restartable = matches!(error, StartError::Stopped { .. });
    let is_starting = RwSignal::new(false);
    let not_added = matches!(error, StartError::NotIsolated).then(isolation::why_not_added).flatten();
    // Without a reason of its own the error says what the title says.
    let cause = Some(error.to_string()).filter(|cause| cause != error.title());
    view! {
        <section class="failure" role="alert">
            <h2>{error.title()}</h2>
            {cause.map(|cause| view! { <p class="failure-cause">{cause}</p> })}
            <p>{marked(error.fix())}</p>
            {not_added.map(|why| view! { <p>{why}</p> })}
            {is_restartable.then(|| view! {
                <button
                    type="button"
                    class="button"
                    prop:disabled=move || is_starting.get()
                    on:click=move |_| {
                        is_starting.set(true);
                        console::spawn(store, launch::relaunch(store));
                    }
                >
                    "Start a new engine"
                </button>
            })}
            <button type="button" class="button" on:click=move |_| reload()>"Reload"</button>
        </section>
    }
}

/// Text with what stands between backticks as code.
fn marked(text: &'static str) -> impl IntoView {
    let part = |(index, part): (usize, &'static str)| match index % 2 {
        0 => part.into_any(),
        _ => view! { <code>{part}</code> }.into_any(),
    };
    text.split('`').enumerate().map(part).collect_view()
}

fn reload() {
    // A page that cannot reload says so itself.
    let _ = window().location().reload();
}

/// Shows a panic of the page thread on the page.
pub fn show_panics() {
    panic::listen(|panic| {
        // Where even that fails there is still the console.
        let _ = web_sys::window().and_then(|window| window.document()).map(|document| show(&document, panic));
    });
}

/// Straight into the document: signals may be what broke.
fn show(document: &web_sys::Document, panic: &str) -> Result<(), JsValue> {
    if document.get_element_by_id("page-failure").is_some() {
        return Ok(());
    }
    let panel = document.create_element("section")?;
    panel.set_id("page-failure");
    panel.set_class_name("failure failure-page");
    panel.set_attribute("role", "alert")?;
    append(document, &panel, "h2", "The page stopped")?;
    append(
        document,
        &panel,
        "p",
        "A defect of Arenascope: what is below does not change any more. Please report the reason.",
    )?;
    append(document, &panel, "pre", panic)?;
    let button = append(document, &panel, "button", "Reload")?;
    button.set_class_name("button");
    let pressed = Closure::<dyn FnMut()>::new(reload_plainly);
    button.add_event_listener_with_callback("click", pressed.as_ref().unchecked_ref())?;
    pressed.forget();
    document.body().map(|body| body.prepend_with_node_1(&panel)).transpose().map(drop)
}

fn append(document: &web_sys::Document, parent: &Element, tag: &str, text: &str) -> Result<Element, JsValue> {
    let element = document.create_element(tag)?;
    element.set_text_content(Some(text));
    parent.append_child(&element)?;
    Ok(element)
}

fn reload_plainly() {
    let _ = web_sys::window().map(|window| window.location().reload());
}
