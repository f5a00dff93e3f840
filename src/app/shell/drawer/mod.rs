//! The drawer: console, report, problems. Its height is a person's choice, and
//! remembered.

pub mod console;
pub mod resizer;

use super::actions::Action;
use super::tabs;
use crate::app::browser::files;
use crate::app::browser::storage;
use crate::app::budget::report::ReportText;
use crate::app::engine::console::spawn;
use crate::app::state::place::DrawerTab;
use crate::app::state::store::{Line, Store};
use crate::app::widgets::action_button::ActionButton;
use crate::telemetry::notice::Level;
use console::Lines;
use leptos::prelude::*;
use resizer::Resizer;

const OPEN_NAME: &str = "drawer-open";
const PROBLEMS_ID: &str = "problem-count";

/// The drawer: console, report and problems.
#[component]
pub fn Drawer() -> impl IntoView {
    let store = Store::expect();
    let height = resizer::recalled_height();
    store.drawer_open.set(storage::recall(OPEN_NAME).as_deref() != Some("false"));
    Effect::new(move || storage::remember(OPEN_NAME, &store.drawer_open.get().to_string()));
    view! {
        <section class="drawer" class:closed=move || !store.drawer_open.get() aria-label="Drawer">
            <Resizer height/>
            <Head/>
            <Show when=move || store.drawer_open.get()>
                <div
                    class="drawer-body"
                    role="tabpanel"
                    id="drawer-panel"
                    aria-label=move || store.drawer_tab.get().label()
                    tabindex="0"
                    style:height=move || format!("{}px", height.get())
                >
                    {move || match store.drawer_tab.get() {
                        DrawerTab::Console => view! { <Lines keep=|_| true empty="Nothing has happened yet."/> }.into_any(),
                        DrawerTab::Report => view! { <ReportText/> }.into_any(),
                        DrawerTab::Problems => view! { <Lines keep=is_problem empty="No problems."/> }.into_any(),
                    }}
                </div>
            </Show>
        </section>
    }
}

fn is_problem(line: &Line) -> bool {
    line.level > Level::Info
}

#[component]
fn Head() -> impl IntoView {
    let store = Store::expect();
    let tab = move |tab: DrawerTab| {
        let selected = move || store.drawer_tab.get() == tab;
        view! {
            <button
                type="button"
                role="tab"
                class="drawer-tab"
                aria-describedby=(tab == DrawerTab::Problems).then_some(PROBLEMS_ID)
                aria-selected=move || selected().to_string()
                aria-controls=move || (selected() && store.drawer_open.get()).then_some("drawer-panel")
                tabindex=move || if selected() { "0" } else { "-1" }
                on:click=move |_| { store.drawer_tab.set(tab); store.drawer_open.set(true); }
            >
                <span>{tab.label()}</span>
                {(tab == DrawerTab::Problems).then(|| view! { <ProblemCount/> })}
            </button>
        }
    };
    let toggle = move || if store.drawer_open.get() { "Close" } else { "Open" };
    view! {
        <div class="drawer-head">
            <div role="tablist" aria-label="Drawer" on:keydown=move |event| tabs::move_in_row(&event, &DrawerTab::ALL, store.drawer_tab)>
                {DrawerTab::ALL.into_iter().map(tab).collect_view()}
            </div>
            <div class="drawer-tools">
                <CopyButton/>
                <ActionButton action=Action::ClearConsole class="plain">"Clear"</ActionButton>
                <ActionButton action=Action::Drawer class="plain">{toggle}</ActionButton>
            </div>
        </div>
    }
}

#[component]
fn ProblemCount() -> impl IntoView {
    let store = Store::expect();
    let problems = Memo::new(move |_| store.lines.with(|lines| lines.iter().filter(|line| is_problem(line)).count()));
    view! {
        // Described by, not named after: the tab's name does not change with it.
        <span class="badge warn" class:hidden=move || problems.get() == 0 id=PROBLEMS_ID aria-hidden="true">{problems}</span>
    }
}

#[component]
fn CopyButton() -> impl IntoView {
    let store = Store::expect();
    let copy = move |_| {
        let text = store.lines.with_untracked(|lines| console::as_text(lines));
        spawn(store, files::copy(text));
    };
    view! { <button type="button" class="button plain" title="Copy the console's lines as text" on:click=copy>"Copy"</button> }
}
