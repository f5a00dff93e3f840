//! The whole engine on a virtual clock and a made-up platform.

mod budget;
mod faults;
mod measures;
mod mutators;
mod networks;
mod platform;
mod recorded;
mod scenarios;
mod snapshot;
