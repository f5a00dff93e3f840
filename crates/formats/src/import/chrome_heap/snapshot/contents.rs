//! What a snapshot holds, as far as it is wanted.

use super::meta::Meta;
use super::nodes::{Names, Node};
use super::trace::Trace;

/// Everything that is kept of a file.
#[derive(Debug, Default)]
pub(super) struct Snapshot {
    pub(super) meta: Meta,
    /// Objects with a size.
    pub(super) nodes: Vec<Node>,
    pub(super) trace: Trace,
    /// Timestamp, µs, and the last id that was assigned by then.
    pub(super) samples: Vec<(u64, u64)>,
    pub(super) names: Names,
}
