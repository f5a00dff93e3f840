//! The call stack of one event, wherever the page shows an event: its site in a line, and on
//! demand all frames, which can be copied. A run without call stacks shows nothing of it.

use crate::analysis::stacks::call_stack::{CallStack, has_stacks, site_text};
use crate::app::browser::files;
use crate::app::engine::console;
use crate::app::recordings::reader::Recording;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// The site of an event's call stack, and the whole of it behind a button.
#[component]
pub fn CallStackOf(
    /// Which event; `None` where there is none.
    event: Signal<Option<u64>>,
) -> impl IntoView {
    let recording = Recording::expect();
    let has_any = Memo::new(move |_| recording.tables().with(|tables| has_stacks(tables.as_deref())));
    let stack = Memo::new(move |_| {
        let tables = recording.tables().get()?;
        recording.read(|reader, _| CallStack::of(reader, &tables, event.get()?))
    });
    let is_open = RwSignal::new(false);
    view! {
        <Show when=move || has_any.get() && event.with(Option::is_some)>
            <div class="call-stack">
                <div class="call-stack-head"><Site stack/><Tools stack is_open/></div>
                <Show when=move || is_open.get()><Frames stack/></Show>
            </div>
        </Show>
    }
}

/// The line that is always there, so that nothing moves from event to event.
#[component]
fn Site(stack: Memo<Option<CallStack>>) -> impl IntoView {
    let of = move |text: fn(&CallStack) -> &str, none: &'static str| {
        stack.with(|stack| stack.as_ref().map_or(none, text).to_owned())
    };
    let site = move || of(CallStack::site, "no call stack is known of it");
    view! {
        <p class="call-stack-site" title=site>
            <span class="dim">{move || of(CallStack::label, "Called by")}</span>
            " "
            <span class="call-stack-frame">{site}</span>
        </p>
    }
}

#[component]
fn Tools(stack: Memo<Option<CallStack>>, is_open: RwSignal<bool>) -> impl IntoView {
    let store = Store::expect();
    let has_stack = Memo::new(move |_| stack.with(Option::is_some));
    let copy = move |_| {
        if let Some(text) = stack.with_untracked(|stack| stack.as_ref().map(CallStack::text)) {
            console::spawn(store, files::copy(text));
        }
    };
    view! {
        <Show when=move || has_stack.get()>
            <button
                type="button"
                class="button plain small"
                title="Show every function that was on the way to it"
                aria-expanded=move || is_open.get().to_string()
                on:click=move |_| is_open.update(|is_open| *is_open = !*is_open)
            >
                "Call stack"
            </button>
            <button type="button" class="button plain small" title="Copy the whole call stack as text" on:click=copy>
                "Copy stack"
            </button>
        </Show>
    }
}

/// Every frame, the innermost first.
#[component]
fn Frames(stack: Memo<Option<CallStack>>) -> impl IntoView {
    let frames = move || {
        let stack = stack.get()?;
        let frame = |(at, frame): (usize, &String)| {
            let is_site = stack.is_site(at);
            view! { <li class:site=is_site title=frame.clone()>{frame.clone()}</li> }
        };
        Some(stack.frames().iter().enumerate().map(frame).collect_view())
    };
    // Focusable: it may be longer than its place.
    view! { <ol class="call-stack-frames" tabindex="0" aria-label="Call stack, innermost first">{frames}</ol> }
}

/// All of an event's call stack as text, at once; `None` where it has none.
pub fn text_of(recording: Recording, event: u64) -> Option<String> {
    let tables = recording.tables().get_untracked()?;
    recording.read(|reader, _| CallStack::of(reader, &tables, event)).map(|stack| stack.text())
}

/// The site of an event's call stack, at once; `None` where it has none.
pub fn site_of(recording: Recording, event: u64) -> Option<String> {
    let tables = recording.tables().get_untracked()?;
    recording.read(|reader, _| site_text(reader, &tables, event))
}
