//! What runs on the other threads: the engine, the recorder of its events, the
//! mutators beside it, the measurement of throughput, the reading of documents, the
//! comparing of runs, the rows of the laboratory, the reading of other tools' recordings,
//! and what probes of other pages tell.

mod archive;
pub mod attached;
mod blob_source;
pub mod comparer;
pub mod documents;
pub mod engine;
mod executor;
pub mod exporter;
mod heartbeat;
pub mod importer;
pub mod lab;
mod link;
pub mod mutator;
pub mod recorder;
pub mod throughput;
