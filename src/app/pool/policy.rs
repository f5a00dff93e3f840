//! How a pool behaves: its mode with the parameter that may be chosen, and the
//! limits that it keeps.

use super::side::{Detail, Side};
use crate::app::engine::console;
use crate::app::run;
use crate::app::state::store::Store;
use crate::app::widgets::again::Again;
use crate::app::widgets::card::Card;
use crate::pool::PoolMode;
use crate::telemetry::notice::Level;
use crate::telemetry::pool_detail::PoolParameters;
use crate::units::{Bytes, Micros};
use leptos::prelude::*;

/// Steps per doubling that the menu offers: every one that is allowed.
const STEPS: [u8; 7] = [1, 2, 4, 8, 16, 32, 64];

/// The card "Policy": what the mode does, and its parameters.
#[component]
pub fn PolicyCard(
    /// Which pool.
    side: RwSignal<Side>,
    /// What the engine answered last.
    detail: Detail,
) -> impl IntoView {
    let store = Store::expect();
    let mode = Memo::new(move |_| store.chosen.with(|config| config.pool_mode));
    let parameters = Memo::new(move |_| detail.with(|detail| side.get().detail(detail).parameters.clone()));
    view! {
        <Card title="Policy" figures=move || mode.get().label()>
            <p class="dim note">{move || mode.get().description()}</p>
            {move || parameter(store, mode.get())}
            <p class="note"><Again argument="pool_mode"/></p>
            {move || Some(parameters.get()).filter(|known| !known.mode.is_empty()).map(|known| list(&known))}
        </Card>
    }
}

fn choose(store: Store, mode: PoolMode) {
    if let Err(error) = run::settings::choose(store, "pool_mode", &mode.to_string()) {
        console::note(store, Level::Warning, error.to_string(), None);
    }
}

/// The control of the mode's parameter; nothing for modes without one.
fn parameter(store: Store, mode: PoolMode) -> AnyView {
    match mode {
        PoolMode::Classes { steps_per_doubling } => steps(store, steps_per_doubling).into_any(),
        PoolMode::BestFit { max_waste_percent } => waste(store, max_waste_percent).into_any(),
        _ => view! { <p class="dim note">"This mode has no parameter."</p> }.into_any(),
    }
}

fn steps(store: Store, chosen: u8) -> impl IntoView {
    let option = |steps: u8| {
        let text = format!("{steps} per doubling, waste below {:.0} %", 100.0 / (f64::from(steps) + 1.0));
        view! { <option value=steps.to_string() prop:selected=steps == chosen>{text}</option> }
    };
    let change = move |value: String| {
        if let Ok(steps_per_doubling) = value.parse() {
            choose(store, PoolMode::Classes { steps_per_doubling });
        }
    };
    view! {
        <label class="setting policy-setting" title="Size classes to a doubling, up to 1 MiB; twice as many above. Applies at the next start.">
            <span class="setting-label">"Classes"</span>
            <select aria-label="Size classes per doubling" on:change:target=move |event| change(event.target().value())>
                {STEPS.map(option).collect_view()}
            </select>
        </label>
    }
}

fn waste(store: Store, chosen: u8) -> impl IntoView {
    let change = move |value: String| match value.trim().parse::<u8>() {
        Ok(max_waste_percent) if max_waste_percent < 100 => choose(store, PoolMode::BestFit { max_waste_percent }),
        _ => {
            console::note(store, Level::Warning, format!("most waste is \"{value}\"; allowed: 0 to 99 per cent"), None)
        }
    };
    view! {
        <label class="setting policy-setting" title="The most of a reused buffer that may go to waste. Applies at the next start.">
            <span class="setting-label">"Most waste, %"</span>
            <input
                type="number"
                min="0"
                max="99"
                aria-label="Most waste of a reused buffer, per cent"
                prop:value=chosen.to_string()
                on:change:target=move |event| change(event.target().value())
            />
        </label>
    }
}

fn list(of: &PoolParameters) -> impl IntoView + use<> {
    let size = |bytes: u64| Bytes::new(bytes).to_string();
    let rows = if of.trims {
        vec![
            ("Idle limit", "Idle bytes above this go at once, least recently used first.", size(of.idle_limit_bytes)),
            ("High water", "Idle bytes at which surplus begins to go.", size(of.high_water_bytes)),
            ("Low water", "Idle bytes at which that rests again.", size(of.low_water_bytes)),
            (
                "Surplus after",
                "What lay idle through so many frames is surplus.",
                format!("{} frames", of.surplus_frames),
            ),
            (
                "Old after",
                "What lay idle for so long, and for so many frames, is old and goes.",
                Micros::new(of.max_age_us).to_string(),
            ),
            (
                "Old after, frames",
                "Idle for so many frames too: both must have passed.",
                format!("{} frames", of.max_idle_frames),
            ),
            (
                "Destroys per frame",
                "The most that go for age or surplus in one frame.",
                of.max_destroys_per_frame.to_string(),
            ),
        ]
    } else {
        vec![("Housekeeping", "A baseline heeds neither bytes nor age nor pressure.", "none".to_owned())]
    };
    let row = |(label, hint, text): (&'static str, &'static str, String)| {
        view! { <div class="figure" title=hint><dt>{label}</dt><dd>{text}</dd></div> }
    };
    view! { <dl class="figures">{rows.into_iter().map(row).collect_view()}</dl> }
}
