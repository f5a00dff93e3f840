//! Sums on the skeleton: what came from each node itself, and with all that it calls.

use super::skeleton::{NodeId, Skeleton};
use super::sums::Sums;

/// Sites or nodes between two looks at the clock.
const SLICE: usize = 1_024;
/// Sums set to zero between two looks.
const ROOM: usize = 16_384;

/// From which end of the stacks the graph grows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Direction {
    /// From the root to those that allocate.
    #[default]
    Callees,
    /// From those that allocate to their callers. Frames that only allocate on behalf of
    /// others are left out.
    Callers,
}

impl Direction {
    /// The other one.
    #[must_use]
    pub const fn turned(self) -> Self {
        match self {
            Self::Callees => Self::Callers,
            Self::Callers => Self::Callees,
        }
    }
}

/// The sums, on their way first.
#[derive(Clone, Debug)]
pub struct Weighed {
    direction: Direction,
    own: Vec<Sums>,
    total: Vec<Sums>,
    /// Sites that are added up.
    sites: usize,
    /// Nodes below this one are not added to their callers yet.
    nodes: usize,
}

impl Weighed {
    /// Of a skeleton that is whole, with nothing added up.
    pub(super) fn new(skeleton: &Skeleton, direction: Direction) -> Self {
        let nodes = skeleton.len();
        let none = || Vec::with_capacity(nodes);
        Self { direction, own: none(), total: none(), sites: 0, nodes }
    }

    /// Adds up while `has_time`, and a slice whether it has or not; `sites` by number of
    /// the site. True when all is added up. O(sites + nodes).
    pub(super) fn advance(&mut self, skeleton: &Skeleton, sites: &[Sums], has_time: &mut impl FnMut() -> bool) -> bool {
        loop {
            if self.own.len() < skeleton.len() {
                self.make_room(skeleton.len());
            } else if self.sites < sites.len() {
                self.add_sites(skeleton, sites);
            } else if self.nodes > 0 {
                self.add_nodes(skeleton);
            } else {
                return true;
            }
            if !has_time() {
                return self.sites >= sites.len() && self.nodes == 0;
            }
        }
    }

    /// To set millions of sums to zero takes longer than a frame has.
    fn make_room(&mut self, nodes: usize) {
        let end = nodes.min(self.own.len() + ROOM);
        self.own.resize(end, Sums::default());
        self.total.resize(end, Sums::default());
    }

    fn add_sites(&mut self, skeleton: &Skeleton, sites: &[Sums]) {
        let end = sites.len().min(self.sites + SLICE);
        for (site, sums) in (self.sites..end).zip(&sites[self.sites..end]).filter(|(_, sums)| !sums.is_zero()) {
            // A site that the tables do not know has no stack.
            let tip = skeleton.of_site(site).unwrap_or(NodeId::NO_STACK);
            let tip = if self.direction == Direction::Callers { skeleton.owner(tip) } else { tip };
            self.own[tip.0 as usize] += *sums;
        }
        self.sites = end;
    }

    fn add_nodes(&mut self, skeleton: &Skeleton) {
        // Children come after their callers: from the last, each total is whole.
        let start = self.nodes.saturating_sub(SLICE);
        for node in (start..self.nodes).rev() {
            let total = self.total[node] + self.own[node];
            self.total[node] = total;
            if node > 0 {
                self.total[skeleton.node(NodeId(node as u32)).parent.0 as usize] += total;
            }
        }
        self.nodes = start;
    }

    /// From which end the graph of it grows.
    pub const fn direction(&self) -> Direction {
        self.direction
    }

    /// What came from a node itself.
    pub fn own(&self, node: NodeId) -> Sums {
        self.own[node.0 as usize]
    }

    /// What came from a node and all that it calls.
    pub fn total(&self, node: NodeId) -> Sums {
        self.total[node.0 as usize]
    }

    /// Nodes from which something came themselves, callers first. O(nodes).
    pub(super) fn tips(&self) -> impl Iterator<Item = (NodeId, Sums)> + '_ {
        let nodes = (0..).map(NodeId).zip(self.own.iter().copied());
        nodes.filter(|(_, own)| !own.is_zero())
    }
}
