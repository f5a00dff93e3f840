//! The chosen span of time on a chart: a band over the canvas, where a drag with Shift put
//! it on any of them.

use crate::app::frames::frame_loop::on_frame;
use crate::app::state::signals::put;
use core::ops::Range;
use leptos::prelude::*;

/// The band of a chart; `place` says each frame where the span lies, CSS pixels from the
/// chart's left edge. Nothing where no span is chosen, or none of it is on screen.
pub(crate) fn selection_band(place: impl Fn() -> Option<Range<f64>> + 'static) -> impl IntoView {
    let at = RwSignal::new(None::<(i64, i64)>);
    // Tenths of a pixel: less is not to be seen, and a signal that is the same is not set.
    on_frame(move |_| put(at, place().map(|x| ((x.start * 10.0) as i64, ((x.end - x.start) * 10.0).ceil() as i64))));
    let place = move || at.get().unwrap_or_default();
    let (left, width) =
        (move || format!("{}px", place().0 as f64 / 10.0), move || format!("{}px", place().1 as f64 / 10.0));
    view! {
        <Show when=move || at.with(Option::is_some)>
            <div class="selection-band" style:left=left style:width=width aria-hidden="true"></div>
        </Show>
    }
}
