//! What was refused: a part of the Arena panel.

pub mod firsts;
pub mod panel;
