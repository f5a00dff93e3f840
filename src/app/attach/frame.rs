//! The page that is embedded here, in a frame beside the panels.

use crate::app::state::store::Store;
use leptos::html::Iframe;
use leptos::prelude::*;

/// The frame, or nothing.
#[component]
pub fn FramedPage() -> impl IntoView {
    let framed = Store::expect().attach.framed;
    move || {
        framed.get().map(|address| {
            let frame = NodeRef::<Iframe>::new();
            let shown = address.clone();
            frame.on_load(move |element| {
                // Without credentials: only so may a page without headers of its own be in an
                // isolated one. Set before the address, which begins to load.
                let _ = element.set_attribute("credentialless", "");
                let _ = element.set_attribute("src", &address);
            });
            view! {
                <section class="framed" aria-label="The embedded page">
                    <header class="framed-head">
                        <span class="framed-address">{shown}</span>
                        <button type="button" class="button" on:click=move |_| framed.set(None)>"Close the page"</button>
                    </header>
                    <iframe node_ref=frame title="The embedded page" allow="cross-origin-isolated *"></iframe>
                </section>
            }
        })
    }
}
