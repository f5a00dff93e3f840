//! The arena map: the part of the Arena panel, the chart with its controls, gestures and
//! legend, the pinned range, and what blocks a request.

pub mod blockers;
pub mod chart;
mod controls;
pub mod feed;
mod gestures;
mod hand;
mod legend;
mod live;
pub mod look;
mod marks;
pub mod of_file;
pub(crate) mod paint;
pub mod panel;
pub mod pin;
pub mod pinning;
mod readout;
pub mod spaces;
mod texts;
