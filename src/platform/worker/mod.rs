//! What runs on the other threads: the engine, and the recorder of its events.

pub mod engine;
mod executor;
pub mod recorder;
