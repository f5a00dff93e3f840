//! Ties arena, pool, budget and workload together: takes commands, steps the
//! scenario, asks the platform for device work, and publishes what happened.
//!
//! ```text
//! command ─┐                       ┌─ poll_request → platform
//! tick ────┼→ Session (run, arena) ┤
//! report ──┘                       └─ publish → Shared → page
//! ```

mod arena_log;
mod budget_events;
pub mod command;
pub mod config;
mod cookie;
pub mod crew;
mod device;
mod document;
mod engine;
mod guard;
mod host;
mod ladder;
pub mod limits;
mod live;
pub mod mutator;
mod network;
mod notices;
mod pacing;
mod pool_detail;
mod publish;
mod publish_pool;
pub mod request;
mod run;
mod staging;
mod tensors;
mod threads;

pub use engine::Session;
