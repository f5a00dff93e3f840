//! The Leaks panel: how long things live against how large they are, what is only
//! temporary, and who takes without giving back, with the evidence.

use super::leaks_growth::GrowthCard;
use super::leaks_lifetimes::LifetimesCard;
use super::leaks_live::LeaksLive;
use super::leaks_temporary::TemporaryCard;
use crate::app::store::Store;
use leptos::prelude::*;

/// The panel.
#[component]
pub fn Leaks() -> impl IntoView {
    let live = LeaksLive::follow(Store::expect());
    view! {
        <div class="leaks">
            <GrowthCard live/>
            <div class="leaks-lower">
                <LifetimesCard live/>
                <TemporaryCard live/>
            </div>
        </div>
    }
}
