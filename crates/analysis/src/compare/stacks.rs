//! The call stacks of both as one tree of functions: live bytes and things before and after,
//! and the stacks that grew most.

use super::change::{Change, When};
use super::side::{Side, Thing};
use super::table::{Amounts, Sums, Table};
use arenascope_recording::Tables;
use arenascope_trace::Stacks;
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// Rows of the table of stacks.
const ROWS: usize = 100;
/// Frames of the graph.
const FRAMES: usize = 3_000;
/// What stands for no call stack.
const NO_STACK: &str = "(no call stack)";

/// A frame of the graph.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrameNode {
    /// The function.
    pub function: String,
    /// Its file or module; empty where unknown.
    pub file: String,
    /// The frame that calls it: a position before this one; `None` of the root.
    pub parent: Option<u32>,
    /// Live bytes and things of it and all that it calls.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// A call stack, as the key of a row.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct StackKey {
    /// Functions, the innermost first.
    pub frames: Vec<String>,
}

/// The stacks of both.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StackChanges {
    /// Stacks with live memory: growth first.
    pub table: Table<StackKey>,
    /// The graph, callers before those that they call; the first is all. At most the frames
    /// with most bytes: of a frame, what its children here lack is of smaller ones.
    pub frames: Vec<FrameNode>,
}

/// Functions and stacks of both runs as one tree.
#[derive(Default)]
struct Tree<'s> {
    functions: Vec<(&'s str, &'s str)>,
    number: HashMap<(&'s str, &'s str), u32>,
    /// Parent and function; the first is the root, which has none.
    nodes: Vec<(u32, u32)>,
    child: HashMap<(u32, u32), u32>,
    own: Vec<Amounts>,
}

/// The stacks of two sides, whose tables these are. O(sites + things).
pub fn stacks(before: (&Side, &Tables), after: (&Side, &Tables)) -> StackChanges {
    let mut tree = Tree { nodes: vec![(0, 0)], own: vec![Amounts::default()], ..Tree::default() };
    tree.functions.push(("all", ""));
    for (when, (side, tables)) in [(When::Before, before), (When::After, after)] {
        let sites = tree.take_in(&tables.stacks);
        let none = tree.child_of(0, (NO_STACK, ""));
        side.things.iter().for_each(|thing| tree.count(when, thing, &sites, none));
    }
    StackChanges { table: tree.table(), frames: tree.graph() }
}

impl<'s> Tree<'s> {
    /// The node of each site.
    fn take_in(&mut self, stacks: &'s Stacks) -> Vec<u32> {
        let frame = |frame| stacks.frame(frame).map_or(("", ""), |frame| (&*frame.function, &*frame.file));
        let mut nodes = Vec::with_capacity(stacks.len());
        // No stack: the root of the sites, of which none is counted.
        nodes.push(0);
        for (parent, called) in stacks.nodes() {
            let parent = nodes.get(parent.0 as usize).copied().unwrap_or(0);
            nodes.push(self.child_of(parent, frame(called)));
        }
        nodes
    }

    fn child_of(&mut self, parent: u32, function: (&'s str, &'s str)) -> u32 {
        let next = self.functions.len() as u32;
        let function_number = *self.number.entry(function).or_insert(next);
        if function_number == next {
            self.functions.push(function);
        }
        let node = self.nodes.len() as u32;
        let child = *self.child.entry((parent, function_number)).or_insert(node);
        if child == node {
            self.nodes.push((parent, function_number));
            self.own.push(Amounts::default());
        }
        child
    }

    fn count(&mut self, when: When, thing: &Thing, sites: &[u32], none: u32) {
        let node = sites.get(thing.site as usize).copied().filter(|node| *node != 0).unwrap_or(none);
        let amounts = &mut self.own[node as usize];
        amounts.bytes.add(when, thing.bytes);
        amounts.count.add(when, 1);
    }

    /// Functions from a node to its outermost caller.
    fn path(&self, node: u32) -> Vec<String> {
        let up = core::iter::successors(Some(node), |node| Some(self.nodes[*node as usize].0));
        up.take_while(|node| *node != 0).map(|node| self.name(node)).collect()
    }

    fn name(&self, node: u32) -> String {
        let (function, _) = self.functions[self.nodes[node as usize].1 as usize];
        if function.is_empty() { "(no name)".into() } else { function.into() }
    }

    fn table(&self) -> Table<StackKey> {
        let mut sums = Sums::default();
        let counted = (0..).zip(&self.own).filter(|(_, own)| **own != Amounts::default());
        for (node, own) in counted {
            // Frames are written out for the rows alone.
            sums.add(node, When::Before, own.bytes.before, own.count.before);
            sums.add(node, When::After, own.bytes.after, own.count.after);
        }
        let Table { rows, rest, same } = sums.table(ROWS);
        let written = rows
            .into_iter()
            .map(|row| super::table::Row { key: StackKey { frames: self.path(row.key) }, amounts: row.amounts });
        Table { rows: written.collect(), rest, same }
    }

    /// Of each node what it and all that it calls has.
    fn totals(&self) -> Vec<Amounts> {
        let mut totals = self.own.clone();
        // Parents come before their children.
        for node in (1..self.nodes.len()).rev() {
            let parent = self.nodes[node].0 as usize;
            totals[parent] = totals[parent].plus(totals[node]);
        }
        totals
    }

    fn graph(&self) -> Vec<FrameNode> {
        let totals = self.totals();
        let mut kept: Vec<u32> = (0..self.nodes.len() as u32).collect();
        let weight = |node: &u32| core::cmp::Reverse(totals[*node as usize].bytes.most());
        // A caller has no less than what it calls, and comes first of equals: it is kept, too.
        kept.sort_by_key(|node| (weight(node), *node));
        kept.truncate(FRAMES);
        kept.retain(|node| *node == 0 || totals[*node as usize] != Amounts::default());
        kept.sort_unstable();
        let place: HashMap<u32, u32> = kept.iter().copied().zip(0..).collect();
        let frame = |node: &u32| {
            let (parent, function) = self.nodes[*node as usize];
            let parent = (*node != 0).then(|| place.get(&parent).copied().unwrap_or(0));
            let function_name = if *node == 0 { "all".into() } else { self.name(*node) };
            let file = self.functions[function as usize].1.into();
            FrameNode { function: function_name, file, parent, amounts: totals[*node as usize] }
        };
        kept.iter().map(frame).collect()
    }
}

impl FrameNode {
    /// How much more or less of it there is, for −1, all is gone, to +1, all is new.
    pub fn tendency(&self) -> f64 {
        let Change { before, after } = self.amounts.bytes;
        let most = self.amounts.bytes.most();
        if most == 0 { 0.0 } else { (after as f64 - before as f64) / most as f64 }
    }
}
