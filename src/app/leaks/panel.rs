//! The Leaks panel: how long things live against how large they are, what is only
//! temporary, and who takes without giving back, with the evidence.

use super::findings::FindingsCard;
use super::growth::GrowthCard;
use super::lifetimes::LifetimesCard;
use super::live::LeaksLive;
use super::temporary::TemporaryCard;
use crate::app::state::store::Store;
use leptos::prelude::*;

/// The Leaks panel: growth, lifetimes, temporary allocations.
#[component]
pub fn Leaks() -> impl IntoView {
    let live = LeaksLive::follow(Store::expect());
    view! {
        <div class="leaks">
            <FindingsCard/>
            <GrowthCard live/>
            <div class="leaks-lower">
                <LifetimesCard live/>
                <TemporaryCard live/>
            </div>
        </div>
    }
}
