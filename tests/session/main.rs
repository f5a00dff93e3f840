//! The whole engine on a virtual clock and a made-up platform.

mod mutators;
mod platform;
mod recorded;
mod scenarios;
mod snapshot;
