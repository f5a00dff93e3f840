//! One free range made two.

use super::table::Table;
use super::tally::Tally;
use crate::layout::NodeIndex;

/// Cuts a free range in two free ones: the first `size` granules become the new one
/// that is given back. `None`, and nothing is done, where no slot is left. The index
/// is the policy's to keep.
pub(crate) fn split(table: &mut Table, tally: &mut Tally, node: NodeIndex, size: u32) -> Option<NodeIndex> {
    let (start, whole) = (table[node].start, table[node].size);
    let front = table.take(start, size)?;
    table.link_before(front, node);
    table[node].set_extent(start + size, whole - size);
    tally.remove_free(whole);
    tally.add_free(size);
    tally.add_free(whole - size);
    Some(front)
}
