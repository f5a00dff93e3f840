//! The ranges of the payload in address order.

use super::allocator::id_of;
use super::layout::to_bytes;
use super::node::{Holding, NodeIndex};
use super::request::{Range, RangeState};
use super::space::Space;
use crate::units::Bytes;

/// Yields every range of an arena's payload. O(1) a step.
#[derive(Clone, Debug)]
pub struct Walk<'a> {
    space: &'a Space,
    next: Option<NodeIndex>,
    /// Steps left: a damaged chain ends, it does not go round.
    left: u32,
}

impl<'a> Walk<'a> {
    pub(super) fn new(space: &'a Space) -> Self {
        Self { space, next: space.table.first(), left: space.table.header().node_count }
    }
}

impl Iterator for Walk<'_> {
    type Item = Range;

    fn next(&mut self) -> Option<Range> {
        let node = self.next.filter(|_| self.left > 0)?;
        self.left -= 1;
        self.next = self.space.table.get(node)?.after;
        range(self.space, node)
    }
}

/// The range of a node; `None` where it is vacant or damaged.
pub(super) fn range(space: &Space, node: NodeIndex) -> Option<Range> {
    let entry = space.table.get(node)?;
    let state = if entry.is_free() {
        RangeState::Free
    } else {
        let Holding { requested, align_log2, owner, born } = entry.holding()?;
        let id = id_of(space, node, entry);
        let align = Bytes::new(1_u64.checked_shl(u32::from(align_log2))?);
        if entry.is_quarantined() {
            RangeState::Quarantined { id, owner }
        } else {
            RangeState::Used { id, requested: Bytes::from(requested), align, owner, born }
        }
    };
    Some(Range { offset: to_bytes(entry.start), size: to_bytes(entry.size), state })
}
