//! Lines of what happened, newest at the bottom. The style sheet keeps that in sight until
//! somebody scrolls up: to ask for the height of the list would lay the page out each time.

use crate::app::store::{Line, Store};
use crate::telemetry::notice::Level;
use crate::units::Micros;
use leptos::prelude::*;
use std::sync::Arc;

/// The lines that `keep` lets through.
#[component]
pub fn Lines(
    /// Which lines are shown.
    keep: fn(&Line) -> bool,
    /// Shown where there is none.
    empty: &'static str,
) -> impl IntoView {
    let store = Store::expect();
    let lines = Memo::new(move |_| {
        store.lines.with(|lines| lines.iter().filter(|line| keep(line)).map(Arc::clone).collect::<Vec<_>>())
    });
    view! {
        <Show when=move || lines.with(Vec::is_empty)><p class="drawer-empty dim">{empty}</p></Show>
        <ol class="lines" aria-label="Lines">
            <For each=move || lines.get() key=|line| line.number let(line)>
                <Row line/>
            </For>
        </ol>
    }
}

#[component]
fn Row(line: Arc<Line>) -> impl IntoView {
    let engine = line.engine_us.map(|time| format!("engine time {}", Micros::new(time)));
    view! {
        <li class=format!("line line-{}", word(line.level))>
            <time title=engine>{line.clock.clone()}</time>
            <span class="line-level">{word(line.level)}</span>
            <span class="line-text">{line.text.clone()}</span>
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
pub(super) fn as_text(lines: &[Arc<Line>]) -> String {
    let line = |line: &Arc<Line>| format!("{} {:7} {}\n", line.clock, word(line.level), line.text);
    lines.iter().map(line).collect()
}
