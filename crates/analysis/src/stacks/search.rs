//! Which functions a text matches, and which part of all comes from stacks with any of
//! them: a stack counts once, however many of its frames match.

use super::functions::{FunctionId, Functions};
use super::skeleton::{NodeId, Skeleton};
use super::sums::Sums;
use super::weighed::Weighed;
use arenascope_trace::Stacks;

/// Functions, or nodes, between two looks at the clock.
const FUNCTIONS: usize = 64;
const NODES: usize = 1_024;

/// A search on its way, and its answer.
#[derive(Clone, Debug)]
pub struct Search {
    /// In lower case; empty searches nothing.
    needle: String,
    /// By function, as far as looked at.
    matches: Vec<bool>,
    /// By node: it or a caller matches.
    hits: Vec<bool>,
    sums: Sums,
    /// The sums that it was added up of.
    version: u32,
}

impl Default for Search {
    fn default() -> Self {
        Self::of("")
    }
}

impl Search {
    /// For a text, in whatever case, in names and files of functions.
    pub fn of(text: &str) -> Self {
        let needle = text.trim().to_lowercase();
        Self { needle, matches: Vec::new(), hits: Vec::new(), sums: Sums::default(), version: 0 }
    }

    /// True where nothing is searched for.
    pub const fn is_empty(&self) -> bool {
        self.needle.is_empty()
    }

    /// Whether it is for this text.
    pub fn is_for(&self, text: &str) -> bool {
        self.needle == text.trim().to_lowercase()
    }

    /// Searches on while `has_time`, and a slice whether it has or not; sums of another
    /// `version` are added up anew. True when all is found. O(texts + nodes).
    pub(super) fn advance(
        &mut self,
        (stacks, functions): (&Stacks, &Functions),
        (skeleton, weighed): (&Skeleton, &Weighed),
        version: u32,
        has_time: &mut impl FnMut() -> bool,
    ) -> bool {
        if self.is_empty() {
            return true;
        }
        if self.version != version {
            (self.version, self.sums) = (version, Sums::default());
            self.hits.clear();
        }
        loop {
            if self.matches.len() < functions.len() {
                self.look_at_functions(stacks, functions);
            } else if self.hits.len() < skeleton.len() {
                self.look_at_nodes(skeleton, weighed);
            } else {
                return true;
            }
            if !has_time() {
                return self.is_whole(skeleton);
            }
        }
    }

    fn is_whole(&self, skeleton: &Skeleton) -> bool {
        self.hits.len() == skeleton.len()
    }

    fn look_at_functions(&mut self, stacks: &Stacks, functions: &Functions) {
        let start = self.matches.len();
        for function in start..functions.len().min(start + FUNCTIONS) {
            let function = FunctionId(function as u32);
            let texts = [functions.name(stacks, function), functions.file(stacks, function)];
            let is_match = texts.iter().any(|text| contains(text, &self.needle));
            self.matches.push(is_match);
        }
    }

    fn look_at_nodes(&mut self, skeleton: &Skeleton, weighed: &Weighed) {
        let start = self.hits.len();
        for at in start..skeleton.len().min(start + NODES) {
            let (id, node) = (NodeId(at as u32), skeleton.node(NodeId(at as u32)));
            // The root is no frame; a caller comes before whom it calls.
            let is_hit = id != NodeId::ROOT && (self.hits[node.parent.0 as usize] || self.matches(node.function));
            self.hits.push(is_hit);
            if is_hit {
                self.sums += weighed.own(id);
            }
        }
    }

    /// Whether a function matches; false while it was not looked at.
    pub fn matches(&self, function: FunctionId) -> bool {
        self.matches.get(function.0 as usize).copied().unwrap_or(false)
    }

    /// How many functions match so far.
    pub fn functions(&self) -> usize {
        self.matches.iter().filter(|is_match| **is_match).count()
    }

    /// What comes from stacks with a match.
    pub const fn sums(&self) -> Sums {
        self.sums
    }
}

fn contains(text: &str, needle: &str) -> bool {
    if text.is_ascii() && needle.is_ascii() {
        let (text, needle) = (text.as_bytes(), needle.as_bytes());
        return text.windows(needle.len().max(1)).any(|part| part.eq_ignore_ascii_case(needle));
    }
    text.to_lowercase().contains(needle)
}
