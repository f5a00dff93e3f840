//! Whether a packing of a given height exists: branch and bound over canonical solutions.
//!
//! After Moffitt, "MiniMalloc: A Lightweight Memory Allocator for Hardware-Accelerated Machine
//! Learning" (ASPLOS 2023). A canonical solution places buffers from the bottom up, each on
//! the floor or on top of one before it, so that only these are searched:
//!
//! - a buffer's *least offset* is the highest top of what overlaps it and is placed;
//! - buffers are placed in order of offset, and at one offset in a fixed order, so that no
//!   packing is met twice, and every section's floor is at least the offset placed last
//!   (*monotonic floor*);
//! - a buffer is not placed so high that another would have fitted below it whole
//!   (*dominance*);
//! - where a section's floor and all that is still to come into it exceed the height, the
//!   branch ends (*section inference*);
//! - where no buffer that is left crosses a moment, both sides are searched apart, and if one
//!   has no solution, the other is not looked at (*decomposition*).
//!
//! The search is a stack of its own, so that it can be left at any node and gone on with.

use super::instance::Instance;
use super::sections::Sections;
use core::cmp::Reverse;
use std::sync::Arc;

/// By what buffers are ordered that have one least offset; the largest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Preorder {
    /// Life, area, the fullest section.
    LifeAreaTotal,
    /// The fullest section, area, life.
    TotalAreaLife,
    /// The fullest section, life, area.
    TotalLifeArea,
}

impl Preorder {
    pub(super) const ALL: [Self; 3] = [Self::LifeAreaTotal, Self::TotalAreaLife, Self::TotalLifeArea];
}

/// How a search stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// Nodes are left.
    Open,
    /// A packing of at most the height was found.
    Found,
    /// There is none.
    Impossible,
}

/// What can be undone.
#[derive(Clone, Copy, Debug)]
enum Change {
    Least { buffer: u32, before: u64 },
    Floor { section: u32, before: u64 },
}

/// A part of the problem that is searched apart: what is left of some sections.
#[derive(Clone, Debug)]
struct Part {
    /// In the fixed order.
    buffers: Vec<u32>,
    /// The first section, and one past the last.
    sections: (u32, u32),
}

/// A level of the stack.
enum Frame {
    Choice(Choice),
    /// Parts that must all be solved; how many are.
    Parts {
        parts: Vec<Part>,
        solved: usize,
    },
}

/// One buffer of a part is to be chosen.
struct Choice {
    /// What is left of the part in its fixed order, by `ranks`.
    sections: (u32, u32),
    /// What may be chosen: least offset, rank in the part's order, buffer; in order.
    candidates: Vec<(u64, u32, u32)>,
    /// The next to try.
    next: usize,
    /// At or above it nothing is placed: something would fit below it whole.
    dominated_from: u64,
    /// No candidate before this is canonical.
    least: (u64, u32),
    /// The one that is placed now, and how long the trail was before.
    placed: Option<(u32, usize)>,
}

/// A problem and what was found out about it beforehand.
#[derive(Debug)]
pub(super) struct Problem {
    pub(super) instance: Instance,
    pub(super) sections: Sections,
}

/// A search for a packing of one height.
pub(super) struct Search {
    problem: Arc<Problem>,
    height: u64,
    preorder: Preorder,
    is_placed: Vec<bool>,
    /// Where a buffer is, or was in the last solution of its part.
    offsets: Vec<u64>,
    least: Vec<u64>,
    floors: Vec<u64>,
    /// By section: the sizes that are still to come.
    totals: Vec<u64>,
    /// By section: buffers that are left and live on into the next.
    crossing: Vec<u32>,
    trail: Vec<Change>,
    frames: Vec<Frame>,
    /// Sections whose floor may have risen, and by section whether it is among them.
    risen: Vec<u32>,
    is_risen: Vec<bool>,
    standing: Standing,
    nodes: u64,
}

impl Search {
    /// Of a packing of at most `height` units; nothing is looked at yet.
    pub(super) fn new(problem: Arc<Problem>, height: u64, preorder: Preorder) -> Self {
        let Problem { instance, sections } = &*problem;
        let (count, section_count) = (instance.buffers.len(), sections.members.len());
        let size = |number: &u32| instance.buffers[*number as usize].size;
        let mut crossing = vec![0; section_count];
        for &(from, until) in &sections.ranges {
            (from..until - 1).for_each(|section| crossing[section as usize] += 1);
        }
        let totals: Vec<u64> = sections.members.iter().map(|living| living.iter().map(size).sum()).collect();
        let is_possible = totals.iter().all(|total| *total <= height);
        let mut search = Self {
            height,
            preorder,
            is_placed: vec![false; count],
            offsets: vec![0; count],
            least: vec![0; count],
            floors: vec![0; section_count],
            totals,
            crossing,
            trail: Vec::new(),
            frames: Vec::new(),
            risen: Vec::new(),
            is_risen: vec![false; section_count],
            standing: if is_possible { Standing::Open } else { Standing::Impossible },
            nodes: 0,
            problem,
        };
        let cuts = (0..section_count as u32).filter(|&at| at + 1 < section_count as u32);
        let cuts: Vec<u32> = cuts.filter(|&at| search.crossing[at as usize] == 0).map(|at| at + 1).collect();
        let parts = search.parts((0..count as u32).collect(), (0, section_count as u32), &cuts);
        search.begin_parts(parts);
        search
    }

    /// The nodes visited so far.
    pub(super) const fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Offsets by buffer, once it is found.
    pub(super) fn offsets(&self) -> &[u64] {
        &self.offsets
    }

    /// Visits at most so many nodes.
    pub(super) fn step(&mut self, nodes: u64) -> Standing {
        let until = self.nodes + nodes;
        while self.standing == Standing::Open && self.nodes < until {
            self.advance();
        }
        self.standing
    }

    /// One candidate of the topmost choice, or the end of it.
    fn advance(&mut self) {
        self.nodes += 1;
        let Some(Frame::Choice(choice)) = self.frames.last_mut() else {
            self.standing = Standing::Found;
            return;
        };
        let candidate = choice.candidates.get(choice.next).copied();
        choice.next += 1;
        match candidate {
            Some((offset, ..)) if offset >= choice.dominated_from => self.fail(),
            None => self.fail(),
            // Not canonical: it was met in another order.
            Some((offset, rank, _)) if (offset, rank) < choice.least => {}
            Some((offset, rank, buffer)) => self.try_at(offset, rank, buffer),
        }
    }

    fn try_at(&mut self, offset: u64, rank: u32, buffer: u32) {
        let mark = self.trail.len();
        let Some(Frame::Choice(choice)) = self.frames.last_mut() else { return };
        choice.placed = Some((buffer, mark));
        let sections = choice.sections;
        self.place(buffer, offset);
        if !self.is_promising(sections, offset) {
            self.undo_top();
            return;
        }
        self.descend(offset, rank, buffer);
    }

    /// Goes on with what is left after `buffer` was placed.
    fn descend(&mut self, offset: u64, rank: u32, buffer: u32) {
        let (from, until) = self.problem.sections.ranges[buffer as usize];
        let cuts: Vec<u32> = (from..until - 1).filter(|&at| self.crossing[at as usize] == 0).map(|at| at + 1).collect();
        let Some(Frame::Choice(choice)) = self.frames.last() else { return };
        let sections = choice.sections;
        let left: Vec<(u32, u32)> =
            choice.candidates.iter().map(|&(_, rank, buffer)| (rank, buffer)).filter(|it| it.1 != buffer).collect();
        if cuts.is_empty() {
            self.begin_choice(left, sections, (offset, rank));
        } else {
            let buffers = left.into_iter().map(|(_, buffer)| buffer).collect();
            let parts = self.parts(buffers, sections, &cuts);
            self.begin_parts(parts);
        }
    }

    /// What is left of those sections, cut in front of `cuts`; parts without buffers are none.
    fn parts(&self, buffers: Vec<u32>, sections: (u32, u32), cuts: &[u32]) -> Vec<Part> {
        let mut edges = vec![sections.0];
        edges.extend(cuts);
        edges.push(sections.1);
        let mut parts: Vec<Part> =
            edges.windows(2).map(|pair| Part { buffers: Vec::new(), sections: (pair[0], pair[1]) }).collect();
        for buffer in buffers {
            let from = self.problem.sections.ranges[buffer as usize].0;
            let part = edges.partition_point(|edge| *edge <= from) - 1;
            parts[part].buffers.push(buffer);
        }
        parts.retain(|part| !part.buffers.is_empty());
        parts
    }

    fn begin_parts(&mut self, parts: Vec<Part>) {
        self.frames.push(Frame::Parts { parts, solved: 0 });
        self.next_part();
    }

    /// The next part of the topmost frame; where there is none, all of them are solved.
    fn next_part(&mut self) {
        let Some(Frame::Parts { parts, solved }) = self.frames.last() else { return };
        let Some(part) = parts.get(*solved).cloned() else { return self.succeed() };
        let ordered = self.in_order(part.buffers);
        let ranked = ordered.into_iter().enumerate().map(|(rank, buffer)| (rank as u32, buffer)).collect();
        self.begin_choice(ranked, part.sections, (0, 0));
    }

    /// The fixed order of a part, by what is left now.
    fn in_order(&self, mut buffers: Vec<u32>) -> Vec<u32> {
        let Problem { instance, sections } = &*self.problem;
        let key = |&number: &u32| {
            let buffer = &instance.buffers[number as usize];
            let (from, until) = sections.ranges[number as usize];
            let total = self.totals[from as usize..until as usize].iter().max().copied().unwrap_or(0);
            let (life, area, total) = (u128::from(buffer.length()), buffer.area(), u128::from(total));
            Reverse(match self.preorder {
                Preorder::LifeAreaTotal => (life, area, total),
                Preorder::TotalAreaLife => (total, area, life),
                Preorder::TotalLifeArea => (total, life, area),
            })
        };
        buffers.sort_unstable();
        buffers.sort_by_cached_key(key);
        buffers
    }

    fn begin_choice(&mut self, left: Vec<(u32, u32)>, sections: (u32, u32), least: (u64, u32)) {
        if left.is_empty() {
            return self.succeed();
        }
        let mut candidates: Vec<_> =
            left.into_iter().map(|(rank, buffer)| (self.least[buffer as usize], rank, buffer)).collect();
        candidates.sort_unstable();
        let size = |buffer: u32| self.problem.instance.buffers[buffer as usize].size;
        let dominated_from = candidates.iter().map(|&(offset, _, buffer)| offset + size(buffer)).min().unwrap_or(0);
        let choice = Choice { sections, candidates, next: 0, dominated_from, least, placed: None };
        self.frames.push(Frame::Choice(choice));
    }

    /// The topmost part is solved: back to the frame of parts, and on to the next.
    fn succeed(&mut self) {
        loop {
            match self.frames.last_mut() {
                None => {
                    self.standing = Standing::Found;
                    return;
                }
                Some(Frame::Choice(_)) => {
                    self.undo_top();
                    self.frames.pop();
                }
                Some(Frame::Parts { parts, solved }) => {
                    *solved += 1;
                    if *solved < parts.len() {
                        return self.next_part();
                    }
                    self.frames.pop();
                }
            }
        }
    }

    /// The topmost choice has no solution: back to the one before.
    fn fail(&mut self) {
        self.frames.pop();
        // Of parts that must all be solved, one is not.
        while let Some(Frame::Parts { .. }) = self.frames.last() {
            self.frames.pop();
        }
        if self.frames.is_empty() {
            self.standing = Standing::Impossible;
        } else {
            self.undo_top();
        }
    }

    fn place(&mut self, buffer: u32, offset: u64) {
        let problem = Arc::clone(&self.problem);
        let Problem { instance, sections } = &*problem;
        let size = instance.buffers[buffer as usize].size;
        let top = offset + size;
        self.is_placed[buffer as usize] = true;
        self.offsets[buffer as usize] = offset;
        let (from, until) = sections.ranges[buffer as usize];
        (from..until - 1).for_each(|at| self.crossing[at as usize] -= 1);
        for section in from..until {
            self.totals[section as usize] -= size;
            self.raise_floor(section, top);
        }
        for &other in &sections.overlaps[buffer as usize] {
            let before = self.least[other as usize];
            if self.is_placed[other as usize] || before >= top {
                continue;
            }
            self.trail.push(Change::Least { buffer: other, before });
            self.least[other as usize] = top;
            self.note_risen(sections.ranges[other as usize]);
        }
        self.raise_floors(sections);
    }

    fn note_risen(&mut self, (from, until): (u32, u32)) {
        for section in from..until {
            if !core::mem::replace(&mut self.is_risen[section as usize], true) {
                self.risen.push(section);
            }
        }
    }

    /// No floor is below the least offset of all that is still to come into its section.
    fn raise_floors(&mut self, sections: &Sections) {
        while let Some(section) = self.risen.pop() {
            self.is_risen[section as usize] = false;
            let left = sections.members[section as usize].iter().filter(|it| !self.is_placed[**it as usize]);
            if let Some(least) = left.map(|it| self.least[*it as usize]).min() {
                self.raise_floor(section, least);
            }
        }
    }

    fn raise_floor(&mut self, section: u32, floor: u64) {
        let before = self.floors[section as usize];
        if before < floor {
            self.trail.push(Change::Floor { section, before });
            self.floors[section as usize] = floor;
        }
    }

    /// Whether all that is left may still come below the height, where nothing comes below
    /// `offset` any more.
    fn is_promising(&self, (from, until): (u32, u32), offset: u64) -> bool {
        let range = from as usize..until as usize;
        let mut sections = self.floors[range.clone()].iter().zip(&self.totals[range]);
        sections.all(|(&floor, &total)| floor.max(offset) + total <= self.height)
    }

    /// Takes back what the topmost choice has placed.
    fn undo_top(&mut self) {
        let Some(Frame::Choice(choice)) = self.frames.last_mut() else { return };
        let Some((buffer, mark)) = choice.placed.take() else { return };
        while self.trail.len() > mark {
            match self.trail.pop() {
                Some(Change::Least { buffer, before }) => self.least[buffer as usize] = before,
                Some(Change::Floor { section, before }) => self.floors[section as usize] = before,
                None => {}
            }
        }
        self.is_placed[buffer as usize] = false;
        let size = self.problem.instance.buffers[buffer as usize].size;
        let (from, until) = self.problem.sections.ranges[buffer as usize];
        (from..until).for_each(|section| self.totals[section as usize] += size);
        (from..until - 1).for_each(|at| self.crossing[at as usize] += 1);
    }
}

#[cfg(test)]
mod tests {
    use super::super::instance::{check, made::instances};
    use super::*;
    use proptest::prelude::*;

    fn searched(instance: &Instance, height: u64, preorder: Preorder) -> Option<Vec<u64>> {
        let sections = Sections::of(instance);
        let problem = Arc::new(Problem { instance: instance.clone(), sections });
        let mut search = Search::new(problem, height, preorder);
        loop {
            match search.step(100) {
                Standing::Open => {}
                Standing::Found => return Some(search.offsets().to_vec()),
                Standing::Impossible => return None,
            }
        }
    }

    /// Whether any packing of that height exists: every buffer on the floor or on top of
    /// another, all of them tried, without any of the rules above.
    fn exists(instance: &Instance, height: u64, offsets: &mut Vec<Option<u64>>) -> bool {
        let Some(next) = offsets.iter().position(Option::is_none) else { return true };
        let buffer = instance.buffers[next];
        (0..=height.saturating_sub(buffer.size)).any(|offset| {
            let is_free = instance.buffers.iter().zip(offsets.iter()).all(|(other, at)| {
                at.is_none_or(|at| !other.overlaps(&buffer) || at + other.size <= offset || offset + buffer.size <= at)
            });
            if !is_free || offset + buffer.size > height {
                return false;
            }
            offsets[next] = Some(offset);
            let found = exists(instance, height, offsets);
            offsets[next] = None;
            found
        })
    }

    fn small() -> impl Strategy<Value = Instance> {
        let buffer = (1..5_u64, 0..8_u32, 1..6_u32);
        let buffer = buffer.prop_map(|(size, start, length)| super::super::instance::Buffer {
            size,
            start,
            end: start + length,
        });
        prop::collection::vec(buffer, 1..8).prop_map(super::super::instance::made::instance)
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_finds_what_exists_and_nothing_else(instance in small()) {
            for height in instance.bound..instance.bound + 3 {
                let expected = exists(&instance, height, &mut vec![None; instance.buffers.len()]);
                for preorder in Preorder::ALL {
                    let found = searched(&instance, height, preorder);
                    prop_assert_eq!(found.is_some(), expected, "{:?} {}", preorder, height);
                    if let Some(offsets) = found {
                        check(&instance, &offsets);
                        prop_assert!(instance.height(&offsets) <= height);
                    }
                }
            }
        }

        #[test]
        fn what_it_finds_is_a_packing(instance in instances(25)) {
            let height = instance.bound + instance.bound / 4 + 40;
            if let Some(offsets) = searched(&instance, height, Preorder::TotalAreaLife) {
                check(&instance, &offsets);
            }
        }
    }
}
