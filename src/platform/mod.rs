//! The web: workers on one shared memory, the clock, WebGPU and WebNN, files.
//! The only floor that names `wgpu`, WebNN or browser workers.

pub mod bench;
pub mod clock;
mod device;
pub mod engine;
pub mod failure;
pub mod memory;
mod network;
pub mod panic;
mod shared;
mod storage;
mod thread;
pub mod worker;
