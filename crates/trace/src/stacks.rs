//! Call stacks: frames interned, stacks as a prefix tree from the root down, so that what
//! stacks have in common is kept once.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

/// Most stacks of a run: a site has 24 bits in a recording.
pub const SITES_MAX: u32 = 1 << 24;

/// A call stack: a node of [`Stacks`], of which the ancestors are its callers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Site(pub u32);

impl Site {
    /// No stack is known; the parent of outermost frames.
    pub const NONE: Self = Self(0);
}

/// A frame: a position in [`Stacks::frame`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FrameId(pub u32);

/// One function at one place.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Frame {
    /// The function, or an address in hexadecimal where no name is known.
    pub function: Box<str>,
    /// The source file or module; empty where unknown.
    pub file: Box<str>,
    /// The line, from 1; 0 where unknown.
    pub line: u32,
}

/// The frames and stacks of a run. 12 bytes a stack, and its place in the table of
/// children while stacks are added.
#[derive(Clone, Debug)]
pub struct Stacks {
    frames: Vec<Frame>,
    by_frame: HashMap<Frame, FrameId>,
    /// Parent and frame of each site; the first is no stack.
    nodes: Vec<(Site, FrameId)>,
    by_node: HashMap<(Site, FrameId), Site>,
}

impl Default for Stacks {
    fn default() -> Self {
        let (by_frame, by_node) = (HashMap::new(), HashMap::new());
        Self { frames: Vec::new(), by_frame, nodes: vec![(Site::NONE, FrameId(0))], by_node }
    }
}

impl Stacks {
    /// The number of a frame, added where it is new. O(its texts).
    pub fn intern(&mut self, frame: Frame) -> FrameId {
        match self.by_frame.entry(frame) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(vacant) => {
                let id = FrameId(self.frames.len() as u32);
                self.frames.push(vacant.key().clone());
                *vacant.insert(id)
            }
        }
    }

    /// The stack of `frame` called by `parent`, added where it is new; `parent` itself
    /// where there are [`SITES_MAX`]. O(1).
    ///
    /// ```
    /// use arenascope_trace::{Frame, Site, Stacks};
    /// let mut stacks = Stacks::default();
    /// let main = stacks.intern(Frame { function: "main".into(), ..Frame::default() });
    /// let load = stacks.intern(Frame { function: "load".into(), ..Frame::default() });
    /// let outer = stacks.child(Site::NONE, main);
    /// let site = stacks.child(outer, load);
    /// assert_eq!(stacks.frames_of(site).map(|frame| &*frame.function).collect::<Vec<_>>(), ["load", "main"]);
    /// assert_eq!(stacks.child(outer, load), site);
    /// ```
    pub fn child(&mut self, parent: Site, frame: FrameId) -> Site {
        let count = self.nodes.len() as u32;
        match self.by_node.entry((parent, frame)) {
            Entry::Occupied(known) => *known.get(),
            Entry::Vacant(_) if count >= SITES_MAX => parent,
            Entry::Vacant(vacant) => {
                self.nodes.push((parent, frame));
                *vacant.insert(Site(count))
            }
        }
    }

    /// The stack of these frames, outermost first.
    pub fn stack(&mut self, outermost_first: impl IntoIterator<Item = FrameId>) -> Site {
        outermost_first.into_iter().fold(Site::NONE, |site, frame| self.child(site, frame))
    }

    /// A frame by its number.
    pub fn frame(&self, frame: FrameId) -> Option<&Frame> {
        self.frames.get(frame.0 as usize)
    }

    /// Caller's stack and innermost frame of a site; `None` for [`Site::NONE`] and for what
    /// is none.
    pub fn node(&self, site: Site) -> Option<(Site, FrameId)> {
        (site != Site::NONE).then(|| self.nodes.get(site.0 as usize).copied()).flatten()
    }

    /// The frames of a stack, innermost first.
    pub fn frames_of(&self, site: Site) -> impl Iterator<Item = &Frame> {
        let nodes = std::iter::successors(self.node(site), |(parent, _)| self.node(*parent));
        nodes.filter_map(|(_, frame)| self.frame(frame))
    }

    /// Number of sites, [`Site::NONE`] included.
    pub fn len(&self) -> usize {
        self.nodes.len()
    }

    /// True where there is no stack.
    pub fn is_empty(&self) -> bool {
        self.nodes.len() == 1
    }

    /// Every frame, in the order of their numbers.
    pub fn frames(&self) -> &[Frame] {
        &self.frames
    }

    /// Parent and frame of every site in the order of their numbers, without
    /// [`Site::NONE`]; a parent comes before its children.
    pub fn nodes(&self) -> impl ExactSizeIterator<Item = (Site, FrameId)> {
        self.nodes[1..].iter().copied()
    }

    /// Bytes that it takes, about.
    pub fn bytes(&self) -> u64 {
        let texts: usize = self.frames.iter().map(|frame| frame.function.len() + frame.file.len()).sum();
        let frames =
            self.frames.capacity() * size_of::<Frame>() + self.by_frame.capacity() * size_of::<(Frame, u32, u8)>();
        let nodes = self.nodes.capacity() * size_of::<(Site, FrameId)>()
            + self.by_node.capacity() * size_of::<((Site, FrameId), Site, u8)>();
        (2 * texts + frames + nodes) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stacks_share_what_they_have_in_common() {
        let mut stacks = Stacks::default();
        let [a, b, c] = ["a", "b", "c"].map(|name| stacks.intern(Frame { function: name.into(), ..Frame::default() }));
        let ab = stacks.stack([a, b]);
        let ac = stacks.stack([a, c]);
        assert_eq!((stacks.len(), stacks.stack([a, b]), stacks.stack([])), (4, ab, Site::NONE));
        assert_eq!(stacks.node(ab).unwrap().0, stacks.node(ac).unwrap().0);
        assert_eq!(stacks.node(Site(99)), None);
        assert_eq!(stacks.frames_of(Site(99)).count(), 0);
        for (site, (parent, _)) in (1..).zip(stacks.nodes()) {
            assert!(parent.0 < site);
        }
    }
}
