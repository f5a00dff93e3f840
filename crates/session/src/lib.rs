//! Ties arena, pool, budget and workload together: takes commands, steps the
//! scenario, asks the platform for device work, and publishes what happened.
//!
//! ```text
//! command ─┐                     ┌─ poll_request → platform
//! tick ────┼→ Session ── Outbox ─┼─ events, publish → Shared → recorder, page
//! report ──┘                     └─ take_notices → console
//! ```

mod argument;
mod budget_side;
mod charged_pool;
mod choice;
pub mod command;
pub mod config;
mod devices;
mod engine_arena;
mod events;
mod gpu;
mod ledger;
pub mod limits;
mod live;
pub mod manifest;
pub mod mutators;
mod nn;
mod notices;
mod outbox;
mod pacing;
mod payload;
mod publish;
mod ranges;
mod reclaiming;
pub mod request;
mod run;
mod session;
mod time;

pub use session::Session;
