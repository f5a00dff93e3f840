//! Seeded scenarios: what an engine asks for next. Pure: the same seed gives
//! the same operations on every machine.

pub mod scenario;
