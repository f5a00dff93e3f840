//! Making a range larger or smaller where it is.

use super::SplitCoalesce;
use crate::layout::NodeIndex;
use crate::policy::index::Policy;

/// Why a range was left as it was.
#[derive(Clone, Copy, Debug)]
pub(crate) enum NoResize {
    /// As many granules could be had.
    NoRoom(u32),
    NoNodes,
}

impl<P: Policy> SplitCoalesce<'_, P> {
    pub(crate) fn resize(&mut self, node: NodeIndex, requested: u32) -> Result<(), NoResize> {
        let align = self.table[node].align();
        let (old, old_requested) = (self.table[node].size, self.table[node].requested());
        let wanted = self.policy.granules(requested, align);
        let size = if wanted > old {
            self.take_behind(node, wanted)?
        } else if P::CASCADES || self.policy.keeps(node, old - wanted) {
            old
        } else {
            self.give_behind(node, wanted)?
        };
        let entry = &mut self.table[node];
        entry.size = size;
        entry.set_requested(requested);
        self.tally.remove_used(old, old_requested);
        self.tally.add_used(size, requested);
        Ok(())
    }

    /// Takes what `node` lacks to `size` from the free range behind it.
    fn take_behind(&mut self, node: NodeIndex, size: u32) -> Result<u32, NoResize> {
        let lack = size - self.table[node].size;
        let mut behind = self.joinable_behind(node);
        if behind.is_none() && self.join_waiting() {
            behind = self.joinable_behind(node);
        }
        let room = behind.map_or(0, |behind| self.table[behind].size);
        let Some(behind) = behind.filter(|_| room >= lack) else {
            return Err(NoResize::NoRoom(self.table[node].size + room));
        };
        if room == lack {
            self.absorb(behind);
        } else {
            self.grow(behind, self.table[behind].start + lack, room - lack);
        }
        Ok(size)
    }

    /// Gives what `node` has beyond `size` to the free range behind it, or makes one.
    fn give_behind(&mut self, node: NodeIndex, size: u32) -> Result<u32, NoResize> {
        let rest = self.table[node].size - size;
        let start = self.table[node].start + size;
        if rest == 0 {
            return Ok(size);
        }
        if let Some(behind) = self.joinable_behind(node) {
            self.grow(behind, start, self.table[behind].size + rest);
            return Ok(size);
        }
        let free = self.table.take(start, rest).ok_or(NoResize::NoNodes)?;
        self.table.link_after(free, node);
        self.policy.insert(self.table, free);
        self.tally.add_free(rest);
        Ok(size)
    }

    /// The free range behind, if it may be had: not of a policy with blocks.
    fn joinable_behind(&self, node: NodeIndex) -> Option<NodeIndex> {
        self.table[node].after.filter(|&behind| !P::CASCADES && self.joins(node, behind))
    }
}
