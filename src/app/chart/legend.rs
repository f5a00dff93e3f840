//! The legend in HTML: colour, name and value, which is also the read-out. It
//! keeps its place and its width whatever the values are.

use super::readings::Texts;
use crate::analysis::chart::plot::{Key, Paint, Stroke};
use crate::owner::MemoryCategory;
use leptos::prelude::*;

/// The legend of a chart, with one reading per key and the moment they are of.
pub(crate) fn legend(keys: Vec<Key>, texts: Texts) -> impl IntoView {
    let Texts { readings, hints, moment, .. } = texts;
    let entry = move |(index, key): (usize, Key)| {
        let reading = move || readings.with(|texts| texts.get(index).cloned().unwrap_or_else(|| "–".into()));
        let hint = move || hints.with(|texts| texts.get(index).cloned());
        view! {
            <li class="legend-entry" title=hint>
                <span class=swatch_class(&key) aria-hidden="true"></span>
                <span class="legend-name">{key.label}</span>
                <span class="legend-value">{reading}</span>
            </li>
        }
    };
    view! {
        <ul class="legend">
            {keys.into_iter().enumerate().map(entry).collect_view()}
            <li class="legend-moment">{move || moment.get()}</li>
        </ul>
    }
}

/// The classes that colour and shape a swatch.
fn swatch_class(key: &Key) -> String {
    let shape = match key.stroke {
        Stroke::Area => "",
        Stroke::Line => "legend-swatch-line",
        Stroke::Marker => "legend-swatch-marker",
    };
    format!("legend-swatch {shape} {}", paint_class(key.paint))
}

/// The class that colours a swatch.
pub(crate) fn paint_class(paint: Paint) -> &'static str {
    match paint {
        Paint::Category(category) => CATEGORIES[category.index()],
        Paint::First => "paint-first",
        Paint::Second => "paint-second",
        Paint::Good => "paint-good",
        Paint::Dim => "paint-dim",
        Paint::Bad => "paint-bad",
        Paint::Thread(thread) => THREADS[usize::from(thread) % THREADS.len()],
    }
}

/// Classes of the engine and the mutators.
const THREADS: [&str; 9] = [
    "paint-thread-0",
    "paint-thread-1",
    "paint-thread-2",
    "paint-thread-3",
    "paint-thread-4",
    "paint-thread-5",
    "paint-thread-6",
    "paint-thread-7",
    "paint-thread-8",
];

/// Classes of categories, by number.
const CATEGORIES: [&str; MemoryCategory::MAX] = [
    "paint-category-0",
    "paint-category-1",
    "paint-category-2",
    "paint-category-3",
    "paint-category-4",
    "paint-category-5",
    "paint-category-6",
    "paint-category-7",
    "paint-category-8",
    "paint-category-9",
    "paint-category-10",
    "paint-category-11",
    "paint-category-12",
    "paint-category-13",
    "paint-category-14",
    "paint-category-15",
];
