//! The whole engine on a virtual clock and a made-up platform.

mod budget;
mod faults;
mod measures;
mod networks;
mod platform;
mod scenarios;
mod snapshot;
