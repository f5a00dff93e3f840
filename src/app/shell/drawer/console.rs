//! Lines of what happened, newest at the bottom. The style sheet keeps that in sight until
//! somebody scrolls up: to ask for the height of the list would lay the page out each time.

use crate::analysis::map::text::moment;
use crate::app::moment::clock;
use crate::app::state::store::{Line, Store};
use crate::telemetry::notice::Level;
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
        let mut run = None;
        let kept = |line: &Arc<Line>| {
            // A run's first line says so: what went wrong before is not of this run.
            let begins_run = run.replace(line.run).unwrap_or(0) != line.run;
            Entry { line: Arc::clone(line), begins_run }
        };
        store.lines.with(|lines| lines.iter().filter(|line| keep(line)).map(kept).collect::<Vec<_>>())
    });
    view! {
        <Show when=move || lines.with(Vec::is_empty)><p class="drawer-empty dim">{empty}</p></Show>
        <ol class="lines" aria-label="Lines">
            <For each=move || lines.get() key=Entry::key let(entry)>
                <Row entry/>
            </For>
        </ol>
    }
}

/// A line, and whether it is the first that is shown of its run.
#[derive(Clone, PartialEq)]
struct Entry {
    line: Arc<Line>,
    begins_run: bool,
}

impl Entry {
    fn key(&self) -> (u64, bool) {
        (self.line.number, self.begins_run)
    }
}

#[component]
fn Row(entry: Entry) -> impl IntoView {
    let Entry { line, begins_run } = entry;
    let store = Store::expect();
    let name = store.run.with_untracked(|run| (run.number == line.run).then(|| format!(": {}", run.name)));
    let heading = begins_run.then(|| {
        view! { <p class="line-run dim">{format!("Run {}{}", line.run, name.unwrap_or_default())}</p> }
    });
    view! {
        <li class=format!("line line-{}", word(line.level)) class:begins-run=begins_run>
            {heading}
            <Time line=Arc::clone(&line)/>
            <span class="line-level">{word(line.level)}</span>
            <Text line=Arc::clone(&line)/>
        </li>
    }
}

/// What happened: a way to the panel that shows it, where there is one.
#[component]
fn Text(line: Arc<Line>) -> impl IntoView {
    let store = Store::expect();
    let text = line.text.clone();
    match line.panel {
        None => view! { <span class="line-text">{text}</span> }.into_any(),
        Some(panel) => view! {
            <button
                type="button"
                class="link line-text line-panel"
                title=format!("Show {}", panel.label())
                on:click=move |_| store.tab.set(panel)
            >
                {text}
            </button>
        }
        .into_any(),
    }
}

/// When it was, in the time of its run: a way to that moment, where that run is shown. The
/// time of day where there was no run yet.
#[component]
fn Time(line: Arc<Line>) -> impl IntoView {
    let store = Store::expect();
    let title = format!("At {} of the day", line.clock);
    let Some(time_us) = line.time_us else {
        return view! { <time title=title>{line.clock.clone()}</time> }.into_any();
    };
    let text = moment(time_us);
    let run = line.run;
    let is_shown = Memo::new(move |_| store.run.with(|shown| shown.number == run));
    view! {
        <Show when=move || is_shown.get() fallback={
            let (title, text) = (title.clone(), text.clone());
            move || view! { <time title=title.clone()>{text.clone()}</time> }
        }>
            <button
                type="button"
                class="link line-time"
                title=format!("{title}. Press to show that moment on all panels.")
                on:click=move |_| clock::go_to(store, time_us)
            >
                <time>{text.clone()}</time>
            </button>
        </Show>
    }
    .into_any()
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
    let time = |line: &Line| line.time_us.map_or_else(|| line.clock.clone(), moment);
    let line = |line: &Arc<Line>| format!("run {} {:>12} {:7} {}\n", line.run, time(line), word(line.level), line.text);
    lines.iter().map(line).collect()
}
