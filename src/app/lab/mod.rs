//! The Lab panel: what other policies, and the best packing, would have done with the run
//! that is shown.

mod asking;
pub mod drawing;
pub mod front;
pub mod going;
mod opening;
pub mod panel;
mod settings;
pub mod state;
pub mod table;

pub use asking::{answer, rows_of_keys};
