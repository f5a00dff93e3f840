//! Lines of what happened, newest at the bottom and in sight.

use crate::app::store::{Line, Store};
use crate::telemetry::notice::Level;
use crate::units::Micros;
use leptos::html::Ol;
use leptos::prelude::*;

/// The lines that `keep` lets through.
#[component]
pub fn Lines(
    /// Which lines are shown.
    keep: fn(&Line) -> bool,
    /// Shown where there is none.
    empty: &'static str,
) -> impl IntoView {
    let store = Store::expect();
    let list = NodeRef::<Ol>::new();
    let lines = Memo::new(move |_| {
        store.lines.with(|lines| lines.iter().filter(|line| keep(line)).cloned().collect::<Vec<_>>())
    });
    Effect::new(move || {
        lines.track();
        follow(list);
    });
    view! {
        <Show when=move || lines.with(Vec::is_empty)><p class="drawer-empty dim">{empty}</p></Show>
        <ol class="lines" node_ref=list aria-label="Lines">
            <For each=move || lines.get() key=|line| line.number let(line)>
                <Row line/>
            </For>
        </ol>
    }
}

/// Scrolls to the newest line, once it is in the document.
fn follow(list: NodeRef<Ol>) {
    request_animation_frame(move || {
        let body = list.get_untracked().and_then(|list| list.parent_element());
        if let Some(body) = body {
            body.set_scroll_top(body.scroll_height());
        }
    });
}

#[component]
fn Row(line: Line) -> impl IntoView {
    let engine = line.engine_us.map(|time| format!("engine time {}", Micros::new(time)));
    view! {
        <li class=format!("line line-{}", word(line.level))>
            <time title=engine>{line.clock}</time>
            <span class="line-level">{word(line.level)}</span>
            <span class="line-text">{line.text}</span>
        </li>
    }
}

fn word(level: Level) -> &'static str {
    match level {
        Level::Info => "info",
        Level::Warning => "warning",
        Level::Error => "error",
    }
}

/// All lines as text, one each.
pub(super) fn as_text(lines: &[Line]) -> String {
    let line = |line: &Line| format!("{} {:7} {}\n", line.clock, word(line.level), line.text);
    lines.iter().map(line).collect()
}
