//! Which frames lie where: rows of blocks, the root's first, each as wide as its part of
//! the whole. Only what is at least half a pixel wide is laid out; what is narrower is one
//! block beside its siblings, of their exact width together.

use super::skeleton::Skeleton;
use super::sums::Sums;
use super::tree::{FrameNode, Tree};
use super::weighed::Weighed;
use core::ops::Range;

/// What a block stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A frame.
    Frame(FrameNode),
    /// So many frames that are too narrow, all below the same one.
    More {
        /// How many.
        frames: u32,
        /// The frame above them.
        below: FrameNode,
    },
}

/// A block of a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// What it stands for.
    pub what: What,
    /// Device pixels from the left: each edge is at the pixel nearest to its exact place,
    /// so that neighbours neither overlap nor leave a gap.
    pub x_px: Span,
    /// What it stands for in numbers.
    pub sums: Sums,
    /// Weight left of it, of the frame that fills the width.
    offset: u128,
}

impl Block {
    /// The frame that it stands for; `None` of several.
    pub const fn frame(&self) -> Option<FrameNode> {
        match self.what {
            What::Frame(frame) => Some(frame),
            What::More { .. } => None,
        }
    }
}

/// From a pixel up to another.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Span {
    /// The first pixel.
    pub start: u32,
    /// The pixel after the last.
    pub end: u32,
}

impl Span {
    /// How many pixels there are.
    pub const fn width(self) -> u32 {
        self.end.saturating_sub(self.start)
    }
}

/// Rows of blocks, on their way first.
#[derive(Clone, Debug)]
pub struct Layout {
    width_px: u32,
    zoom: FrameNode,
    /// The weight of the whole width.
    whole: u128,
    blocks: Vec<Block>,
    /// The blocks of each row.
    rows: Vec<Range<usize>>,
    /// The block whose children are laid out next.
    next: usize,
}

impl Layout {
    /// The frames above `zoom`, each as wide as all, and `zoom` itself; what is below it
    /// comes by [`Self::advance`]. O(depth).
    pub fn new(tree: &Tree, zoom: FrameNode, width_px: u32) -> Self {
        let whole = tree.weight(zoom);
        let x_px = Span { start: 0, end: width_px };
        let block =
            |frame: &FrameNode| Block { what: What::Frame(*frame), x_px, sums: tree.frame(*frame).total, offset: 0 };
        let blocks: Vec<Block> = tree.path(zoom).iter().rev().map(block).collect();
        let rows = (0..blocks.len()).map(|at| at..at + 1).collect();
        let next = blocks.len() - 1;
        Self { width_px, zoom, whole, blocks, rows, next }
    }

    /// Lays out further rows while `has_time`, and one block's children whether it has or
    /// not; those nearest to the root first. True when all are laid out.
    pub fn advance(
        &mut self,
        tree: &mut Tree,
        skeleton: &Skeleton,
        weighed: &Weighed,
        has_time: &mut impl FnMut() -> bool,
    ) -> bool {
        while self.next < self.blocks.len() {
            let block = self.blocks[self.next];
            if let What::Frame(frame) = block.what {
                let row = self.row_of(self.next) + 1;
                tree.children(skeleton, weighed, frame);
                self.lay_below(tree, frame, block.offset, row);
            }
            self.next += 1;
            if !has_time() {
                break;
            }
        }
        self.next >= self.blocks.len()
    }

    fn lay_below(&mut self, tree: &Tree, frame: FrameNode, offset: u128, row: usize) {
        let children = tree.known_children(frame);
        // They are in order: all after the first that is too narrow are as well.
        let seen = children.partition_point(|child| self.is_seen(tree.weight(*child)));
        let mut at = offset;
        for child in &children[..seen] {
            let weight = tree.weight(*child);
            self.push(row, What::Frame(*child), tree.frame(*child).total, at, weight);
            at += weight;
        }
        if let frames @ 1.. = (children.len() - seen) as u32 {
            let sums: Sums = children[seen..].iter().map(|child| tree.frame(*child).total).sum();
            self.push(row, What::More { frames, below: frame }, sums, at, tree.measure().weight(sums));
        }
    }

    fn push(&mut self, row: usize, what: What, sums: Sums, offset: u128, weight: u128) {
        let x_px = Span { start: self.x_of(offset), end: self.x_of(offset + weight) };
        let at = self.blocks.len();
        if self.rows.len() <= row {
            self.rows.push(at..at);
        }
        self.rows[row].end = at + 1;
        self.blocks.push(Block { what, x_px, sums, offset });
    }

    /// Whether a weight is at least half a pixel wide.
    const fn is_seen(&self, weight: u128) -> bool {
        weight * 2 * self.width_px as u128 >= self.whole
    }

    /// The pixel edge nearest to where a weight ends.
    const fn x_of(&self, weight: u128) -> u32 {
        let whole = if self.whole == 0 { 1 } else { self.whole };
        ((weight * 2 * self.width_px as u128 + whole) / (2 * whole)) as u32
    }

    fn row_of(&self, block: usize) -> usize {
        self.rows.partition_point(|row| row.end <= block)
    }

    /// Width of all, device pixels.
    pub const fn width_px(&self) -> u32 {
        self.width_px
    }

    /// The frame that fills the width; those above it do as well.
    pub const fn zoom(&self) -> FrameNode {
        self.zoom
    }

    /// How many rows there are so far.
    pub const fn rows(&self) -> usize {
        self.rows.len()
    }

    /// The blocks of a row, from the left.
    pub fn row(&self, row: usize) -> &[Block] {
        self.rows.get(row).map_or(&[], |range| &self.blocks[range.clone()])
    }

    /// The block at a pixel of a row. O(log blocks).
    pub fn at(&self, row: usize, x_px: u32) -> Option<&Block> {
        let blocks = self.row(row);
        let after = blocks.partition_point(|block| block.x_px.end <= x_px);
        blocks.get(after).filter(|block| block.x_px.start <= x_px)
    }

    /// The block of a frame, and its row; `None` where it is too narrow, or not laid out.
    /// O(blocks of its row).
    pub fn find(&self, tree: &Tree, frame: FrameNode) -> Option<(usize, &Block)> {
        let row = tree.frame(frame).depth as usize;
        let block = self.row(row).iter().find(|block| block.what == What::Frame(frame))?;
        Some((row, block))
    }
}
