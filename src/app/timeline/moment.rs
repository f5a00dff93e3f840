//! The memory at the moment that is shown: by category and heap, what is alive,
//! and which event came just before.

use super::navigation::Timeline;
use crate::analysis::frames::scheduler::Turn;
use crate::analysis::numbers::text::mib;
use crate::analysis::run::names::Names;
use crate::analysis::timeline::heap_columns::{HeapColumn, figure, heap_columns};
use crate::analysis::timeline::landmarks::Way;
use crate::analysis::timeline::moment::{BytesRow, StateFigures};
use crate::analysis::timeline::text::moment_text;
use crate::app::frames::frame_loop::{on_frame, takes_turn};
use crate::app::state::signals::put;
use crate::app::widgets::card::Card;
use crate::owner::MemoryCategory;
use crate::recording::Metric;
use leptos::prelude::*;

/// Live figures change at a readable pace; those of a moment follow its drag.
const LIVE_MS: f64 = 250.0;

/// The card "Memory": what was held at the moment, by category and heap.
#[component]
pub fn MomentCard() -> impl IntoView {
    let timeline = Timeline::expect();
    let figures = RwSignal::new(StateFigures::default());
    let at = RwSignal::new(String::from("live"));
    let heaps = RwSignal::new(heap_columns(&Names::engine(), &[0; Metric::ALL.len()]));
    follow(timeline, figures, at, heaps);
    let lines = move || {
        let names = timeline.recording.names();
        let line = |category| view! { <Line category label=names.category(category).to_owned() figures heaps/> };
        names.categories().map(line).collect_view()
    };
    let step = move |way, label: &'static str, title: &'static str, sign: &'static str| {
        view! {
            <button type="button" class="button square" aria-label=label title=title on:click=move |_| timeline.step(way, 1)>{sign}</button>
        }
    };
    let head = move || {
        view! {
            <span class="moment-at">{at}</span>
            <span class="switch" role="group" aria-label="Step from event to event">
                {step(Way::Back, "Previous event", "Previous event (comma; with Shift, a hundred)", "‹")}
                {step(Way::On, "Next event", "Next event (full stop; with Shift, a hundred)", "›")}
            </span>
        }
    };
    view! {
        <Card title="Memory" class="moment-card" figures=head>
            <p class="moment-event" title="The event just before this moment">{move || figures.with(|figures| figures.event.clone())}</p>
            <table class="table moment-table">
                <thead>
                    <tr>
                        <th scope="col">"MiB"</th>
                        {move || heaps.get().into_iter().map(|column| view! { <th class="number" scope="col" title=column.hint>{column.label}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{lines}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"Total"</th>
                        {cells(heaps, figures, |figures| figures.total)}
                    </tr>
                </tfoot>
            </table>
            <dl class="figures moment-figures">
                <For each=move || figures.with(names) key=|(_, name)| *name let((place, name))>
                    <div class="figure">
                        <dt>{name}</dt>
                        <dd>{move || figures.with(|figures| value_of(figures, place))}</dd>
                    </div>
                </For>
            </dl>
            <Show when=move || figures.with(|figures| figures.approximate.is_some())>
                <p class="note warn">{move || figures.with(|figures| figures.approximate.clone())}</p>
            </Show>
        </Card>
    }
}

fn names(figures: &StateFigures) -> Vec<(usize, &'static str)> {
    figures.figures.iter().map(|(name, _)| *name).enumerate().collect()
}

fn value_of(figures: &StateFigures, place: usize) -> Option<String> {
    figures.figures.get(place).map(|(_, value)| value.clone())
}

#[component]
fn Line(
    category: MemoryCategory,
    label: String,
    figures: RwSignal<StateFigures>,
    heaps: RwSignal<Vec<HeapColumn>>,
) -> impl IntoView {
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", category.key()) aria-hidden="true"></i>{label}</th>
            {cells(heaps, figures, move |figures| figures.rows[category.index()])}
        </tr>
    }
}

/// The cells of one row, one for each heap.
fn cells(
    heaps: RwSignal<Vec<HeapColumn>>,
    figures: RwSignal<StateFigures>,
    row: impl Fn(&StateFigures) -> BytesRow + Copy + Send + Sync + 'static,
) -> impl IntoView {
    let cell = move |column: HeapColumn| {
        let text = move || figures.with(|figures| mib(figure(&row(figures), &column)));
        view! { <td class="number">{text}</td> }
    };
    move || heaps.get().into_iter().map(cell).collect_view()
}

/// Keeps figures and columns at the moment, once a frame.
fn follow(timeline: Timeline, figures: RwSignal<StateFigures>, at: RwSignal<String>, heaps: RwSignal<Vec<HeapColumn>>) {
    let (mut shown, mut turn) = (None, Turn::new());
    on_frame(move |frame| {
        let moment = timeline.store.selected.moment.get_untracked();
        if moment != shown {
            turn.hurry();
        } else if moment.is_some() {
            return;
        }
        if !takes_turn(&mut turn, frame.now_ms, LIVE_MS) {
            return;
        }
        shown = moment;
        let position = timeline.moment();
        let names = timeline.recording.names_now();
        let (words, new) = timeline
            .recording
            .state_at(position, |reader, state| {
                (moment_text(reader, position, &names), StateFigures::of(reader, state, &names))
            })
            .unzip();
        let text = match (moment, words) {
            (Some(_), Some(words)) => format!("at {}", words.time),
            (Some(_), None) => "not kept".into(),
            (None, _) => "live".into(),
        };
        let new = new.unwrap_or_default();
        put(figures, new);
        put(at, text);
        put(heaps, heap_columns(&names, &timeline.recording.highest()));
    });
}
