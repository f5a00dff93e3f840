//! Live bytes of both runs on one axis.

use crate::analysis::compare::usage_plot::{HEIGHT, WIDTH, plot};
use crate::analysis::compare::{Comparison, Told};
use crate::app::widgets::card::Card;
use crate::units::Bytes;
use leptos::prelude::*;

/// The card "Usage over both runs".
pub fn usage_card(comparison: &Comparison) -> impl IntoView + use<> {
    let has_times = comparison.before.has_times && comparison.after.has_times;
    let content = match &comparison.usage {
        Told::Missing(why) => view! { <p class="note dim">{format!("Not compared: {why}.")}</p> }.into_any(),
        Told::Compared(usage) => {
            let plot = plot(usage, has_times);
            let peak = |curve: &Option<crate::analysis::compare::usage::Curve>| {
                let most = curve.as_ref().and_then(|curve| curve.columns.iter().map(|extent| extent.high_bytes).max());
                most.map_or_else(|| "not told".into(), |bytes| Bytes::new(bytes).to_string())
            };
            let label = format!(
                "Live bytes aligned by {}: most before {}, most after {}",
                usage.align.label().to_lowercase(),
                peak(&usage.before),
                peak(&usage.after)
            );
            let percent = |part: f64, of: f64| format!("{:.2}%", 100.0 * part / of);
            let moment = |(at, class): (Option<f64>, &'static str)| {
                at.map(|x| view! { <line class=class x1=x x2=x y1="0" y2=HEIGHT vector-effect="non-scaling-stroke"></line> })
            };
            let [before, after] = plot.moments;
            view! {
                <div class="compare-legend" aria-hidden="true">
                    <span><i class="compare-line before"></i>"before"</span>
                    <span><i class="compare-line after"></i>"after"</span>
                    <span class="dim">"upright: the moments that are compared"</span>
                </div>
                <div class="compare-usage">
                    <svg
                        role="img"
                        aria-label=label
                        viewBox=format!("0 0 {WIDTH} {HEIGHT}")
                        preserveAspectRatio="none"
                    >
                        {plot.levels.iter().map(|(y, _)| view! {
                            <line class="compare-level" x1="0" x2=WIDTH y1=*y y2=*y vector-effect="non-scaling-stroke"></line>
                        }).collect_view()}
                        <path class="compare-area before" d=plot.before vector-effect="non-scaling-stroke"></path>
                        <path class="compare-area after" d=plot.after vector-effect="non-scaling-stroke"></path>
                        {[(before, "compare-moment-line before"), (after, "compare-moment-line after")].map(moment).collect_view()}
                    </svg>
                    <div class="compare-levels" aria-hidden="true">
                        {plot.levels.iter().map(|(y, text)| view! { <span style:top=percent(*y, HEIGHT)>{text.clone()}</span> }).collect_view()}
                    </div>
                    <div class="compare-ticks" aria-hidden="true">
                        {plot.ticks.iter().map(|(x, text)| view! { <span style:left=percent(*x, WIDTH)>{text.clone()}</span> }).collect_view()}
                    </div>
                </div>
            }
            .into_any()
        }
    };
    view! { <Card title="Usage over both runs">{content}</Card> }
}
