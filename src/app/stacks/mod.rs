//! The Stacks panel: who allocates, by call stack. A graph of frames on a canvas, and the
//! same functions in a table behind it.

pub mod called;
mod chart;
mod controls;
pub mod feed;
mod find;
mod gestures;
mod live;
mod paint;
pub mod panel;
mod said;
pub mod state;
mod table;
mod texts;
mod tip;
mod tooltip;
