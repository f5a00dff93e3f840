//! The memory at the moment that is shown: by category and heap, what is alive,
//! and which event came just before.

use crate::analysis::table_numbers::mib;
use crate::analysis::timeline_state::StateFigures;
use crate::analysis::timeline_words::moment_words;
use crate::analysis::turns::Turn;
use crate::app::frame::{on_frame, takes_turn};
use crate::app::signals::put;
use crate::app::timeline::{Timeline, Way};
use crate::app::widgets::card::Card;
use crate::owner::MemoryCategory;
use leptos::prelude::*;

/// Live figures change at a readable pace; those of a moment follow its drag.
const LIVE_MS: f64 = 250.0;
const HEAPS: [(&str, &str); 4] = [
    ("Arena", "MiB set aside in the arena"),
    ("GPU", "MiB on the GPU device"),
    ("NPU", "MiB on the neural-network device"),
    ("All", "MiB on all three"),
];

/// The card.
#[component]
pub fn MomentCard() -> impl IntoView {
    let timeline = Timeline::expect();
    let figures = RwSignal::new(StateFigures::default());
    let at = RwSignal::new(String::from("live"));
    follow(timeline, figures, at);
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
                        {HEAPS.map(|(heap, hint)| view! { <th class="number" scope="col" title=hint>{heap}</th> }).collect_view()}
                    </tr>
                </thead>
                <tbody>{MemoryCategory::ALL.map(|category| view! { <Line category figures/> }).collect_view()}</tbody>
                <tfoot>
                    <tr>
                        <th scope="row">"Total"</th>
                        {(0..4).map(|heap| view! { <td class="number">{move || figures.with(|figures| mib(figures.total[heap]))}</td> }).collect_view()}
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
fn Line(category: MemoryCategory, figures: RwSignal<StateFigures>) -> impl IntoView {
    let cell = move |heap: usize| move || figures.with(|figures| mib(figures.rows[category.index()][heap]));
    view! {
        <tr>
            <th scope="row"><i class=format!("chip chip-{}", category.key()) aria-hidden="true"></i>{category.label()}</th>
            {(0..4).map(|heap| view! { <td class="number">{cell(heap)}</td> }).collect_view()}
        </tr>
    }
}

/// Keeps the figures at the moment, once a frame.
fn follow(timeline: Timeline, figures: RwSignal<StateFigures>, at: RwSignal<String>) {
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
        let (words, new) = timeline
            .recording
            .state_at(position, |reader, state| (moment_words(reader, position), StateFigures::of(reader, state)))
            .unzip();
        let text = match (moment, words) {
            (Some(_), Some(words)) => format!("at {}", words.time),
            (Some(_), None) => "not kept".into(),
            (None, _) => "live".into(),
        };
        let new = new.unwrap_or_default();
        put(figures, new);
        put(at, text);
    });
}
