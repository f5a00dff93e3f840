//! The node table: vacant slots, and the chain of ranges in address order.
//!
//! Everything that the table knows lies in the region: the chain's ends and the
//! vacant slots in the header, the links in the nodes. All operations are O(1).

use crate::layout::NodeIndex;
use crate::nodes::division::{Division, Header, MAGIC, VERSION};
use crate::nodes::memory::Memory;
use crate::nodes::node::Node;
use crate::region::Region;
use arenascope_units::Bytes;
use core::ops::{Index, IndexMut};

/// The nodes of one region.
#[derive(Debug)]
pub(crate) struct Table {
    memory: Memory,
}

impl Table {
    /// Formats `region` for `arena`: every slot vacant, no ranges. O(nodes).
    pub(crate) fn format(region: Region, arena: u32) -> Self {
        Self::format_memory(Memory::divide(region), arena)
    }

    /// The same over memory that is divided already, and clear.
    pub(crate) fn format_memory(mut memory: Memory, arena: u32) -> Self {
        let Division { capacity, node_count, .. } = *memory.division();
        *memory.header_mut() = Header {
            magic: MAGIC,
            version: VERSION,
            arena,
            epoch: 0,
            capacity,
            node_count,
            touched: 0,
            vacant: None,
            vacant_count: 0,
            first: None,
            reserved: [0; 5],
        };
        Self { memory }
    }

    /// Forgets every range and starts the next epoch. O(1): slots keep their
    /// generations, and those not yet handed out again are out of reach.
    pub(crate) fn clear(&mut self) {
        let header = self.memory.header_mut();
        header.epoch = header.epoch.wrapping_add(1);
        header.touched = 0;
        header.vacant = None;
        header.vacant_count = 0;
        header.first = None;
    }

    pub(crate) fn header(&self) -> &Header {
        self.memory.header()
    }

    pub(crate) const fn division(&self) -> &Division {
        self.memory.division()
    }

    pub(crate) const fn memory(&self) -> &Memory {
        &self.memory
    }

    pub(crate) const fn memory_mut(&mut self) -> &mut Memory {
        &mut self.memory
    }

    pub(crate) fn into_memory(self) -> Memory {
        self.memory
    }

    /// The bytes of header and node table.
    pub(crate) const fn metadata(&self) -> Bytes {
        Bytes::new(self.memory.division().payload)
    }

    /// A node that has been handed out in this epoch; `None` for any other index.
    pub(crate) fn get(&self, index: NodeIndex) -> Option<&Node> {
        if index.slot() < self.header().touched { self.memory.nodes().get(index.slot() as usize) } else { None }
    }

    /// Slots that can be taken.
    pub(crate) fn vacant_count(&self) -> u32 {
        let header = self.header();
        header.vacant_count + (header.node_count - header.touched)
    }

    /// Slots that ranges take.
    pub(crate) fn taken_count(&self) -> u32 {
        let header = self.header();
        header.touched - header.vacant_count
    }

    /// Granules of the payload.
    pub(crate) const fn payload_granules(&self) -> u32 {
        self.division().end_granule() - self.division().first_granule()
    }

    /// The range at the payload's start.
    pub(crate) fn first(&self) -> Option<NodeIndex> {
        self.header().first
    }

    /// The nodes of the chain, in address order. A damaged chain ends, it does not go
    /// round.
    pub(crate) fn chain(&self) -> impl Iterator<Item = NodeIndex> {
        let known = |node: &NodeIndex| self.get(*node).is_some();
        let after = move |&node: &NodeIndex| self[node].after.filter(known);
        core::iter::successors(self.first().filter(known), after).take(self.header().node_count as usize)
    }

    /// Takes a vacant slot and makes it the free range of `size` granules at
    /// `start`, linked to nothing; `None` where no slot is left. The slot vacated
    /// last is taken first, so hot nodes stay together.
    pub(crate) fn take(&mut self, start: u32, size: u32) -> Option<NodeIndex> {
        let index = self.take_slot()?;
        let node = &mut self[index];
        (node.start, node.size, node.before, node.after) = (start, size, None, None);
        node.set_free();
        Some(index)
    }

    /// Takes a vacant slot, whatever it holds.
    #[inline]
    pub(crate) fn take_slot(&mut self) -> Option<NodeIndex> {
        self.take_vacant().or_else(|| self.take_untouched())
    }

    #[inline]
    fn take_vacant(&mut self) -> Option<NodeIndex> {
        let index = self.header().vacant?;
        let after = self[index].after;
        let header = self.memory.header_mut();
        header.vacant = after;
        header.vacant_count -= 1;
        Some(index)
    }

    #[inline]
    fn take_untouched(&mut self) -> Option<NodeIndex> {
        let header = self.memory.header_mut();
        if header.touched == header.node_count {
            return None;
        }
        let index = NodeIndex::from_slot(header.touched)?;
        header.touched += 1;
        Some(index)
    }

    /// Puts a range at the start of an empty chain.
    pub(crate) fn link_first(&mut self, index: NodeIndex) {
        self.memory.header_mut().first = Some(index);
    }

    /// Links `index` into the chain in front of `behind`.
    pub(crate) fn link_before(&mut self, index: NodeIndex, behind: NodeIndex) {
        let (front, mark) = (self[behind].before, self[behind].mark);
        let node = &mut self[index];
        (node.before, node.after, node.mark) = (front, Some(behind), mark);
        self[behind].before = Some(index);
        self.set_after(front, Some(index));
    }

    /// Links `index` into the chain behind `front`.
    pub(crate) fn link_after(&mut self, index: NodeIndex, front: NodeIndex) {
        let (behind, mark) = (self[front].after, self[front].mark);
        let node = &mut self[index];
        (node.before, node.after, node.mark) = (Some(front), behind, mark);
        self[front].after = Some(index);
        if let Some(behind) = behind {
            self[behind].before = Some(index);
        }
    }

    /// Makes `index` the range of `size` granules at `start`, in the chain in front of
    /// `behind`.
    #[inline]
    pub(crate) fn link_used(&mut self, index: NodeIndex, behind: NodeIndex, start: u32, size: u32) {
        let front = self[behind].before.replace(index);
        let node = &mut self[index];
        node.set_extent(start, size);
        (node.before, node.after) = (front, Some(behind));
        self.set_after(front, Some(index));
    }

    /// Takes `index` out of the chain and makes its slot vacant.
    #[inline]
    pub(crate) fn unlink(&mut self, index: NodeIndex) {
        let (front, behind) = (self[index].before, self[index].after);
        self.set_after(front, behind);
        if let Some(behind) = behind {
            self[behind].before = front;
        }
        let vacant = self.header().vacant;
        self[index].set_vacant();
        self[index].after = vacant;
        let header = self.memory.header_mut();
        header.vacant = Some(index);
        header.vacant_count += 1;
    }

    #[inline]
    fn set_after(&mut self, front: Option<NodeIndex>, behind: Option<NodeIndex>) {
        match front {
            Some(front) => self[front].after = behind,
            None => self.memory.header_mut().first = behind,
        }
    }

    /// True where the neighbours of `index` name it and touch it.
    #[inline]
    pub(crate) fn is_linked(&self, index: NodeIndex) -> bool {
        let Some(node) = self.get(index) else { return false };
        let front = match node.before {
            Some(front) => {
                self.get(front).is_some_and(|it| it.after == Some(index) && it.end() == u64::from(node.start))
            }
            None => self.first() == Some(index) && node.start == self.division().first_granule(),
        };
        let behind = match node.after {
            Some(behind) => {
                self.get(behind).is_some_and(|it| it.before == Some(index) && node.end() == u64::from(it.start))
            }
            None => node.end() == u64::from(self.division().end_granule()),
        };
        front && behind
    }
}

impl Index<NodeIndex> for Table {
    type Output = Node;

    fn index(&self, index: NodeIndex) -> &Node {
        &self.memory.nodes()[index.slot() as usize]
    }
}

impl IndexMut<NodeIndex> for Table {
    fn index_mut(&mut self, index: NodeIndex) -> &mut Node {
        &mut self.memory.nodes_mut()[index.slot() as usize]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table() -> Table {
        Table::format(Region::reserve_pages(1).unwrap(), 1)
    }

    #[test]
    fn slots_come_back_last_in_first_out() {
        let mut table = table();
        let all = table.vacant_count();
        let a = table.take(0, 1).unwrap();
        let b = table.take(1, 1).unwrap();
        table.link_first(b);
        table.link_before(a, b);
        assert_eq!(table.vacant_count(), all - 2);
        table.unlink(a);
        assert_eq!(table.first(), Some(b));
        assert_eq!(table.take(0, 1), Some(a));
    }

    #[test]
    fn a_full_table_gives_none_and_a_cleared_one_gives_all_again() {
        let mut table = table();
        let taken = core::iter::from_fn(|| table.take(0, 1)).count();
        assert_eq!(taken, 21);
        assert_eq!(table.vacant_count(), 0);
        table.clear();
        assert_eq!((table.vacant_count(), table.header().epoch), (21, 1));
        assert!(table.get(NodeIndex::from_slot(0).unwrap()).is_none());
    }
}
