//! The answer of a what-if: what would have been refused, and who would have
//! given way.

use crate::analysis::budget::what_if::{WhatIf, gave_way, refusal_text, verdict};
use crate::analysis::numbers::text::count;
use crate::units::Bytes;
use leptos::prelude::*;

/// Refusals on screen; the rest is counted.
const REFUSALS_SHOWN: usize = 40;

/// What is known of the draft.
#[derive(Clone, Debug, PartialEq)]
pub enum Answer {
    /// Nothing was edited.
    None,
    /// The run again under the edited limits.
    Known(Box<WhatIf>),
    /// Why there is no answer.
    Failed(String),
}

impl From<Result<String, String>> for Answer {
    fn from(answer: Result<String, String>) -> Self {
        let read = |text: String| serde_json::from_str(&text).map_err(|error| error.to_string());
        answer.and_then(read).map_or_else(Self::Failed, |answer| Self::Known(Box::new(answer)))
    }
}

/// The answer in words and tables.
#[component]
pub fn AnswerView(
    /// The newest answer, or that it is being worked out.
    answer: RwSignal<Answer>,
) -> impl IntoView {
    let view = move || match answer.get() {
        Answer::None => {
            view! { <p class="dim note">"Edit a limit to see what it would have done to this run."</p> }.into_any()
        }
        Answer::Failed(reason) => view! { <p class="bad note">{reason}</p> }.into_any(),
        Answer::Known(answer) => known(&answer).into_any(),
    };
    view! { <div class="what-if" aria-live="polite">{view}</div> }
}

fn known(answer: &WhatIf) -> impl IntoView + use<> {
    let class = if answer.newly_refused_total > 0 { "bad note" } else { "note" };
    let is_exact = answer.is_exact();
    let at_least = ("Newly refused, at least", count(answer.newly_refused_at_least_total));
    let figures = [
        ("Newly refused", count(answer.newly_refused_total)),
        ("Newly granted", count(answer.newly_granted_total)),
        ("Refused in all", count(answer.refused_total)),
        ("Peak of the total", Bytes::new(answer.peak_bytes).to_string()),
        ("Worst pressure", answer.pressure.to_string()),
    ];
    let certain = |(label, text): (&'static str, String)| {
        view! { <div class="figure"><dt>{label}</dt><dd>{text}</dd></div> }
    };
    let figure = move |(label, text): (&'static str, String)| match is_exact {
        true => certain((label, text)).into_any(),
        false => {
            view! { <div class="figure"><dt>{format!("{label}, by estimate")}</dt><dd>{text}</dd></div> }.into_any()
        }
    };
    let reclaimed = gave_way(answer);
    let refusals = refusal_text(answer, REFUSALS_SHOWN);
    let more = answer.refused_total.saturating_sub(refusals.len() as u64);
    view! {
        <p class=class>{verdict(answer)}</p>
        <dl class="figures">
            {certain(("Run again", count(answer.requests_total)))}
            {(!is_exact).then(|| certain(at_least))}
            {figures.map(figure).collect_view()}
        </dl>
        <div class="what-if-lists">
            <section aria-label="Who would have given way">
                <h3>"Who would have given way"</h3>
                {if reclaimed.is_empty() {
                    view! { <p class="dim">"Nobody."</p> }.into_any()
                } else {
                    view! { <ul>{reclaimed.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul> }.into_any()
                }}
            </section>
            <section aria-label="What would have been refused">
                <h3>"What would have been refused"</h3>
                {if refusals.is_empty() {
                    view! { <p class="dim">"Nothing."</p> }.into_any()
                } else {
                    view! { <ul class="refusals" tabindex="0">{refusals.into_iter().map(|line| view! { <li>{line}</li> }).collect_view()}</ul> }.into_any()
                }}
                {(more > 0).then(|| view! { <p class="dim">{format!("and {} more", count(more))}</p> })}
            </section>
        </div>
    }
}
