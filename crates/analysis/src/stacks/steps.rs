//! Where keys lead from a frame: to its caller on screen, to what it calls, to its
//! siblings.

use super::layout::{Block, Layout};
use super::tree::{FrameNode, Tree};

/// A way to go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// To the frame above.
    Up,
    /// To the largest frame below.
    Down,
    /// To the sibling on the left: the next larger.
    Left,
    /// To the sibling on the right: the next smaller.
    Right,
    /// To the frame that fills the width.
    First,
}

impl Step {
    /// Of a key, as the browser names it.
    pub fn of_key(key: &str) -> Option<Self> {
        match key {
            "ArrowUp" => Some(Self::Up),
            "ArrowDown" => Some(Self::Down),
            "ArrowLeft" => Some(Self::Left),
            "ArrowRight" => Some(Self::Right),
            "Home" => Some(Self::First),
            _ => None,
        }
    }
}

/// The frame that a step leads to, among those that are laid out; the same where there is
/// none. O(blocks of a row).
pub fn stepped(tree: &Tree, layout: &Layout, from: FrameNode, step: Step) -> FrameNode {
    let Some((row, _)) = layout.find(tree, from) else { return layout.zoom() };
    let parent = tree.frame(from).parent;
    let frames = |row: usize| layout.row(row).iter().filter_map(Block::frame);
    let siblings = || frames(row).filter(|other| tree.frame(*other).parent == parent);
    let next = match step {
        Step::Up => Some(parent),
        Step::First => Some(layout.zoom()),
        Step::Down => frames(row + 1).find(|below| tree.frame(*below).parent == from),
        Step::Left => siblings().take_while(|other| *other != from).last(),
        Step::Right => siblings().skip_while(|other| *other != from).nth(1),
    };
    next.unwrap_or(from)
}
