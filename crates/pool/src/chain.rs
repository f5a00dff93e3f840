//! Lists through the slots of a table: each slot is in at most one list of a
//! chain, and every change at the usual place costs O(1).

/// What a list is sorted by: time and a count that tells ties apart.
pub(super) type Rank = (u64, u64);

/// A slot's neighbours, and its place in the order.
#[derive(Clone, Copy, Debug, Default)]
struct Node {
    before: Option<u32>,
    after: Option<u32>,
    rank: Rank,
}

/// Both ends of one list.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Ends {
    /// The least of them.
    pub(super) first: Option<u32>,
    /// The greatest of them.
    pub(super) last: Option<u32>,
    pub(super) count: u32,
}

/// The nodes of many lists over the same slots.
#[derive(Debug, Default)]
pub(super) struct Chain {
    nodes: Vec<Node>,
}

impl Chain {
    /// Puts a slot where its rank belongs. Searched from the greatest down,
    /// since what comes is nearly always the newest: O(1) then, else O(newer
    /// ones).
    pub(super) fn insert(&mut self, ends: &mut Ends, slot: u32, rank: Rank) {
        if self.nodes.len() <= slot as usize {
            self.nodes.resize(slot as usize + 1, Node::default());
        }
        let (mut before, mut after) = (ends.last, None);
        while let Some(other) = before
            && self.nodes[other as usize].rank > rank
        {
            (before, after) = (self.nodes[other as usize].before, Some(other));
        }
        self.nodes[slot as usize] = Node { before, after, rank };
        self.join(ends, before, Some(slot));
        self.join(ends, Some(slot), after);
        ends.count += 1;
    }

    /// Takes a slot out. O(1).
    pub(super) fn remove(&mut self, ends: &mut Ends, slot: u32) {
        let Node { before, after, .. } = self.nodes[slot as usize];
        self.join(ends, before, after);
        ends.count -= 1;
    }

    /// The slots of a list, least first.
    pub(super) fn iter(&self, ends: &Ends) -> impl Iterator<Item = u32> {
        std::iter::successors(ends.first, |slot| self.nodes[*slot as usize].after)
    }

    /// The rank that a slot was inserted with.
    pub(super) fn rank(&self, slot: u32) -> Rank {
        self.nodes[slot as usize].rank
    }

    fn join(&mut self, ends: &mut Ends, before: Option<u32>, after: Option<u32>) {
        match before {
            Some(slot) => self.nodes[slot as usize].after = after,
            None => ends.first = after,
        }
        match after {
            Some(slot) => self.nodes[slot as usize].before = before,
            None => ends.last = before,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_sorted_however_it_was_filled_and_emptied() {
        let (mut chain, mut ends, mut other) = (Chain::default(), Ends::default(), Ends::default());
        for (slot, time) in [(0, 5), (1, 7), (2, 6), (3, 1), (5, 9)] {
            chain.insert(&mut ends, slot, (time, u64::from(slot)));
        }
        chain.insert(&mut other, 4, (0, 0));
        assert_eq!(chain.iter(&ends).collect::<Vec<_>>(), [3, 0, 2, 1, 5]);
        for (gone, left) in [(0, vec![3, 2, 1, 5]), (5, vec![3, 2, 1]), (3, vec![2, 1]), (2, vec![1]), (1, vec![])] {
            chain.remove(&mut ends, gone);
            assert_eq!(chain.iter(&ends).collect::<Vec<_>>(), left);
            assert_eq!((ends.first, ends.last), (left.first().copied(), left.last().copied()));
        }
        assert_eq!((ends, other.count), (Ends::default(), 1));
    }

    #[test]
    fn equal_ranks_keep_the_order_of_arrival() {
        let (mut chain, mut ends) = (Chain::default(), Ends::default());
        [2, 0, 1].into_iter().for_each(|slot| chain.insert(&mut ends, slot, (1, 1)));
        assert_eq!(chain.iter(&ends).collect::<Vec<_>>(), [2, 0, 1]);
    }
}
