//! The Overview panel, and the overview strip above all panels.

pub mod about;
pub mod of_file;
pub mod panel;
pub mod strip;
mod strip_gestures;
mod strip_live;
mod strip_paint;
mod strip_place;
pub mod usage_chart;
