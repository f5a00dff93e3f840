//! Ties arena, pool, budget and workload together: takes commands, steps the
//! scenario, asks the platform for device work, and publishes what happened.
//!
//! ```text
//! command ─┐                       ┌─ poll_request → platform
//! tick ────┼→ Session (run, arena) ┤
//! report ──┘                       └─ publish → Shared → page
//! ```

pub mod command;
pub mod config;
mod cookie;
pub mod crew;
mod device;
mod document;
mod engine;
mod host;
mod live;
pub mod mutator;
mod network;
mod notices;
mod pacing;
mod publish;
pub mod request;
mod run;
mod threads;

pub use engine::Session;
