//! What the arena says of itself in numbers.

pub(crate) mod measures;
pub(crate) mod refusals;
pub(crate) mod statistics;
pub(crate) mod waste;
