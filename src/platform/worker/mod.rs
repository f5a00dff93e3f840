//! What runs on the other threads: the engine, the recorder of its events, the
//! mutators beside it, and the measurement of throughput.

mod archive;
pub mod engine;
mod executor;
mod link;
pub mod mutator;
pub mod recorder;
pub mod throughput;
