//! The engine as the page sees it: its launch, its commands, the console's lines, and the
//! pulse that brings its figures into the page's state.

pub mod console;
pub mod launch;
pub mod pulse;
pub mod recordings;
pub mod rpc;
