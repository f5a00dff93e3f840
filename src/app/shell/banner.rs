//! Lines under the toolbar: where the run differs from what a person may expect (no
//! WebGPU; it stays away once dismissed), and where a thread needs attention.

use crate::analysis::shell::capabilities;
use crate::app::state::store::{Phase, Store};
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
        missing.then(|| capabilities::webgpu(&gpu, &mode.get()).detail)
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

/// A thread that stopped or does not answer, until it is there again or the line is dismissed.
#[component]
pub fn ThreadAlert() -> impl IntoView {
    let store = Store::expect();
    move || {
        store.alert.get().map(|text| {
            view! {
                <aside class="banner" role="alert" aria-label="A thread needs attention">
                    <p>{text}</p>
                    <button type="button" class="button" on:click=move |_| store.alert.set(None)>"Dismiss"</button>
                </aside>
            }
        })
    }
}
