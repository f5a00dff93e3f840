//! A chart over time in the page: its canvases with pointer and keys, and the texts that
//! every such chart has.

use super::gestures::Gestures;
use super::table::data_table;
use crate::analysis::chart::plot::Key;
use crate::analysis::chart::window_table::TableRow;
use crate::app::canvas::live::{CanvasNodes, Live, LiveCanvas};
use crate::app::chart::band::selection_band;
use crate::app::state::signals::put;
use leptos::prelude::*;
use web_sys::{KeyboardEvent, PointerEvent};

/// A chart whose window, cross-hair and chosen span of time are those of all charts.
pub(crate) trait OverTime: LiveCanvas {
    /// What pointer and keys do on it, as on all the others.
    fn gestures(&mut self) -> &mut Gestures;

    /// The pointer is at a height, CSS pixels.
    fn point(&mut self, _y: f64) {}

    /// Acts on a key that gestures leave; true where it was one of its own.
    fn key(&mut self, _key: &str) -> bool {
        false
    }
}

/// The texts that every chart has.
#[derive(Clone, Copy, Default)]
pub(crate) struct PlotTexts {
    /// The chart in a sentence.
    pub(crate) summary: RwSignal<String>,
    /// What a key went to, for those who do not see it.
    pub(crate) spoken: RwSignal<String>,
    /// There is something to draw.
    pub(crate) has_data: RwSignal<bool>,
    rows: RwSignal<Vec<TableRow>>,
    is_table_open: RwSignal<bool>,
}

impl PlotTexts {
    /// Rows of the data table.
    const ROWS: usize = 60;

    /// Sets what changes at a slow pace. `rows`: the table, of so many rows at most; asked
    /// only while it is open.
    pub(crate) fn summarise(self, summary: String, rows: impl FnOnce(usize) -> Vec<TableRow>) {
        put(self.summary, summary);
        if self.is_table_open.get_untracked() {
            put(self.rows, rows(Self::ROWS));
        }
    }

    /// The table behind the chart.
    pub(crate) fn table(self, title: &'static str, keys: Vec<Key>) -> impl IntoView {
        data_table(title, keys, self.rows, self.is_table_open)
    }
}

/// The canvases. `help` tells of the keys.
pub(crate) fn plot_view<T: OverTime>(
    live: &Live<T>,
    nodes: CanvasNodes<3>,
    texts: PlotTexts,
    help: &'static str,
) -> impl IntoView + use<T> {
    let moved = |chart: &mut T, event: &PointerEvent| {
        chart.gestures().moved(event);
        chart.point(f64::from(event.offset_y()));
    };
    let banded = live.clone();
    view! {
        <div class="chart-plot" node_ref=nodes.holder>
            {nodes.below()}
            <canvas
                class="chart-layer chart-live"
                node_ref=nodes.top()
                role="img"
                tabindex="0"
                aria-label=move || texts.summary.get()
                aria-description=help
                on:wheel=live.on(|chart, event| chart.gestures().wheel(event))
                on:pointerdown=live.on(|chart, event| chart.gestures().down(event))
                on:pointermove=live.on(moved)
                on:pointerup=live.on(|chart, event| chart.gestures().up(event))
                on:pointerleave=live.on(|chart, _| chart.gestures().left())
                on:dblclick=live.on(|chart, _| chart.gestures().reset())
                on:keydown=live.on(key)
            ></canvas>
            {selection_band(move || banded.with(|chart| chart.gestures().band()).flatten())}
            <Show when=move || !texts.has_data.get()>
                <p class="chart-empty">"No data yet: press Start"</p>
            </Show>
        </div>
    }
}

fn key<T: OverTime>(chart: &mut T, event: &KeyboardEvent) {
    let is_plain = !(event.ctrl_key() || event.meta_key() || event.alt_key());
    if !chart.gestures().key(event) && is_plain && chart.key(&event.key()) {
        chart.gestures().keyed = true;
        event.prevent_default();
    }
}
