//! The graph's frames, as far as somebody looks: a frame's children are found when they
//! are asked for.

use super::functions::FunctionId;
use super::measure::Measure;
use super::skeleton::{NodeId, Skeleton};
use super::sums::Sums;
use super::weighed::{Direction, Weighed};
use arenascope_trace::FrameId;
use core::cmp::Reverse;

/// A frame of the graph.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameNode(pub u32);

impl FrameNode {
    /// Everything.
    pub const ROOT: Self = Self(0);
}

/// What is known of a frame.
#[derive(Clone, Debug)]
pub struct Shown {
    /// The frame above it on screen; of the root, itself.
    pub parent: FrameNode,
    /// Its function.
    pub function: FunctionId,
    /// Its frame, or the first of several; `None` of the root and of no stack.
    pub frame: Option<FrameId>,
    /// It stands for frames of several lines.
    pub has_several: bool,
    /// What came from it itself. From callers of others nothing does.
    pub own: Sums,
    /// What came from it and all below it on screen.
    pub total: Sums,
    /// Frames above it, the root included.
    pub depth: u32,
    whence: Whence,
    /// Largest first; `None` until they are asked for.
    children: Option<Box<[FrameNode]>>,
}

/// Where a frame's children are found.
#[derive(Clone, Debug)]
enum Whence {
    /// Below a node of the skeleton.
    Below(NodeId),
    /// Above nodes of the skeleton, each with what came through it.
    Above(Box<[(NodeId, Sums)]>),
}

/// The frames that were asked for.
#[derive(Clone, Debug)]
pub struct Tree {
    measure: Measure,
    frames: Vec<Shown>,
}

impl Tree {
    /// Of sums that are whole: the root alone. O(nodes) for callers, else O(1).
    pub fn new(weighed: &Weighed, measure: Measure) -> Self {
        let whence = match weighed.direction() {
            Direction::Callees => Whence::Below(NodeId::ROOT),
            Direction::Callers => Whence::Above(weighed.tips().collect()),
        };
        let root = Shown {
            parent: FrameNode::ROOT,
            function: FunctionId::NO_STACK,
            frame: None,
            has_several: false,
            own: Sums::default(),
            total: weighed.total(NodeId::ROOT),
            depth: 0,
            whence,
            children: None,
        };
        Self { measure, frames: vec![root] }
    }

    /// What widths are in proportion to.
    pub const fn measure(&self) -> Measure {
        self.measure
    }

    /// A frame that was found.
    pub fn frame(&self, frame: FrameNode) -> &Shown {
        &self.frames[frame.0 as usize]
    }

    /// The weight of a frame with all below it.
    pub fn weight(&self, frame: FrameNode) -> u128 {
        self.measure.weight(self.frame(frame).total)
    }

    /// The frames below a frame that have weight, largest first; equals in the order of
    /// their functions. O(those, sorted) the first time, then O(1).
    pub fn children(&mut self, skeleton: &Skeleton, weighed: &Weighed, frame: FrameNode) -> &[FrameNode] {
        if self.frame(frame).children.is_none() {
            let mut found = self.find(skeleton, weighed, frame);
            found.retain(|child| self.measure.weight(child.total) > 0);
            found.sort_by_key(|child| (Reverse(self.measure.weight(child.total)), child.function));
            let first = self.frames.len() as u32;
            let children = (first..first + found.len() as u32).map(FrameNode).collect();
            self.frames.append(&mut found);
            self.frames[frame.0 as usize].children = Some(children);
        }
        self.known_children(frame)
    }

    /// As [`Self::children`], where they were asked for before.
    pub fn known_children(&self, frame: FrameNode) -> &[FrameNode] {
        self.frame(frame).children.as_deref().unwrap_or_default()
    }

    /// The frame itself and those above it, up to and with the root.
    pub fn path(&self, frame: FrameNode) -> Vec<FrameNode> {
        let up = |frame: &FrameNode| (*frame != FrameNode::ROOT).then(|| self.frame(*frame).parent);
        core::iter::successors(Some(frame), up).collect()
    }

    /// The functions that lead from the root to a frame.
    pub fn route(&self, frame: FrameNode) -> Vec<FunctionId> {
        let mut path = self.path(frame);
        path.pop();
        path.iter().rev().map(|frame| self.frame(*frame).function).collect()
    }

    /// The frame that functions lead to from the root, or the last on the way that there is.
    pub fn at_route(&mut self, skeleton: &Skeleton, weighed: &Weighed, route: &[FunctionId]) -> FrameNode {
        let mut at = FrameNode::ROOT;
        for function in route {
            self.children(skeleton, weighed, at);
            let next = self.known_children(at).iter().find(|child| self.frame(**child).function == *function);
            let Some(next) = next else { break };
            at = *next;
        }
        at
    }

    fn find(&self, skeleton: &Skeleton, weighed: &Weighed, frame: FrameNode) -> Vec<Shown> {
        match &self.frame(frame).whence {
            Whence::Below(node) => self.below(skeleton, weighed, frame, *node),
            Whence::Above(nodes) if frame == FrameNode::ROOT => self.grouped(skeleton, frame, nodes.to_vec()),
            Whence::Above(nodes) => {
                let callers = nodes.iter().map(|(node, sums)| (skeleton.node(*node).parent, *sums));
                self.grouped(skeleton, frame, callers.filter(|(caller, _)| *caller != NodeId::ROOT).collect())
            }
        }
    }

    fn below(&self, skeleton: &Skeleton, weighed: &Weighed, frame: FrameNode, node: NodeId) -> Vec<Shown> {
        let child = |id: NodeId| {
            let node = skeleton.node(id);
            Shown {
                parent: frame,
                function: node.function,
                frame: node.frame,
                has_several: node.has_several,
                own: weighed.own(id),
                total: weighed.total(id),
                depth: self.frame(frame).depth + 1,
                whence: Whence::Below(id),
                children: None,
            }
        };
        skeleton.children(node).filter(|id| !weighed.total(*id).is_zero()).map(child).collect()
    }

    /// One frame for each function among nodes.
    fn grouped(&self, skeleton: &Skeleton, frame: FrameNode, nodes: Vec<(NodeId, Sums)>) -> Vec<Shown> {
        let keyed = |(id, sums): (NodeId, Sums)| (skeleton.node(id).function, id, sums);
        let mut keyed: Vec<_> = nodes.into_iter().map(keyed).collect();
        keyed.sort_unstable_by_key(|(function, id, _)| (*function, *id));
        keyed.chunk_by(|one, other| one.0 == other.0).map(|group| self.group(skeleton, frame, group)).collect()
    }

    fn group(&self, skeleton: &Skeleton, frame: FrameNode, group: &[(FunctionId, NodeId, Sums)]) -> Shown {
        let first = skeleton.node(group[0].1);
        let mut nodes = group.iter().map(|(_, id, _)| skeleton.node(*id));
        let has_several = nodes.any(|node| node.has_several || node.frame != first.frame);
        let total = group.iter().map(|(.., sums)| *sums).sum();
        Shown {
            parent: frame,
            function: first.function,
            frame: first.frame,
            has_several,
            own: if frame == FrameNode::ROOT { total } else { Sums::default() },
            total,
            depth: self.frame(frame).depth + 1,
            whence: Whence::Above(merged(group)),
            children: None,
        }
    }
}

/// What came through the same node is added up: so there are fewer, the further up.
fn merged(nodes: &[(FunctionId, NodeId, Sums)]) -> Box<[(NodeId, Sums)]> {
    let groups = nodes.chunk_by(|one, other| one.1 == other.1);
    groups.map(|group| (group[0].1, group.iter().map(|(.., sums)| *sums).sum())).collect()
}
