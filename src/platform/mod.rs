//! The web: workers on one shared memory, the clock, WebGPU and WebNN, files.
//! The only floor that names `wgpu`, WebNN or browser workers.

pub mod attach;
pub mod clock;
pub mod comparer;
mod device;
pub mod documents;
#[expect(unsafe_code, reason = "takes rings from threads that have ended; see the SAFETY comments")]
pub mod engine;
pub mod exporter;
pub mod failure;
mod file_jobs;
pub mod importer;
pub mod lab;
pub mod memory;
mod network;
pub mod panic;
pub mod runs;
#[expect(unsafe_code, reason = "takes rings from threads that have ended; see the SAFETY comments")]
mod shared;
mod storage;
mod thread;
pub mod throughput;
pub mod worker;
pub mod writings;
