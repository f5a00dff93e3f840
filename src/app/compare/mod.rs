//! The Compare panel: two open runs, two moments of one, or snapshots, side by side.

pub mod address;
pub mod asking;
pub mod choice;
pub mod documents;
pub mod flame;
pub mod head;
pub mod panel;
pub mod places;
pub mod rows;
pub mod showing;
pub mod state;
pub mod tables;
pub mod usage;
