//! A line under the toolbar where the run differs from what a person may
//! expect: no WebGPU. It stays away once dismissed.

use super::store::{Phase, Store};
use crate::analysis::table_capabilities;
use crate::telemetry::capabilities::Availability;
use leptos::prelude::*;

/// The banner, or nothing.
#[component]
pub fn Banner() -> impl IntoView {
    let store = Store::expect();
    let dismissed = RwSignal::new(false);
    let mode = store.figure(|metrics| metrics.gpu.mode.clone());
    let detail = Memo::new(move |_| {
        let gpu = store.capabilities.with(|found| found.webgpu.clone());
        let missing = store.phase.get() == Phase::Ready && gpu.state != Availability::Ready && !dismissed.get();
        missing.then(|| table_capabilities::webgpu(&gpu, &mode.get()).detail)
    });
    move || {
        detail.get().map(|detail| {
            view! {
                <aside class="banner" role="note" aria-label="Limits of this run">
                    <p>{detail}</p>
                    <button type="button" class="button" on:click=move |_| dismissed.set(true)>"Dismiss"</button>
                </aside>
            }
        })
    }
}
