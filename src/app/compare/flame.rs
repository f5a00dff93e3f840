//! The graph of both runs' call stacks: red where live memory grew, blue where it shrank.

use crate::analysis::compare::flame::{Block, blocks, moved, reading, rows};
use crate::analysis::compare::stacks::FrameNode;
use crate::analysis::compare::{Comparison, Told};
use crate::app::widgets::card::Card;
use leptos::prelude::*;
use std::sync::Arc;
use web_sys::KeyboardEvent;

/// Height of a row, CSS pixels.
const ROW_PX: u32 = 18;
/// Narrower frames have no room for their names: a part of the width.
const NAMED_FROM: f64 = 0.02;

/// The card "Call stacks".
pub fn flame_card(comparison: &Comparison) -> impl IntoView + use<> {
    let content = match &comparison.stacks {
        Told::Missing(why) => view! { <p class="note dim">{format!("Not compared: {why}.")}</p> }.into_any(),
        Told::Compared(stacks) => view! { <Flame frames=Arc::new(stacks.frames.clone())/> }.into_any(),
    };
    view! { <Card title="Call stacks, red grew and blue shrank">{content}</Card> }
}

#[component]
fn Flame(frames: Arc<Vec<FrameNode>>) -> impl IntoView {
    let frames = StoredValue::new(frames);
    let (root, chosen) = (RwSignal::new(0_usize), RwSignal::new(0_usize));
    let shown = Memo::new(move |_| frames.with_value(|frames| blocks(frames, root.get())));
    let height = move || format!("{}px", ROW_PX * shown.with(|shown| rows(shown)).max(1));
    let said = move || frames.with_value(|frames| frames.get(chosen.get()).map(reading));
    let zoom = move |frame: usize| {
        chosen.set(frame);
        root.set(frame);
    };
    let on_key = move |event: KeyboardEvent| {
        let key = event.key();
        let next = shown
            .with_untracked(|shown| frames.with_value(|frames| moved(shown, frames, chosen.get_untracked(), &key)));
        match (key.as_str(), next) {
            (_, Some(next)) => chosen.set(next),
            ("Enter", _) => zoom(chosen.get_untracked()),
            ("Home", _) => zoom(0),
            _ => return,
        }
        event.prevent_default();
        event.stop_propagation();
    };
    let block = move |block: Block| frames.with_value(|frames| block_view(block, &frames[block.frame], chosen, zoom));
    view! {
        <div class="compare-flame-head">
            <button type="button" class="button small" class:hidden=move || root.get() == 0 on:click=move |_| zoom(0)>"All stacks"</button>
            <p class="compare-reading" role="status">{said}</p>
        </div>
        <div
            class="compare-flame"
            tabindex="0"
            role="group"
            aria-label="Graph of call stacks: arrows move, Enter fills the width, Home shows all. The table of call stacks below has the same figures."
            style:height=height
            on:keydown=on_key
        >
            {move || shown.get().into_iter().map(block).collect_view()}
        </div>
    }
}

fn block_view<Z: Fn(usize) + Copy + 'static>(
    block: Block,
    frame: &FrameNode,
    chosen: RwSignal<usize>,
    zoom: Z,
) -> impl IntoView + use<Z> {
    let Block { frame: at, x, width, depth, level } = block;
    let name = if width >= NAMED_FROM { frame.function.clone() } else { String::new() };
    view! {
        <div
            class=format!("compare-frame {}", class_of(level))
            class:chosen=move || chosen.get() == at
            title=reading(frame)
            aria-hidden="true"
            style:left=format!("{:.3}%", 100.0 * x)
            style:width=format!("{:.3}%", 100.0 * width)
            style:top=format!("{}px", depth * ROW_PX)
            on:click=move |_| zoom(at)
            on:mouseenter=move |_| chosen.set(at)
        >
            {name}
        </div>
    }
}

fn class_of(level: i32) -> String {
    match level {
        0 => "same".into(),
        1.. => format!("grew-{level}"),
        _ => format!("shrank-{}", -level),
    }
}
