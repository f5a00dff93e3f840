//! The ranges, as nodes that lie in the region itself.

pub(crate) mod division;
#[expect(unsafe_code, reason = "turns the region's bytes into values; see the SAFETY comments")]
pub(crate) mod memory;
pub(crate) mod node;
pub(crate) mod split;
pub(crate) mod table;
pub(crate) mod tally;
