//! Reads snapshots.

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use crate::import::lines::{Line, Lines};
use crate::import::valgrind::frame;
use arenascope_trace::{FrameId, Site, Stacks};
use std::collections::BTreeMap;

/// Deepest tree that is read: massif itself goes to 200.
const DEPTH_MAX: usize = 1000;

/// What was alive at a moment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Snapshot {
    pub(super) line: u64,
    /// In the file's unit.
    pub(super) time: u64,
    /// What the program asked for, bytes.
    pub(super) heap: u64,
    /// What its blocks take besides, bytes.
    pub(super) extra: u64,
    pub(super) stacks: u64,
    /// Parts of `heap` by who asked for them; `None` where that is not said.
    pub(super) sites: Option<BTreeMap<Site, u64>>,
}

/// Reads one after the other.
#[derive(Debug, Default)]
pub(super) struct Snapshots {
    /// The snapshot that has begun, and whether its figures are all read.
    begun: Option<Snapshot>,
}

impl Snapshots {
    /// The next whole one; `None` at the end. Of one whose tree is cut, the figures are
    /// good.
    pub(super) fn next(&mut self, lines: &mut Lines, stacks: &mut Stacks) -> Result<Option<Snapshot>, ImportError> {
        while let Some(line) = lines.next_whole()? {
            let Some((key, value)) = assignment(line.bytes) else { continue };
            if key == b"snapshot" {
                self.begun = Some(Snapshot { line: line.number, ..Snapshot::default() });
                continue;
            }
            let Some(snapshot) = &mut self.begun else { continue };
            match key {
                b"time" => snapshot.time = number(&line, value)?,
                b"mem_heap_B" => snapshot.heap = number(&line, value)?,
                b"mem_heap_extra_B" => snapshot.extra = number(&line, value)?,
                b"mem_stacks_B" => snapshot.stacks = number(&line, value)?,
                b"heap_tree" => {
                    let is_told = value != b"empty";
                    let mut snapshot = self.begun.take().unwrap_or_default();
                    if is_told {
                        let mut tree = Tree::default();
                        tree.read(lines, stacks)?;
                        snapshot.sites = (!lines.is_cut()).then_some(tree.sites);
                    }
                    return Ok(Some(snapshot));
                }
                _ => {}
            }
        }
        Ok(None)
    }
}

fn assignment(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let at = line.iter().position(|&byte| byte == b'=')?;
    Some((&line[..at], &line[at + 1..]))
}

fn number(line: &Line, text: &[u8]) -> Result<u64, ImportError> {
    let number = std::str::from_utf8(text).ok().and_then(|text| text.trim().parse().ok());
    number.ok_or_else(|| line.malformed(text, "a decimal number that fits 64 bits"))
}

/// A tree while it is read: the way from its root to the node read last.
#[derive(Debug, Default)]
struct Tree {
    way: Vec<Node>,
    sites: BTreeMap<Site, u64>,
}

#[derive(Clone, Copy, Debug)]
struct Node {
    /// `None` for the root, and for what is below the threshold.
    frame: Option<FrameId>,
    /// What is not its children's.
    bytes: u64,
}

impl Tree {
    /// Reads nodes up to the line that is none.
    fn read(&mut self, lines: &mut Lines, stacks: &mut Stacks) -> Result<(), ImportError> {
        while let Some(line) = lines.next_whole()? {
            let depth = line.bytes.iter().take_while(|&&byte| byte == b' ').count();
            let Some((bytes, text)) = node(&line.bytes[depth..]) else {
                lines.put_back();
                break;
            };
            if depth > self.way.len() {
                return Err(line.malformed(&line.bytes[depth..], "a node one deeper than the one before at most"));
            }
            if depth > DEPTH_MAX {
                let place = Place::Line(line.number);
                let what = "nodes below each other";
                return Err(ImportError::TooMuch { format: Format::Massif, place, what, most: DEPTH_MAX as u64 });
            }
            self.leave(depth, stacks);
            if let Some(parent) = self.way.last_mut() {
                parent.bytes = parent.bytes.saturating_sub(bytes);
            }
            // `n0: 15 in 6 places, all below massif's threshold` has no frame.
            let is_frame = depth > 0 && !text.starts_with(b"in ");
            let frame = is_frame.then(|| stacks.intern(frame(&String::from_utf8_lossy(text))));
            self.way.push(Node { frame, bytes });
        }
        self.leave(0, stacks);
        Ok(())
    }

    /// Leaves all nodes from that depth on: what is their own, is of the way to them.
    fn leave(&mut self, depth: usize, stacks: &mut Stacks) {
        while self.way.len() > depth {
            if self.way.last().is_some_and(|node| node.bytes > 0) {
                let site = stacks.stack(self.way.iter().rev().filter_map(|node| node.frame));
                let bytes = self.sites.entry(site).or_default();
                *bytes = bytes.saturating_add(self.way.last().map_or(0, |node| node.bytes));
            }
            self.way.pop();
        }
    }
}

/// `n2: 320 text`: the bytes and the text.
fn node(line: &[u8]) -> Option<(u64, &[u8])> {
    let rest = line.strip_prefix(b"n")?;
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let rest = rest[digits..].strip_prefix(b": ")?;
    let end = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    let bytes = std::str::from_utf8(&rest[..end]).ok()?.parse().ok()?;
    Some((bytes, rest[end..].trim_ascii_start()))
}
