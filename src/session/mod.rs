//! Ties arena, pool, budget and workload together: takes commands, steps the
//! scenario, asks the platform for device work, and publishes what happened.

pub mod command;
pub mod config;
