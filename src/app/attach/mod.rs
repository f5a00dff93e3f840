//! Other pages, recorded as they go: who is there, the connections, and the dialog with the
//! ways in.

pub mod connecting;
pub mod dialog;
pub mod frame;
pub mod relayed;
pub mod state;
mod ways;
