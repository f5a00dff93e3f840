//! The threads at work on the arena: a card of the Arena panel.

pub mod card;
pub mod chart;
