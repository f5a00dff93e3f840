//! All call stacks of a run as one tree from the root down, with frames of the same
//! function under the same caller as one node. It depends on the stacks alone, so that it
//! is made once for a run, whatever is measured.

use super::functions::{FunctionId, Functions};
use arenascope_trace::{FrameId, Site, Stacks};
use std::collections::HashMap;

/// Sites between two looks at the clock.
const SLICE: usize = 256;

/// A node of the skeleton; a parent comes before its children.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct NodeId(pub u32);

impl NodeId {
    /// Above all stacks.
    pub const ROOT: Self = Self(0);
    /// Where events without a call stack belong.
    pub const NO_STACK: Self = Self(1);
}

/// A function below a caller.
#[derive(Clone, Copy, Debug)]
pub(super) struct Node {
    /// The caller; of the root, itself.
    pub(super) parent: NodeId,
    pub(super) function: FunctionId,
    /// The first of its frames; `None` where there is none.
    pub(super) frame: Option<FrameId>,
    /// It has frames of several lines.
    pub(super) has_several: bool,
    /// No caller is the same function: only such nodes count for a function's total.
    pub(super) is_outermost: bool,
    /// The innermost frame up to here that does not allocate on behalf of others.
    owner: Option<NodeId>,
    first_child: Option<NodeId>,
    next_sibling: Option<NodeId>,
}

/// The tree.
#[derive(Clone, Debug)]
pub struct Skeleton {
    nodes: Vec<Node>,
    /// By site.
    of_site: Vec<NodeId>,
    /// While sites are taken in.
    known: HashMap<(NodeId, FunctionId), NodeId>,
}

impl Default for Skeleton {
    fn default() -> Self {
        let root = Node {
            parent: NodeId::ROOT,
            function: FunctionId::NO_STACK,
            frame: None,
            has_several: false,
            is_outermost: false,
            owner: None,
            first_child: None,
            next_sibling: None,
        };
        let mut skeleton = Self { nodes: vec![root], of_site: Vec::new(), known: HashMap::new() };
        let none = skeleton.child(NodeId::ROOT, FunctionId::NO_STACK, None, false);
        skeleton.of_site.push(none);
        skeleton
    }
}

impl Skeleton {
    /// Takes in sites while `has_time`, and a slice whether it has or not. True when all
    /// are in. O(depth) for each new node, O(1) for others.
    pub(super) fn advance(
        &mut self,
        stacks: &Stacks,
        functions: &Functions,
        has_time: &mut impl FnMut() -> bool,
    ) -> bool {
        loop {
            let at = self.of_site.len();
            for site in at..stacks.len().min(at + SLICE) {
                self.take(stacks, functions, Site(site as u32));
            }
            if self.of_site.len() >= stacks.len() {
                self.known = HashMap::new();
                return true;
            }
            if !has_time() {
                return false;
            }
        }
    }

    fn take(&mut self, stacks: &Stacks, functions: &Functions, site: Site) {
        let Some((caller, frame)) = stacks.node(site) else { return self.of_site.push(NodeId::NO_STACK) };
        let parent = if caller == Site::NONE { NodeId::ROOT } else { self.of_site[caller.0 as usize] };
        let function = functions.of(frame);
        let node = match self.known.get(&(parent, function)) {
            Some(known) => {
                let node = &mut self.nodes[known.0 as usize];
                node.has_several |= node.frame != Some(frame);
                *known
            }
            None => {
                let node = self.child(parent, function, Some(frame), functions.is_allocator(function));
                self.known.insert((parent, function), node);
                node
            }
        };
        self.of_site.push(node);
    }

    fn child(&mut self, parent: NodeId, function: FunctionId, frame: Option<FrameId>, allocates: bool) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let is_outermost = !self.callers(parent).any(|caller| self.nodes[caller.0 as usize].function == function);
        let caller = &mut self.nodes[parent.0 as usize];
        let next_sibling = caller.first_child.replace(id);
        let owner = if allocates { caller.owner } else { Some(id) };
        self.nodes.push(Node {
            parent,
            function,
            frame,
            has_several: false,
            is_outermost,
            owner,
            first_child: None,
            next_sibling,
        });
        id
    }

    /// This node and its callers, up to and without the root.
    pub(super) fn callers(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        let up = |node: &NodeId| Some(self.node(*node).parent);
        core::iter::successors(Some(node), up).take_while(|node| *node != NodeId::ROOT)
    }

    pub(super) fn node(&self, node: NodeId) -> &Node {
        &self.nodes[node.0 as usize]
    }

    /// The innermost frame up to a node that does not allocate on behalf of others; the
    /// node itself where all do.
    pub(super) fn owner(&self, node: NodeId) -> NodeId {
        self.node(node).owner.unwrap_or(node)
    }

    /// The node of a site that is taken in.
    pub(super) fn of_site(&self, site: usize) -> Option<NodeId> {
        self.of_site.get(site).copied()
    }

    /// Whom a node calls, in no order that means anything.
    pub(super) fn children(&self, node: NodeId) -> impl Iterator<Item = NodeId> + '_ {
        core::iter::successors(self.node(node).first_child, |child| self.node(*child).next_sibling)
    }

    /// How many sites are taken in.
    pub(super) const fn sites(&self) -> usize {
        self.of_site.len()
    }

    /// How many nodes there are.
    pub const fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True where there is no stack: only the root, and what has none.
    pub const fn is_empty(&self) -> bool {
        self.nodes.len() <= 2
    }
}
