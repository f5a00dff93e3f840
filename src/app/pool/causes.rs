//! Why the pool hits, misses and destroys: bars by cause, the two histograms,
//! and the newest misses in words.

use super::side::{Detail, Side};
use crate::analysis::chart::log_bars::{LogBars, Unit};
use crate::analysis::numbers::text::{count, per_second};
use crate::analysis::pool::causes::{self, Cause, CauseGroup, CauseLine, DESTROYED, HITS, MISSES};
use crate::app::frames::frame_loop;
use crate::app::state::signals::put;
use crate::app::state::store::Store;
use crate::app::widgets::card::Card;
use crate::app::widgets::histogram::Histogram;
use crate::telemetry::pool_detail::MissRow;
use crate::units::Bytes;
use leptos::prelude::*;

/// Totals and paces are written this often.
const BARS_MS: f64 = 250.0;
/// Misses on screen, newest first.
const MISSES_SHOWN: usize = 12;

/// The card "Why": hits, misses and destructions by cause.
#[component]
pub fn CausesCard(
    /// Of which pool.
    side: RwSignal<Side>,
) -> impl IntoView {
    let store = Store::expect();
    let head = store.figure(move |metrics| {
        let pool = side.get().pool(metrics);
        format!("{} acquires", count(pool.hits_total + pool.misses_total))
    });
    view! {
        <Card title="Why" only_now=true figures=move || head>
            <div class="causes">
                <Group title="Hits by cause" causes=&HITS class="cause-hit" side/>
                <Group title="Misses by cause" causes=&MISSES class="cause-miss" side/>
                <Group title="Destroyed by reason" causes=&DESTROYED class="cause-gone" side/>
            </div>
        </Card>
    }
}

#[component]
fn Group(title: &'static str, causes: &'static [Cause], class: &'static str, side: RwSignal<Side>) -> impl IntoView {
    let store = Store::expect();
    let state = RwSignal::new((0, vec![CauseLine::default(); causes.len()]));
    let (mut group, mut of) = (CauseGroup::new(causes), side.get_untracked());
    frame_loop::every(BARS_MS, move |now_ms| {
        if of != side.get_untracked() {
            (group, of) = (CauseGroup::new(causes), side.get_untracked());
        }
        let newest = store.metrics.with_untracked(|metrics| group.update(now_ms, of.pool(metrics)));
        put(state, newest);
    });
    let sum = move || count(state.with(|state| state.0));
    let rows = causes.iter().enumerate().map(|(index, cause)| line(cause, class, index, state)).collect_view();
    view! {
        <table class="table cause-table">
            <thead>
                <tr>
                    <th scope="col" colspan="2">{title}</th>
                    <th class="number" scope="col" title="In this run">{sum}</th>
                    <th class="number" scope="col" title="Share of all of them">"Share"</th>
                    <th class="number" scope="col" title="Per second, over the last one">"Rate"</th>
                </tr>
            </thead>
            <tbody>{rows}</tbody>
        </table>
    }
}

fn line(
    cause: &Cause,
    class: &'static str,
    index: usize,
    state: RwSignal<(u64, Vec<CauseLine>)>,
) -> impl IntoView + use<> {
    let read = move |text: fn(&CauseLine, u64) -> String| {
        Memo::new(move |_| state.with(|(sum, lines)| lines.get(index).map(|line| text(line, *sum)).unwrap_or_default()))
    };
    let width = read(|line, _| format!("{:.1}%", line.part * 100.0));
    let none = Memo::new(move |_| state.with(|(_, lines)| lines.get(index).is_none_or(|line| line.total == 0)));
    view! {
        <tr title=cause.hint class:none=none>
            <th scope="row">{cause.label}</th>
            <td class="cause-bar-cell" aria-hidden="true"><div class=format!("cause-bar {class}") style:width=width></div></td>
            <td class="number">{read(|line, _| count(line.total))}</td>
            <td class="number">{read(CauseLine::part_text)}</td>
            <td class="number">{read(|line, _| line.per_second.map_or_else(|| "–".into(), per_second))}</td>
        </tr>
    }
}

/// The two histograms, side by side where there is room.
#[component]
pub fn Histograms(
    /// Which pool.
    side: RwSignal<Side>,
) -> impl IntoView {
    let store = Store::expect();
    let reuse =
        store.figure(move |metrics| LogBars::new(&side.get().pool(metrics).reuse_distance_log2, Unit::Acquires));
    let creation = store.figure(move |metrics| LogBars::new(&side.get().pool(metrics).creation_us_log2, Unit::Micros));
    view! {
        <div class="pair">
            <Card title="Reuse distance" only_now=true figures=|| "acquires from release to next use"><Histogram title="Reuse distance" bars=reuse/></Card>
            <Card title="Creation latency" only_now=true figures=|| "request to device's answer"><Histogram title="Creation latency" bars=creation/></Card>
        </div>
    }
}

/// The newest misses in words.
#[component]
pub fn MissesCard(
    /// Which pool.
    side: RwSignal<Side>,
    /// What the engine answered last.
    detail: Detail,
) -> impl IntoView {
    let misses = Memo::new(move |_| {
        let newest = |misses: &Vec<MissRow>| misses.iter().rev().take(MISSES_SHOWN).cloned().collect::<Vec<_>>();
        detail.with(|detail| newest(&side.get().detail(detail).misses))
    });
    view! {
        <Card title="Newest misses" only_now=true figures=|| "why nothing could be reused" scrolls=true class="misses-card">
            <Show when=move || misses.with(Vec::is_empty)>
                <p class="dim note">"No miss yet: each acquire that had to create comes here, with its reason."</p>
            </Show>
            <table class="table misses-table" class:hidden=move || misses.with(Vec::is_empty)>
                <thead>
                    <tr>
                        <th class="number" scope="col" title="Engine time">"Time"</th>
                        <th scope="col">"Asked by"</th>
                        <th class="number" scope="col">"Size"</th>
                        <th scope="col">"Why it missed"</th>
                    </tr>
                </thead>
                <tbody>{move || misses.get().into_iter().map(miss_row).collect_view()}</tbody>
            </table>
        </Card>
    }
}

fn miss_row(miss: MissRow) -> impl IntoView {
    let what = causes::asked_for(miss.texture.as_deref(), &miss.usage);
    view! {
        <tr title=what>
            <td class="number">{format!("{:.2} s", miss.time_us as f64 / 1e6)}</td>
            <td>{miss.tag.clone()}</td>
            <td class="number">{Bytes::new(miss.requested_bytes).to_string()}</td>
            <td class="why">{causes::why(&miss)}</td>
        </tr>
    }
}
