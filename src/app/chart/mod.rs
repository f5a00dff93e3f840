//! What all charts share, and the charts over time: what [`crate::analysis`] computed,
//! drawn by plotters on canvases, with legend, read-out and table in HTML around it.
//! Everything is drawn from the page's frame loop and only where something changed.
//! Nothing here computes a figure.

pub(crate) mod axis;
pub(crate) mod band;
mod drawing;
pub(crate) mod gestures;
pub(crate) mod legend;
mod live;
pub(crate) mod paint;
pub(crate) mod plot_view;
mod readings;
pub(crate) mod source;
pub(crate) mod table;
pub mod time_chart;
pub(crate) mod time_layers;
pub mod view;
