//! The ways to another page, each with whether it works here, and why not.

use super::connecting::{ask, attach};
use super::ways::{self, TIED, Tie};
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::runs::file_input;
use crate::app::state::store::Store;
use crate::platform::attach::channel::Announced;
use leptos::ev::SubmitEvent;
use leptos::prelude::*;

/// The dialog.
#[component]
pub fn Attach() -> impl IntoView {
    ask(Store::expect());
    view! {
        <header class="dialog-head"><h2>"Attach a page"</h2></header>
        <p class="dialog-text">
            "A page tells its WebGPU, WebNN and wasm memory through the probe, a script of this site that changes nothing in it. \
             It is shown here as it happens, as a run of its own."
        </p>
        <ol class="ways">
            <Announcing/>
            <Opening/>
            <Including/>
            <FromCommandLine/>
            <FromFile/>
        </ol>
    }
}

/// A way: what it is, and whether it works here.
#[component]
fn Way(
    /// What it is.
    title: &'static str,
    /// Why it does not work here; empty where it does.
    #[prop(optional, into)]
    blocked: Signal<&'static str>,
    /// How it is used.
    children: Children,
) -> impl IntoView {
    let is_blocked = move || !blocked.get().is_empty();
    let word = move || if is_blocked() { "not here" } else { "works here" };
    view! {
        <li class="way" class:blocked=is_blocked>
            <h3>{title}<span class="badge" class:good=move || !is_blocked()>{word}</span></h3>
            <Show when=is_blocked><p class="dim">{move || blocked.get()}</p></Show>
            {children()}
        </li>
    }
}

#[component]
fn Announcing() -> impl IntoView {
    let store = Store::expect();
    let none = move || store.attach.announced.with(Vec::is_empty);
    view! {
        <Way title="Pages that have the probe and said so">
            <ul class="announced" aria-live="polite">
                <For each=move || store.attach.announced.get() key=Clone::clone let(page)><AnnouncedPage page/></For>
            </ul>
            <Show when=none>
                <p class="dim">{move || none_yet(store.attach.relay_state.with(|state| state.address().is_some()))}</p>
            </Show>
        </Way>
    }
}

/// Which pages appear by themselves.
const fn none_yet(has_relay: bool) -> &'static str {
    if has_relay {
        "None yet: pages of this origin, and those whose probe knows the relay, appear here by themselves."
    } else {
        "None yet: pages of this origin appear here by themselves."
    }
}

#[component]
fn AnnouncedPage(page: Announced) -> impl IntoView {
    let store = Store::expect();
    let is_attached = store.attach.is_attached(&page.run);
    let title = if page.title.is_empty() { page.url.clone() } else { page.title.clone() };
    let (url, shown_url) = (page.url.clone(), page.url.clone());
    let go = move |_| {
        store.dialog.set(None);
        let page = page.clone();
        console::spawn(store, async move { attach(store, &page) });
    };
    view! {
        <li>
            <span class="announced-page" title=url><b>{title}</b>" "<span class="dim">{shown_url}</span></span>
            <button type="button" class="button primary" disabled=is_attached on:click=go>
                {if is_attached { "Attached" } else { "Attach" }}
            </button>
        </li>
    }
}

/// Opens or embeds a page by its address.
#[component]
fn Opening() -> impl IntoView {
    let store = Store::expect();
    let (text, problem) = (RwSignal::new(String::new()), RwSignal::new(None::<String>));
    let tie = RwSignal::new(Tie::Unknown);
    leptos::task::spawn_local(async move {
        let found = Tie::of_document().await;
        // The dialog may be gone by now.
        let _ = tie.try_set(found);
    });
    let with_address = move |go: fn(Store, String) -> Result<(), String>| {
        let outcome = ways::address(&text.get_untracked()).and_then(|address| go(store, address));
        match outcome {
            Ok(()) => store.dialog.set(None),
            Err(reason) => problem.set(Some(reason)),
        }
    };
    let submit = move |event: SubmitEvent| {
        event.prevent_default();
        with_address(open_tab);
    };
    let form = move || {
        view! {
            <form class="way-form" on:submit=submit>
                <input
                    type="text"
                    class="way-address"
                    aria-label="Address"
                    placeholder="http://localhost:3000/"
                    aria-invalid=move || problem.with(Option::is_some).to_string()
                    prop:value=move || text.get()
                    on:input=move |event| text.set(event_target_value(&event))
                />
                <button type="submit" class="button primary">"Open in a tab"</button>
                <button type="button" class="button" on:click=move |_| with_address(embed)>"Embed here"</button>
            </form>
            <p class="bad" role="status">{move || problem.get()}</p>
        }
    };
    view! {
        <Way title="A page that includes the probe, by its address" blocked=Signal::derive(move || tie.get().reason())>
            {move || match tie.get() {
                Tie::Here => form().into_any(),
                Tie::Elsewhere => view! {
                    <p><a href=TIED target="_blank">"Open Arenascope in a document that keeps them"</a>" (Chromium 137 or newer)."</p>
                }.into_any(),
                Tie::Unknown | Tie::NotServed | Tie::NoBrowser => ().into_any(),
            }}
        </Way>
    }
}

fn open_tab(store: Store, address: String) -> Result<(), String> {
    let opened = window().open_with_url_and_target(&address, "_blank").ok().flatten();
    if opened.is_none() {
        return Err("The browser did not open a tab: allow this site to open windows.".into());
    }
    store.attach.awaited.set(Some(address));
    Ok(())
}

fn embed(store: Store, address: String) -> Result<(), String> {
    store.attach.awaited.set(Some(address.clone()));
    store.attach.framed.set(Some(address));
    Ok(())
}

/// How a page comes to have the probe.
#[component]
fn Including() -> impl IntoView {
    let store = Store::expect();
    let relay = move || store.attach.relay_state.with(|state| state.address().map(ways::relayed_script_tag));
    view! {
        <Way title="Give a page the probe">
            <Snippet label="First in its head" text=ways::script_tag()/>
            {move || relay().map(|text| view! { <Snippet label="For a page of any origin: by the relay" text/> })}
            <Snippet label="Or in a module" text=ways::module_line()/>
            <p>
                "Or drag this to the bookmarks, and press it on the page: "
                <a class="button" href=ways::bookmarklet() title="Loads the page again with the probe set; a page whose policy forbids foreign scripts stays as it was">
                    "Record with Arenascope"
                </a>
            </p>
        </Way>
    }
}

#[component]
fn Snippet(label: &'static str, text: String) -> impl IntoView {
    let store = Store::expect();
    let copied = text.clone();
    let copy = move |_| {
        let text = copied.clone();
        console::spawn(store, async move { files::copy(text).await });
    };
    view! {
        <div class="snippet">
            <span class="dim">{label}</span>
            <code>{text}</code>
            <button type="button" class="button" aria-label=format!("Copy: {label}") on:click=copy>"Copy"</button>
        </div>
    }
}

#[component]
fn FromCommandLine() -> impl IntoView {
    view! {
        <Way title="Any page, unchanged, from the command line">
            <Snippet label="Records it in a browser of its own" text="arenascope record http://localhost:3000/ --seconds 10 -o run.arenascope".into()/>
        </Way>
    }
}

#[component]
fn FromFile() -> impl IntoView {
    let store = Store::expect();
    let choose = move |_| {
        store.dialog.set(None);
        file_input::choose();
    };
    view! {
        <Way title="A recording that a page saved">
            <p>
                <code>"await session.save()"</code>" in the page gives a file: "
                <button type="button" class="button" on:click=choose>"Open…"</button>
            </p>
        </Way>
    }
}
