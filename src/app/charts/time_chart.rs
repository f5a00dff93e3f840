//! A chart over time: one component for usage, fragmentation, pool and threads, which
//! differ only in their [`Plot`].

use super::gestures::{Gestures, KEYS_HELP};
use super::legend::legend;
use super::live_chart::{LiveChart, Texts};
use super::source::Source;
use super::table::data_table;
use crate::analysis::fragmentation_plot::FragmentationPlot;
use crate::analysis::plot::Plot;
use crate::analysis::pool_plot::PoolPlot;
use crate::analysis::pressure_plot::PressurePlot;
use crate::analysis::threads_plot::ThreadsPlot;
use crate::analysis::usage_plot::UsagePlot;
use crate::analysis::waste_plot::WastePlot;
use crate::app::frame::on_frame;
use crate::app::view::View;
use leptos::html;
use leptos::prelude::*;
use std::rc::Rc;

/// Usage by category, stacked, with the total limit.
#[component]
pub fn UsageChart() -> impl IntoView {
    time_chart("Usage by category", 0, Box::new(UsagePlot::new()))
}

/// External fragmentation and free-space concentration, with failures.
#[component]
pub fn FragmentationChart() -> impl IntoView {
    time_chart("Fragmentation", 1, Box::new(FragmentationPlot::new()))
}

/// Internal waste by cause, and what caches hold.
#[component]
pub fn WasteChart() -> impl IntoView {
    time_chart("Internal waste", 1, Box::new(WastePlot::new()))
}

/// The pool's hit ratio over the bytes it holds.
#[component]
pub fn PoolChart() -> impl IntoView {
    time_chart("GPU pool", 1, Box::new(PoolPlot::new()))
}

/// What is charged of the total, under the watermarks.
#[component]
pub fn PressureChart() -> impl IntoView {
    time_chart("Pressure", 0, Box::new(PressurePlot::new()))
}

/// Operations per second by thread, above the waits for the lock.
#[component]
pub fn ThreadsChart(
    /// Of the run that is shown.
    mutators: u32,
) -> impl IntoView {
    time_chart("Threads", 0, Box::new(ThreadsPlot::new(mutators)))
}

/// `turn`: charts of different turns scroll on different frames.
fn time_chart(title: &'static str, turn: u64, plot: Box<dyn Plot>) -> impl IntoView {
    let keys = plot.keys();
    let holder = NodeRef::<html::Div>::new();
    let [base, live, over] = [NodeRef::new(), NodeRef::new(), NodeRef::new()];
    let texts = Texts::new();
    let (view, source) = (expect_context::<View>(), Source::from_context());
    let gestures = Rc::new(Gestures::new(view, source));
    let mut chart = LiveChart::new(plot, turn, view, source, texts, Rc::clone(&gestures));
    on_frame(move |frame| {
        if chart.is_set_up() || chart.set_up(holder, [base, live, over]).is_some() {
            chart.draw(frame);
        }
    });
    let on = |act: fn(&Gestures, &web_sys::PointerEvent)| {
        let gestures = Rc::clone(&gestures);
        move |event: web_sys::PointerEvent| act(&gestures, &event)
    };
    let (wheeled, keyed) = (Rc::clone(&gestures), Rc::clone(&gestures));
    view! {
        <div class="chart">
            {legend(keys.clone(), texts)}
            <div class="chart-plot" node_ref=holder>
                <canvas class="chart-layer" node_ref=base aria-hidden="true"></canvas>
                <canvas class="chart-layer" node_ref=live aria-hidden="true"></canvas>
                <canvas
                    class="chart-layer chart-live"
                    node_ref=over
                    role="img"
                    tabindex="0"
                    aria-label=move || texts.summary.get()
                    aria-description=KEYS_HELP
                    on:wheel=move |event| wheeled.wheel(&event)
                    on:pointerdown=on(Gestures::down)
                    on:pointermove=on(Gestures::moved)
                    on:pointerup=on(Gestures::up)
                    on:pointerleave=on(|gestures, _| gestures.left())
                    on:dblclick=move |_| view.reset()
                    on:keydown=move |event| { keyed.key(&event); }
                ></canvas>
                <Show when=move || texts.empty.get()>
                    <p class="chart-empty">"No data yet: press Start"</p>
                </Show>
            </div>
            <p class="unseen" aria-live="polite">{move || texts.spoken.get()}</p>
            {data_table(title, keys, texts.rows, texts.table_open)}
        </div>
    }
}
