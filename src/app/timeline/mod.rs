//! The Timeline panel: its tracks and their gestures, the ways to a moment, the memory at
//! it, markers, and the recording's own figures.

mod gestures;
mod hand;
pub mod jumps;
mod layers;
pub mod limits;
mod mark_title;
pub mod markers;
pub mod moment;
mod names;
pub mod navigation;
pub mod opened;
pub mod panel;
pub mod recording;
mod rows;
mod shown_columns;
pub mod state;
mod track_texts;
pub mod tracks;
mod tracks_live;
mod tracks_paint;
