//! What a pool would have saved a page that has none.

use crate::analysis::numbers::text::count;
use crate::analysis::pool::what_if::{Bare, Outcome, PoolWhatIf, advice};
use crate::app::frames::frame_loop::on_frame;
use crate::app::recordings::reader::Recording;
use crate::app::state::signals::put;
use crate::app::widgets::card::Card;
use crate::platform::clock::now_ms;
use crate::units::{Bytes, Ratio};
use leptos::prelude::*;

/// What it may take of a frame, ms.
const BUDGET_MS: f64 = 4.0;

/// What is shown of it.
#[derive(Clone, Debug, Default, PartialEq)]
struct Shown {
    bare: Bare,
    outcomes: Vec<Outcome>,
    /// Whether all of the run is looked at.
    is_whole: bool,
}

/// The panel.
#[component]
pub fn PoolWhatIfPanel() -> impl IntoView {
    let shown = RwSignal::new(Shown::default());
    follow(Recording::expect(), shown);
    let said = move || {
        shown.with(|shown| match (advice(shown.bare, &shown.outcomes), shown.bare.creations) {
            (_, 0) => "The page has created no buffers so far.".to_string(),
            (Some(advice), _) => advice,
            (None, creations) => format!(
                "No pool would have reused anything: {} buffers, none freed before another was needed.",
                count(creations)
            ),
        })
    };
    let counting = move || if shown.with(|shown| shown.is_whole) { "" } else { "counting" };
    let rows =
        move || shown.with(|shown| shown.outcomes.iter().map(|outcome| row(shown.bare, *outcome)).collect_view());
    let bare = move || shown.with(|shown| shown.bare);
    view! {
        <Card title="What a buffer pool would have saved" class="tall" scrolls=true figures=move || view! { <span>{counting}</span> }>
            <p class="note pool-advice" role="status">{said}</p>
            <table class="table">
                <thead>
                    <tr>
                        <th scope="col">"Pool"</th>
                        <th scope="col" class="number">"Created"</th>
                        <th scope="col" class="number">"Reused"</th>
                        <th scope="col" class="number">"Hit ratio"</th>
                        <th scope="col" class="number">"Peak"</th>
                        <th scope="col" class="number">"Against none"</th>
                        <th scope="col" class="number">"Idle at the end"</th>
                    </tr>
                </thead>
                <tbody>
                    <tr>
                        <th scope="row">"None, as it ran"</th>
                        <td class="number">{move || count(bare().creations)}</td>
                        <td class="number">"0"</td>
                        <td class="number">"–"</td>
                        <td class="number">{move || bare().peak_bytes.to_string()}</td>
                        <td class="number">"–"</td>
                        <td class="number">"–"</td>
                    </tr>
                    {rows}
                </tbody>
            </table>
            <p class="note dim">
                "The pool of this program, driven by the run's own creations and destructions. Buffers of one category count as \
                 having the same usage flags; what the run destroyed can be used again at once; idle buffers are trimmed sixty times \
                 a second, at most 64 MiB of them stay. Textures are not pooled here."
            </p>
        </Card>
    }
}

fn row(bare: Bare, outcome: Outcome) -> impl IntoView + use<> {
    let Outcome { mode, creations, reuses, peak_bytes, idle_bytes } = outcome;
    let hits = Bytes::new(reuses)
        .ratio_of(Bytes::new(creations + reuses))
        .map_or_else(|| "–".into(), |part: Ratio| part.to_string());
    let against = match peak_bytes.get().cmp(&bare.peak_bytes.get()) {
        core::cmp::Ordering::Less => format!("−{}", bare.peak_bytes.saturating_sub(peak_bytes)),
        core::cmp::Ordering::Equal => "same".into(),
        core::cmp::Ordering::Greater => format!("+{}", peak_bytes.saturating_sub(bare.peak_bytes)),
    };
    view! {
        <tr>
            <th scope="row" title=mode.description()>{mode.label()}</th>
            <td class="number">{count(creations)}</td>
            <td class="number">{count(reuses)}</td>
            <td class="number">{hits}</td>
            <td class="number">{peak_bytes.to_string()}</td>
            <td class="number">{against}</td>
            <td class="number">{idle_bytes.to_string()}</td>
        </tr>
    }
}

/// Counts on in each frame, and from the start where the run is another.
fn follow(recording: Recording, shown: RwSignal<Shown>) {
    let mut what_if: Option<PoolWhatIf> = None;
    on_frame(move |_| {
        let names = recording.names_now();
        recording.read(|reader, _| {
            let kept = what_if.take().filter(|what_if| what_if.is_of(reader, &names));
            let what_if = what_if.insert(kept.unwrap_or_else(|| PoolWhatIf::of(reader, &names)));
            let begun = now_ms();
            let is_whole = what_if.advance(reader, || now_ms() - begun >= BUDGET_MS);
            put(shown, Shown { bare: what_if.bare(), outcomes: what_if.outcomes(), is_whole });
        });
    });
}
