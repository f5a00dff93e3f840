//! A bar of usage with a tick at the limit and, where asked for, one at the
//! peak.

use crate::analysis::budget::table::BudgetRow;
use crate::budget::Pressure;
use leptos::prelude::*;

fn percent(part: f64) -> String {
    format!("{:.2}%", part * 100.0)
}

/// The bar of one budget row. The numbers stand beside it in the table, so it
/// is hidden from those who hear the page.
#[component]
pub fn Meter(
    /// The row.
    row: Memo<BudgetRow>,
    /// Whether the peak gets a tick too.
    #[prop(optional)]
    peak: bool,
) -> impl IntoView {
    let pressed = move || row.with(|row| row.pressure >= Pressure::High);
    let category = row.with_untracked(|row| row.figures.category.key());
    view! {
        <div class="meter" aria-hidden="true">
            <div
                class=format!("meter-bar chip-{category}")
                class:pressed=pressed
                style:width=move || row.with(|row| percent(row.used_part))
            ></div>
            {peak.then(|| view! { <div class="meter-peak" style:left=move || row.with(|row| percent(row.peak_part))></div> })}
            <div class="meter-limit" style:left=move || row.with(|row| percent(row.limit_part))></div>
        </div>
    }
}
