//! What all policies share: cutting an allocation out of a free
//! range, and joining what is freed with its neighbours.
//!
//! Generic over the policy, so that each one gets code of its own with its search
//! inlined. A cut is planned first, so that a refusal leaves everything as it was.

use crate::nodes::tally::Tally;
mod resize;
pub(crate) mod space;

pub(crate) use self::resize::NoResize;
use crate::layout::{GRANULE_BYTES, NodeIndex};
use crate::nodes::table::Table;
use crate::policy::index::{Fit, NoPlace, Policy};
use crate::request::Request;

/// What an operation works on.
pub(crate) struct SplitCoalesce<'a, P> {
    pub(crate) table: &'a mut Table,
    pub(crate) tally: &'a mut Tally,
    pub(crate) policy: &'a mut P,
}

/// How an allocation will be cut out of a free range, in granules: pad, then the
/// allocation, then the rest.
#[derive(Clone, Copy, Debug)]
struct Cut {
    from: NodeIndex,
    /// Where the free range starts, pad included.
    whole: u32,
    /// Given to the free range in front, or a free range of its own.
    pad: u32,
    /// The free neighbour in front that takes the pad.
    pad_to: Option<NodeIndex>,
    size: u32,
    rest: u32,
}

impl Cut {
    const fn nodes_needed(&self) -> u32 {
        (self.rest > 0) as u32 + (self.pad > 0 && self.pad_to.is_none()) as u32
    }
}

impl<P: Policy> SplitCoalesce<'_, P> {
    /// Makes the payload free; the table is empty.
    pub(crate) fn start(&mut self) {
        let division = self.table.division();
        let (start, end) = (division.first_granule(), division.end_granule());
        // The smallest region has 21 slots, all of them vacant here.
        let Some(whole) = self.table.take(start, end - start) else { return };
        self.table.link_first(whole);
        self.tally.add_free(end - start);
        self.policy.start(self.table, self.tally, whole);
    }

    /// Places `request`, which has passed its checks, and records its holder. That it is
    /// used, or lent, is the caller's to count.
    ///
    /// The request comes by reference, down to the node: a copy of it would be
    /// written in small parts and read in large ones, which stalls the processor.
    #[inline(always)]
    pub(crate) fn place(&mut self, request: &Request) -> Result<NodeIndex, NoPlace> {
        // Checked: at most 1 GiB and 64 KiB, so both fit 32 bits.
        let (requested, align) = (request.size.get() as u32, request.align.get() as u32);
        let size = self.policy.granules(requested, align);
        let fit = Fit { size, align: align.div_ceil(GRANULE_BYTES) };
        if let Some(node) = self.policy.take_waiting(self.table, fit) {
            self.tally.remove_free(size);
            self.table[node].set_used(request);
            return Ok(node);
        }
        let found = self.policy.find(self.table, fit);
        if !P::CASCADES
            && let Some(from) = found
            && let Some(node) = self.carve(from, fit, request)
        {
            return Ok(node);
        }
        place_slowly(self.table, self.tally, self.policy, request, fit, found)
    }

    /// The most frequent cut, with as few looks at the nodes as can be: the
    /// allocation is the front of a larger range and needs no pad. `None`, and
    /// nothing is done, where it is another one.
    #[inline(always)]
    fn carve(&mut self, from: NodeIndex, fit: Fit, request: &Request) -> Option<NodeIndex> {
        let entry = &self.table[from];
        let (start, whole) = (entry.start, entry.size);
        let rest = whole - fit.size.min(whole);
        if fit.pad(start) != 0 || rest == 0 || self.policy.keeps(from, rest) {
            return None;
        }
        let used = self.table.take_slot()?;
        self.table.link_used(used, from, start, fit.size);
        self.table[used].set_used(request);
        self.table[from].set_extent(start + fit.size, rest);
        self.policy.shrink(self.table, from);
        self.tally.replace_free(whole, rest);
        self.policy.placed(start + fit.size);
        Some(used)
    }

    /// Places a request in the range found, or in what waits, or refuses it.
    fn place_slowly(&mut self, request: &Request, fit: Fit, found: Option<NodeIndex>) -> Result<NodeIndex, NoPlace> {
        let mut cut = self.cut_out(fit, found);
        if cut.is_err() && self.join_waiting() {
            let found = self.policy.find(self.table, fit);
            cut = self.cut_out(fit, found);
        }
        let node = cut?;
        let size = self.table[node].size;
        self.table[node].set_used(request);
        self.policy.placed(self.table[node].start + size);
        Ok(node)
    }

    fn cut_out(&mut self, fit: Fit, found: Option<NodeIndex>) -> Result<NodeIndex, NoPlace> {
        let from = self.policy.isolate(self.table, self.tally, found.ok_or(NoPlace::NoRoom)?, fit)?;
        let cut = self.plan(from, fit);
        let needed = cut.nodes_needed();
        if needed > self.table.vacant_count() {
            return Err(NoPlace::NoNodes { needed });
        }
        self.apply(cut).ok_or(NoPlace::NoNodes { needed })
    }

    fn plan(&self, from: NodeIndex, fit: Fit) -> Cut {
        let node = &self.table[from];
        let (whole, pad) = (node.start, fit.pad(node.start));
        let rest = node.size - pad - fit.size;
        let pad_to = if pad > 0 { node.before.filter(|&front| self.joins(from, front)) } else { None };
        let (size, rest) = if self.policy.keeps(from, rest) { (fit.size + rest, 0) } else { (fit.size, rest) };
        Cut { from, whole, pad, pad_to, size, rest }
    }

    /// The node of the allocation: the range's own where nothing is left behind
    /// it, else a new one in front, so that the rest keeps its place in the index.
    fn apply(&mut self, cut: Cut) -> Option<NodeIndex> {
        self.tally.remove_free(cut.pad + cut.size + cut.rest);
        let start = cut.whole + cut.pad;
        let used = if cut.rest == 0 { self.take_whole(cut, start) } else { self.take_front(cut, start)? };
        if cut.pad > 0 {
            self.give_pad(cut, used)?;
        }
        Some(used)
    }

    fn take_whole(&mut self, cut: Cut, start: u32) -> NodeIndex {
        self.policy.remove(self.table, cut.from);
        let node = &mut self.table[cut.from];
        (node.start, node.size) = (start, cut.size);
        cut.from
    }

    fn take_front(&mut self, cut: Cut, start: u32) -> Option<NodeIndex> {
        let used = self.table.take(start, cut.size)?;
        self.table.link_before(used, cut.from);
        let rest = &mut self.table[cut.from];
        (rest.start, rest.size) = (start + cut.size, cut.rest);
        self.policy.shrink(self.table, cut.from);
        self.tally.add_free(cut.rest);
        Some(used)
    }

    fn give_pad(&mut self, cut: Cut, used: NodeIndex) -> Option<()> {
        if let Some(front) = cut.pad_to {
            self.grow(front, self.table[front].start, self.table[front].size + cut.pad);
            return Some(());
        }
        let pad = self.table.take(cut.whole, cut.pad)?;
        self.table.link_before(pad, used);
        self.policy.insert(self.table, pad);
        self.tally.add_free(cut.pad);
        Some(())
    }

    /// Frees an allocation, or what was lent, and joins it with its free neighbours; false, and nothing
    /// is done, where its links are damaged. O(1) but for the policy's index.
    #[inline(always)]
    pub(crate) fn vacate(&mut self, node: NodeIndex) -> bool {
        let size = self.table[node].size;
        if self.policy.keep_waiting(self.table, node) {
            self.table[node].set_free();
            self.tally.add_free(size);
            if self.policy.waits_too_long(self.table) {
                join_waiting(self.table, self.tally, self.policy);
            }
            return true;
        }
        if !self.table.is_linked(node) {
            return false;
        }
        self.table[node].set_free();
        if P::CASCADES {
            self.settle(node);
        } else {
            self.join(node);
        }
        self.policy.settle(self.table);
        true
    }

    /// Joins all that waits; true where anything did. O(what waits).
    pub(crate) fn join_waiting(&mut self) -> bool {
        let mut joined = false;
        while let Some(node) = self.policy.end_waiting(self.table) {
            joined = true;
            self.tally.remove_free(self.table[node].size);
            if self.table.is_linked(node) {
                self.join(node);
            } else {
                // Damaged: left alone, for the audit to report.
                self.policy.insert(self.table, node);
                self.tally.add_free(self.table[node].size);
            }
        }
        joined
    }

    /// Joins a freed range with the free neighbours on both sides.
    fn join(&mut self, node: NodeIndex) {
        let it = &self.table[node];
        let (start, size) = (it.start, it.size);
        let front = it.before.filter(|&front| self.joins(node, front));
        let behind = it.after.filter(|&behind| self.joins(node, behind));
        match (front, behind) {
            (Some(front), Some(behind)) => {
                let last = self.absorb(behind);
                self.table.unlink(node);
                self.grow(front, self.table[front].start, self.table[front].size + size + last);
            }
            (Some(front), None) => {
                self.table.unlink(node);
                self.grow(front, self.table[front].start, self.table[front].size + size);
            }
            (None, Some(behind)) => {
                self.table.unlink(node);
                self.grow(behind, start, size + self.table[behind].size);
            }
            (None, None) => {
                self.policy.insert(self.table, node);
                self.tally.add_free(size);
            }
        }
    }

    /// Puts a freed range into the index and joins pairs as long as the policy
    /// finds one: each join may make the next one possible.
    fn settle(&mut self, freed: NodeIndex) {
        self.policy.insert(self.table, freed);
        self.tally.add_free(self.table[freed].size);
        let mut node = freed;
        loop {
            self.policy.ripen(self.table, node);
            let (before, after) = (self.table[node].before, self.table[node].after);
            if let Some(behind) = after.filter(|&behind| self.joins(node, behind)) {
                self.join_pair(node, behind);
            } else if let Some(front) = before.filter(|&front| self.joins(node, front)) {
                self.join_pair(front, node);
                node = front;
            } else {
                return;
            }
        }
    }

    /// Makes two free neighbours one, under the name of the first.
    fn join_pair(&mut self, front: NodeIndex, behind: NodeIndex) {
        let last = self.absorb(behind);
        self.grow(front, self.table[front].start, self.table[front].size + last);
    }

    pub(crate) fn joins(&self, node: NodeIndex, neighbour: NodeIndex) -> bool {
        self.table[neighbour].is_free() && self.policy.may_join(self.table, node, neighbour)
    }

    /// Takes a free range out of everything; gives its size.
    pub(crate) fn absorb(&mut self, node: NodeIndex) -> u32 {
        let size = self.table[node].size;
        self.tally.remove_free(size);
        self.policy.remove(self.table, node);
        self.table.unlink(node);
        size
    }

    pub(crate) fn grow(&mut self, node: NodeIndex, start: u32, size: u32) {
        self.tally.remove_free(self.table[node].size);
        (self.table[node].start, self.table[node].size) = (start, size);
        self.policy.resize(self.table, node);
        self.tally.add_free(size);
    }
}

// Out of line, so that the frequent cases keep their values in registers.

#[inline(never)]
fn place_slowly<P: Policy>(
    table: &mut Table,
    tally: &mut Tally,
    policy: &mut P,
    request: &Request,
    fit: Fit,
    found: Option<NodeIndex>,
) -> Result<NodeIndex, NoPlace> {
    SplitCoalesce { table, tally, policy }.place_slowly(request, fit, found)
}

#[cold]
fn join_waiting<P: Policy>(table: &mut Table, tally: &mut Tally, policy: &mut P) {
    SplitCoalesce { table, tally, policy }.join_waiting();
}
