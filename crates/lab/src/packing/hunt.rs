//! Searches at several heights and in several orders, turn by turn: none of them alone is
//! good on every problem.

use super::search::{Preorder, Problem, Search, Standing};
use std::sync::Arc;

/// Nodes that one search gets in a row.
const NODES_IN_A_ROW: u64 = 256;
/// Nodes of all searches at one height, before a height nearer to the best known is tried.
const NODES_AT_FIRST: u64 = 20_000;
/// The same at a height that the caller wants: it is of more use than another.
const NODES_AT_WANTED: u64 = 3_000_000;

/// The hunt for ever lower packings, between what is known to be impossible and the best.
pub(super) struct Hunt {
    problem: Arc<Problem>,
    /// No packing is lower: the bound, or proven.
    lowest: u64,
    /// The height of the best packing that is known.
    best: u64,
    /// At the lowest height: what would be optimal.
    at_lowest: Attempt,
    /// Between both.
    between: Option<Attempt>,
    /// Nodes that the attempt between gets.
    patience: u64,
    nodes: u64,
}

/// Searches at one height, one for each order.
struct Attempt {
    height: u64,
    searches: Vec<Search>,
    turn: usize,
    nodes: u64,
}

impl Attempt {
    fn new(problem: &Arc<Problem>, height: u64) -> Self {
        let searches = Preorder::ALL.map(|preorder| Search::new(Arc::clone(problem), height, preorder));
        Self { height, searches: searches.into(), turn: 0, nodes: 0 }
    }

    /// Gives the next search some nodes.
    fn step(&mut self) -> Standing {
        let turn = self.turn;
        let search = &mut self.searches[turn];
        let before = search.nodes();
        let standing = search.step(NODES_IN_A_ROW);
        self.nodes += search.nodes() - before;
        if standing == Standing::Open {
            self.turn = (turn + 1) % self.searches.len();
        }
        standing
    }

    fn offsets(&self) -> &[u64] {
        self.searches[self.turn].offsets()
    }
}

/// What a step of the hunt brought.
pub(super) enum Caught {
    Nothing,
    /// A packing, by buffer.
    Packing(Vec<u64>),
    /// There is nothing lower.
    Optimal,
}

impl Hunt {
    /// Below a packing of `best`; at `wanted` first, where that is of use.
    pub(super) fn new(problem: Arc<Problem>, best: u64, wanted: Option<u64>) -> Self {
        let lowest = problem.instance.bound;
        let at_lowest = Attempt::new(&problem, lowest);
        let between = wanted.filter(|wanted| (lowest + 1..best).contains(wanted));
        let between = between.map(|wanted| Attempt::new(&problem, wanted));
        let patience = if between.is_some() { NODES_AT_WANTED } else { NODES_AT_FIRST };
        Self { problem, lowest, best, at_lowest, between, patience, nodes: 0 }
    }

    /// No packing is lower than this.
    pub(super) const fn lowest(&self) -> u64 {
        self.lowest
    }

    pub(super) const fn nodes(&self) -> u64 {
        self.nodes
    }

    /// Some nodes more.
    pub(super) fn step(&mut self) -> Caught {
        if self.lowest >= self.best {
            return Caught::Optimal;
        }
        if self.between.is_none() {
            self.between = self.attempt_in(self.lowest);
        }
        match &mut self.between {
            Some(between) if between.nodes <= self.at_lowest.nodes => self.step_between(),
            _ => self.step_at_lowest(),
        }
    }

    /// Half way from a height to the best.
    fn attempt_in(&self, from: u64) -> Option<Attempt> {
        let height = from + (self.best - from) / 2;
        (height > self.lowest && height < self.best).then(|| Attempt::new(&self.problem, height))
    }

    fn step_at_lowest(&mut self) -> Caught {
        let before = self.at_lowest.nodes;
        let standing = self.at_lowest.step();
        self.nodes += self.at_lowest.nodes - before;
        match standing {
            Standing::Open => Caught::Nothing,
            Standing::Found => self.caught(self.at_lowest.offsets().to_vec()),
            Standing::Impossible => {
                self.raise(self.at_lowest.height + 1);
                Caught::Nothing
            }
        }
    }

    /// Nothing below `lowest` is possible.
    fn raise(&mut self, lowest: u64) {
        self.lowest = lowest;
        self.at_lowest = Attempt::new(&self.problem, lowest);
        self.between = self.between.take().filter(|between| between.height > lowest);
    }

    fn step_between(&mut self) -> Caught {
        let Some(between) = &mut self.between else { return Caught::Nothing };
        let (height, before) = (between.height, between.nodes);
        let standing = between.step();
        self.nodes += between.nodes - before;
        let is_out_of_patience = between.nodes > self.patience;
        match standing {
            Standing::Found => {
                let offsets = between.offsets().to_vec();
                return self.caught(offsets);
            }
            Standing::Impossible => self.raise(height + 1),
            Standing::Open if is_out_of_patience => {
                self.between = self.attempt_in(height);
                if self.between.is_none() {
                    self.patience *= 2;
                }
            }
            Standing::Open => {}
        }
        Caught::Nothing
    }

    fn caught(&mut self, offsets: Vec<u64>) -> Caught {
        self.best = self.problem.instance.height(&offsets);
        self.patience = NODES_AT_FIRST;
        self.between = self.attempt_in(self.lowest);
        Caught::Packing(offsets)
    }
}
