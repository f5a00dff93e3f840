//! The charts: what [`crate::analysis`] computed, drawn by plotters on canvases,
//! with legend, read-out and table in HTML around it.
//!
//! Everything is drawn from the page's frame loop and only where something
//! changed. Nothing here computes a figure.

mod axis;
mod backend;
mod gestures;
pub mod heat;
mod heat_paint;
mod legend;
mod live_chart;
mod live_heat;
mod live_map;
mod live_strip;
mod live_tracks;
pub mod map;
mod map_controls;
mod map_feed;
mod map_gestures;
mod map_legend;
mod map_paint;
mod map_texts;
mod paint;
mod pointer;
mod source;
mod stage;
pub mod strip;
mod strip_paint;
mod table;
pub mod time_chart;
mod track_gestures;
mod track_layers;
mod track_rows;
pub mod tracks;
mod tracks_paint;

pub use heat::HeatMap;
pub use map::{ArenaMap, ArenaMapLarge};
pub use strip::OverviewStrip;
pub use time_chart::{FragmentationChart, PoolChart, PressureChart, ThreadsChart, UsageChart, WasteChart};
pub use tracks::TimelineTracks;
