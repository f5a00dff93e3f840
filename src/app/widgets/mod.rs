//! The pieces that panels are made of.

pub mod action_button;
pub mod again;
pub mod card;
pub mod drawings;
pub mod figures;
pub mod histogram;
pub mod meter;
mod picture;
pub mod picture_menu;
pub mod texts;
