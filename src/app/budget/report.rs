//! The budget report as text, as the engine writes it.

use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::frames::frame_loop;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// It is asked for this often while it is on screen.
const REPORT_MS: f64 = 1000.0;

/// The report, kept fresh while it is shown.
#[component]
pub fn ReportText() -> impl IntoView {
    let store = Store::expect();
    let text = RwSignal::new(String::new());
    let asked = StoredValue::new(false);
    frame_loop::every(REPORT_MS, move |_| {
        // One question at a time: a busy engine is not asked again.
        if !store.phase.with_untracked(|phase| *phase == crate::app::state::store::Phase::Ready) || asked.get_value() {
            return;
        }
        asked.set_value(true);
        console::spawn(store, async move {
            let report = rpc::report(store).await;
            // The panel may be gone by now.
            let _ = asked.try_set_value(false);
            let _ = report.map(|report| {
                text.try_update(|text| {
                    if *text != report {
                        *text = report;
                    }
                })
            });
            Ok(())
        });
    });
    view! {
        <Show when=move || text.with(String::is_empty)>
            <p class="drawer-empty dim">"The budget report of the engine comes here once it runs."</p>
        </Show>
        <pre class="report" class:hidden=move || text.with(String::is_empty)>{text}</pre>
    }
}
