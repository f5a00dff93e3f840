//! Ties arena, pool, budget and workload together: takes commands, steps the
//! scenario, asks the platform for device work, and publishes what happened.
//!
//! ```text
//! command ─┐                       ┌─ poll_request → platform
//! tick ────┼→ Session (run, arena) ┤
//! report ──┘                       └─ publish → Shared → page
//! ```

mod budget_events;
pub mod command;
pub mod config;
mod device;
mod document;
mod engine;
mod host;
pub mod limits;
mod live;
mod network;
mod notices;
mod pacing;
mod publish;
pub mod request;
mod run;

pub use engine::Session;
