//! A card: a title, its key figures at the right, and what it is about.

use super::drawings::Drawings;
use super::picture_menu::PictureMenu;
use crate::app::state::store::Store;
use leptos::context::Provider;
use leptos::prelude::*;

/// A titled part of a panel.
#[component]
pub fn Card(
    /// What it is about.
    title: &'static str,
    /// Its place in the panel's grid.
    #[prop(optional)]
    class: &'static str,
    /// Whether its content may be longer than its place: then it scrolls, with
    /// the keys too.
    #[prop(optional)]
    scrolls: bool,
    /// Beside the title, for example a badge.
    #[prop(optional, into)]
    badge: ViewFn,
    /// Whether it shows what is now, whatever moment is selected: then it says so.
    #[prop(optional)]
    only_now: bool,
    /// The key figures, in tabular figures at the right.
    #[prop(optional, into)]
    figures: ViewFn,
    /// Its content.
    children: Children,
) -> impl IntoView {
    let drawings = Drawings::new();
    view! {
        <section class=format!("card {class}") class:scrolls=scrolls aria-label=title>
            <header class="card-head">
                <h2>{title}</h2>
                {badge.run()}
                {only_now.then(|| view! { <Now/> })}
                <p class="card-figures">{figures.run()}</p>
                <PictureMenu title drawings/>
            </header>
            <div class="card-body" tabindex=scrolls.then_some("0") role=scrolls.then_some("group") aria-label=scrolls.then_some(title)>
                // A context of their own: that of a card beside it is not seen.
                <Provider value=drawings>{children()}</Provider>
            </div>
        </section>
    }
}

/// Says, while an earlier moment is selected, that what is beside it is not of it.
#[component]
pub fn Now() -> impl IntoView {
    let past = Store::expect().past;
    let is_past = Memo::new(move |_| past.with(Option::is_some));
    view! {
        <Show when=move || is_past.get()>
            <span class="badge now" title="This shows what is now: the recording does not keep it.">"now"</span>
        </Show>
    }
}

/// What is shown where there is nothing yet: what will be there, and how to
/// get it.
#[component]
pub fn Empty(
    /// What will be here.
    text: &'static str,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p>{text}</p>
            <p class="dim">"Press " <kbd>"S"</kbd> " or the first button of the toolbar to begin a run."</p>
        </div>
    }
}
