//! The whole engine on a virtual clock and a made-up platform.

mod bench;
mod budget;
mod faults;
mod measures;
mod mutators;
mod networks;
mod one_meaning;
mod platform;
mod recorded;
mod scenarios;
mod what_if;
