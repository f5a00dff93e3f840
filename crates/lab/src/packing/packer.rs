//! The ways to pack, one after another, each better than the one before or left.

use super::greedy::{Greedy, Order};
use super::hunt::{Caught, Hunt};
use super::improve::Improving;
use super::instance::Instance;
use super::search::Problem;
use super::sections::Sections;
use super::sweep::{Sweep, Sweeping};
use crate::rows::figures::Packing;
use std::sync::Arc;

/// Most buffers of greedy packings, which compare each with each.
const GREEDY_MAX: usize = 50_000;
/// Most buffers of a search.
const SEARCH_MAX: usize = 2_000;
/// Comparisons of a greedy packing in the time of one operation of a sweep.
const COMPARISONS_PER_OPERATION: u64 = 64;
/// Operations in the time of one node of the search.
const OPERATIONS_PER_STEP_OF_HUNT: u64 = 20_000;

/// A packing in the making: better the longer it is stepped.
pub(crate) struct Packer {
    instance: Arc<Instance>,
    wanted: Option<u64>,
    /// The best offsets by buffer, and their height; none at first.
    best: Option<(Vec<u64>, u64)>,
    /// The order of the best greedy packing, and the packing.
    best_greedy: Option<(Vec<u32>, Vec<u64>, u64)>,
    lowest: u64,
    nodes: u64,
    stage: Stage,
}

enum Stage {
    Sweep(usize, Option<Box<Sweeping>>),
    Greedy(usize, Option<Greedy>),
    Hunt(Box<Hunt>),
    Improve(Box<Improving>),
    Done,
}

impl Packer {
    /// Of an instance; a packing of `wanted_bytes` is searched before a lower one.
    pub(crate) fn new(instance: Instance, wanted_bytes: Option<u64>) -> Self {
        let wanted = wanted_bytes.map(|bytes| bytes / instance.unit_bytes.max(1));
        let lowest = instance.bound;
        let stage = if instance.buffers.is_empty() { Stage::Done } else { Stage::Sweep(0, None) };
        Self { instance: Arc::new(instance), wanted, best: None, best_greedy: None, lowest, nodes: 0, stage }
    }

    /// Works for about so many operations; whether nothing is left to do.
    pub(crate) fn step(&mut self, operations: u64) -> bool {
        let mut left = operations.max(1);
        while left > 0 && !self.is_done() {
            self.stage = match core::mem::replace(&mut self.stage, Stage::Done) {
                Stage::Sweep(number, sweeping) => self.sweep(number, sweeping, &mut left),
                Stage::Greedy(number, greedy) => self.greedy(number, greedy, &mut left),
                Stage::Hunt(hunt) => self.hunt(hunt, &mut left),
                Stage::Improve(improving) => self.improve(improving, &mut left),
                Stage::Done => Stage::Done,
            };
        }
        self.is_done()
    }

    fn is_done(&self) -> bool {
        matches!(self.stage, Stage::Done) || self.best.as_ref().is_some_and(|best| best.1 <= self.lowest)
    }

    /// The height to stay below.
    fn limit(&self) -> u64 {
        self.best.as_ref().map_or(u64::MAX, |best| best.1)
    }

    fn sweep(&mut self, number: usize, sweeping: Option<Box<Sweeping>>, left: &mut u64) -> Stage {
        let Some(&sweep) = Sweep::ALL.get(number) else { return Stage::Greedy(0, None) };
        let limit = self.limit();
        let expected = if limit == u64::MAX { self.instance.bound.saturating_mul(2) } else { limit };
        let sweeping = sweeping.map_or_else(|| Sweeping::new(&self.instance, sweep, expected).map(Box::new), Ok);
        // Without memory for it, there are the others.
        let Ok(mut sweeping) = sweeping else { return Stage::Sweep(number + 1, None) };
        if !sweeping.step(&self.instance, limit, left) {
            return Stage::Sweep(number, Some(sweeping));
        }
        if sweeping.height() < limit {
            let height = sweeping.height();
            self.best = Some((sweeping.into_offsets(), height));
        }
        Stage::Sweep(number + 1, None)
    }

    fn greedy(&mut self, number: usize, greedy: Option<Greedy>, left: &mut u64) -> Stage {
        if self.instance.buffers.len() > GREEDY_MAX {
            return Stage::Done;
        }
        let Some(&order) = Order::ALL.get(number) else { return self.after_greedy() };
        let mut greedy = greedy.unwrap_or_else(|| Greedy::new(order.of(&self.instance)));
        let limit = self.best_greedy.as_ref().map_or(u64::MAX, |best| best.2);
        let mut comparisons = left.saturating_mul(COMPARISONS_PER_OPERATION);
        let is_at_end = greedy.step(&self.instance, limit, &mut comparisons);
        *left = comparisons / COMPARISONS_PER_OPERATION;
        if !is_at_end {
            return Stage::Greedy(number, Some(greedy));
        }
        if greedy.is_whole() && greedy.height() < limit {
            let height = greedy.height();
            let (offsets, order) = greedy.into_parts();
            self.note(&offsets, height);
            self.best_greedy = Some((order, offsets, height));
        }
        Stage::Greedy(number + 1, None)
    }

    fn note(&mut self, offsets: &[u64], height: u64) {
        if height < self.limit() {
            self.best = Some((offsets.to_vec(), height));
        }
    }

    fn after_greedy(&mut self) -> Stage {
        if self.instance.buffers.len() <= SEARCH_MAX {
            let sections = Sections::of(&self.instance);
            let problem = Problem { instance: Instance::clone(&self.instance), sections };
            return Stage::Hunt(Box::new(Hunt::new(Arc::new(problem), self.limit(), self.wanted)));
        }
        match &self.best_greedy {
            Some((order, offsets, _)) => {
                Stage::Improve(Box::new(Improving::new(&self.instance, order.clone(), offsets)))
            }
            None => Stage::Done,
        }
    }

    fn hunt(&mut self, mut hunt: Box<Hunt>, left: &mut u64) -> Stage {
        let caught = hunt.step();
        *left = left.saturating_sub(OPERATIONS_PER_STEP_OF_HUNT);
        (self.lowest, self.nodes) = (hunt.lowest(), hunt.nodes());
        match caught {
            Caught::Nothing => {}
            Caught::Packing(offsets) => {
                let height = self.instance.height(&offsets);
                self.note(&offsets, height);
            }
            Caught::Optimal => return Stage::Done,
        }
        Stage::Hunt(hunt)
    }

    fn improve(&mut self, mut improving: Box<Improving>, left: &mut u64) -> Stage {
        let Some((_, offsets, height)) = &self.best_greedy else { return Stage::Done };
        let mut comparisons = left.saturating_mul(COMPARISONS_PER_OPERATION);
        let found = improving.step(&self.instance, *height, offsets, &mut comparisons);
        *left = comparisons / COMPARISONS_PER_OPERATION;
        if let Some((offsets, height)) = found {
            self.note(&offsets, height);
            self.best_greedy = Some((Vec::new(), offsets, height));
        }
        Stage::Improve(improving)
    }

    /// How near it is to the optimum; `None` before the first packing.
    pub(crate) fn packing(&self) -> Option<Packing> {
        let height = self.best.as_ref()?.1;
        let (unit, lowest) = (self.instance.unit_bytes, self.lowest.min(height));
        Some(Packing {
            height_bytes: height * unit,
            bound_bytes: lowest * unit,
            gap: height as f64 / lowest.max(1) as f64 - 1.0,
            is_exhausted: self.is_done(),
            nodes: self.nodes,
        })
    }

    /// The best offsets by buffer, bytes; empty before the first packing.
    pub(crate) fn addresses(&self) -> Vec<u64> {
        let unit = self.instance.unit_bytes;
        self.best.iter().flat_map(|(offsets, _)| offsets).map(|offset| offset * unit).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::super::instance::{check, made::instances};
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

        #[test]
        fn it_is_a_packing_whenever_it_is_left(instance in instances(40), steps in 1..60_u32) {
            let mut packer = Packer::new(instance.clone(), None);
            let mut before = u64::MAX;
            for _ in 0..steps {
                packer.step(40);
                let Some(packing) = packer.packing() else { continue };
                prop_assert!(packing.height_bytes <= before && packing.bound_bytes >= instance.bound * instance.unit_bytes);
                before = packing.height_bytes;
                let offsets: Vec<u64> = packer.addresses().iter().map(|it| it / instance.unit_bytes).collect();
                check(&instance, &offsets);
                prop_assert_eq!(instance.height(&offsets) * instance.unit_bytes, packing.height_bytes);
            }
        }
    }
}
