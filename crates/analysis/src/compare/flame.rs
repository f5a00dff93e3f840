//! The graph of both runs' stacks as it is drawn: frames as wide as what they have on the
//! side that has more, red where it grew, blue where it shrank.

use super::stacks::FrameNode;

/// Rows that are drawn.
pub const DEPTH_MAX: u32 = 24;
/// Strengths of red and of blue.
pub const LEVELS: i32 = 4;
/// Frames that are narrower are not drawn: a part of the width.
const WIDTH_MIN: f64 = 0.001;

/// A frame that is drawn.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Block {
    /// Its position among the frames.
    pub frame: usize,
    /// Where it begins, from 0 to 1 of the width.
    pub x: f64,
    /// How wide it is, of 1.
    pub width: f64,
    /// Rows above it.
    pub depth: u32,
    /// From −[`LEVELS`], blue, to +[`LEVELS`], red; 0 where nothing changed.
    pub level: i32,
}

/// Lays out a frame over the whole width, and all that it calls below. The width of a frame is
/// shared out among those that it calls by the larger of what they have before and after; where
/// these are more than the frame itself, as of memory that went from one to another, all are
/// narrowed alike. O(frames).
pub fn blocks(frames: &[FrameNode], root: usize) -> Vec<Block> {
    let weight = |at: usize| frames[at].amounts.bytes.most() as f64;
    let mut children = vec![Vec::new(); frames.len()];
    for (at, frame) in frames.iter().enumerate() {
        if let Some(parent) = frame.parent {
            children[parent as usize].push(at);
        }
    }
    let mut blocks = Vec::new();
    if root >= frames.len() || weight(root) == 0.0 {
        return blocks;
    }
    let mut open = vec![(root, 0.0, 1.0, 0)];
    while let Some((frame, x, width, depth)) = open.pop() {
        if width < WIDTH_MIN || depth >= DEPTH_MAX {
            continue;
        }
        blocks.push(Block { frame, x, width, depth, level: level(&frames[frame]) });
        let called = &mut children[frame];
        called.sort_by(|one, other| frames[*one].function.cmp(&frames[*other].function));
        let sum: f64 = called.iter().map(|child| weight(*child)).sum();
        let scale = width / sum.max(weight(frame)).max(1.0);
        let mut at = x;
        for child in called.iter() {
            let width = weight(*child) * scale;
            open.push((*child, at, width, depth + 1));
            at += width;
        }
    }
    blocks
}

/// The frame that a key leads to from another: up to its caller, down to the widest that it
/// calls, left and right to its neighbours in the row. `None` for other keys, and where there
/// is none.
pub fn moved(blocks: &[Block], frames: &[FrameNode], from: usize, key: &str) -> Option<usize> {
    let here = blocks.iter().find(|block| block.frame == from)?;
    let row = |depth: u32| blocks.iter().filter(move |block| block.depth == depth);
    let by_x = |one: &&Block, other: &&Block| one.x.total_cmp(&other.x);
    let found = match key {
        "ArrowUp" => blocks.iter().find(|block| frames[from].parent == Some(block.frame as u32)),
        "ArrowDown" => {
            let called = row(here.depth + 1).filter(|block| frames[block.frame].parent == Some(from as u32));
            called.max_by(|one, other| one.width.total_cmp(&other.width))
        }
        "ArrowLeft" => row(here.depth).filter(|block| block.x < here.x).max_by(by_x),
        "ArrowRight" => row(here.depth).filter(|block| block.x > here.x).min_by(by_x),
        _ => None,
    };
    found.map(|block| block.frame)
}

/// Rows that are drawn.
pub fn rows(blocks: &[Block]) -> u32 {
    blocks.iter().map(|block| block.depth + 1).max().unwrap_or(0)
}

/// A frame in words: what it is, and what it has before and after.
pub fn reading(frame: &FrameNode) -> String {
    let bytes = frame.amounts.bytes;
    let file = if frame.file.is_empty() { String::new() } else { format!(" ({})", frame.file) };
    format!("{}{file}: {}, {}", frame.function, bytes.both_bytes(), bytes.bytes_text())
}

fn level(frame: &FrameNode) -> i32 {
    let tendency = frame.tendency();
    let strength = (tendency.abs() * f64::from(LEVELS)).ceil() as i32;
    if tendency < 0.0 { -strength } else { strength }
}

#[cfg(test)]
mod tests {
    use super::super::change::Change;
    use super::super::table::Amounts;
    use super::*;
    use proptest::prelude::*;

    fn frame(parent: Option<u32>, before: u64, after: u64) -> FrameNode {
        let amounts = Amounts { bytes: Change { before, after }, count: Change::default() };
        FrameNode { function: "f".into(), file: String::new(), parent, amounts }
    }

    #[test]
    fn what_is_new_is_red_and_what_is_gone_blue() {
        let frames = [frame(None, 100, 100), frame(Some(0), 100, 0), frame(Some(0), 0, 100), frame(Some(0), 0, 0)];
        let blocks = blocks(&frames, 0);
        let said: Vec<_> = blocks.iter().map(|block| (block.frame, block.x, block.width, block.level)).collect();
        assert_eq!(said, [(0, 0.0, 1.0, 0), (2, 0.5, 0.5, LEVELS), (1, 0.0, 0.5, -LEVELS)]);
        assert_eq!(level(&frame(None, 100, 101)), 1);
        assert_eq!(super::blocks(&[], 0), []);
        let keys = ["ArrowDown", "ArrowLeft", "ArrowRight", "ArrowUp", "x"];
        assert_eq!(keys.map(|key| moved(&blocks, &frames, 2, key)), [None, Some(1), None, Some(0), None]);
        assert_eq!((moved(&blocks, &frames, 0, "ArrowDown").is_some(), rows(&blocks)), (true, 2));
        assert_eq!(reading(&frames[2]), "f: 0 B → 100 B, +100 B");
        assert_eq!(super::blocks(&frames, 2).len(), 1);
    }

    proptest! {
        #[test]
        fn frames_lie_within_their_callers(frames in prop::collection::vec((any::<u32>(), 0..1_000_u64, 0..1_000_u64), 1..80)) {
            let of = |(at, (parent, before, after)): (usize, &(u32, u64, u64))| {
                frame((at > 0).then(|| parent % at.max(1) as u32), *before, *after)
            };
            let frames: Vec<FrameNode> = frames.iter().enumerate().map(of).collect();
            let blocks = blocks(&frames, 0);
            let of_frame = |frame: usize| blocks.iter().find(|block| block.frame == frame);
            for block in &blocks {
                let Some(parent) = frames[block.frame].parent else { continue };
                let over = of_frame(parent as usize).unwrap();
                prop_assert!(over.x - 1e-9 <= block.x && block.x + block.width <= over.x + over.width + 1e-9);
                prop_assert_eq!(block.depth, over.depth + 1);
            }
        }
    }
}
