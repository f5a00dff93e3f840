//! The arena map's texts, as signals, and when they are due.

use crate::analysis::map::colours::LegendEntry;
use crate::analysis::map::layout::MapLayout;
use crate::analysis::map::window::Crumb;
use crate::app::canvas::pace::TextPace;
use leptos::prelude::*;

/// The map's texts.
#[derive(Clone, Copy)]
pub(super) struct MapTexts {
    /// What is pointed at, or the scale.
    pub(super) reading: RwSignal<String>,
    /// What a key went to, for who does not see it.
    pub(super) spoken: RwSignal<String>,
    /// The whole map in a sentence.
    pub(super) summary: RwSignal<String>,
    /// There is nothing to show yet.
    pub(super) empty: RwSignal<bool>,
    /// Colours and what they stand for.
    pub(super) legend: RwSignal<Vec<LegendEntry>>,
    /// The way from the whole arena to what is shown.
    pub(super) crumbs: RwSignal<Vec<Crumb>>,
    /// Addresses of rows, with their place from the top, CSS pixels.
    pub(super) marks: RwSignal<Vec<(u32, String)>>,
}

impl MapTexts {
    /// Of a map without data.
    pub(super) fn new() -> Self {
        Self {
            reading: RwSignal::default(),
            spoken: RwSignal::default(),
            summary: RwSignal::default(),
            empty: RwSignal::new(true),
            legend: RwSignal::default(),
            crumbs: RwSignal::default(),
            marks: RwSignal::default(),
        }
    }
}

/// When texts are due, and what they are of.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct TextClock {
    pub(super) pace: TextPace,
    pub(super) colours: Option<u32>,
    pub(super) layout: Option<MapLayout>,
}
