//! What came from each stack, found by looking at every thing's whole life.

use super::super::measure::Counted;
use super::super::sums::Sums;
use super::run::{Script, Stack, Step, frame, happen, is_allocator};
use core::ops::Range;
use std::collections::BTreeMap;

/// A thing's life.
#[derive(Clone, Debug)]
struct Life {
    stack: u8,
    /// Since when it has which size.
    sizes: Vec<(u64, u64)>,
    ended_us: Option<u64>,
}

/// All lives of a run.
#[derive(Clone, Debug, Default)]
pub(super) struct Lives(BTreeMap<u64, Life>);

impl Lives {
    pub(super) fn of(script: &Script) -> Self {
        let mut lives = BTreeMap::new();
        happen(script, |time_us, stack, step, id| match step {
            Step::Allocate { bytes, .. } => {
                lives.insert(id, Life { stack, sizes: vec![(time_us, bytes)], ended_us: None });
            }
            Step::Free { .. } => lives.get_mut(&id).unwrap().ended_us = Some(time_us),
            Step::Resize { bytes, .. } => lives.get_mut(&id).unwrap().sizes.push((time_us, bytes)),
            Step::FreeRequested { .. } | Step::FreeOfNothing => {}
        });
        Self(lives)
    }

    /// Moments at which something happened.
    pub(super) fn moments(&self) -> Vec<u64> {
        let times =
            |life: &Life| life.sizes.iter().map(|(time_us, _)| *time_us).chain(life.ended_us).collect::<Vec<_>>();
        self.0.values().flat_map(times).collect()
    }

    /// By stack, at a moment and in a span of time.
    pub(super) fn count(&self, counted: Counted, now_us: u64, span: &Range<u64>) -> BTreeMap<u8, Sums> {
        let mut sums: BTreeMap<u8, Sums> = BTreeMap::new();
        for life in self.0.values() {
            *sums.entry(life.stack).or_default() += life.sums(counted, now_us, span);
        }
        sums.retain(|_, sums| !sums.is_zero());
        sums
    }
}

impl Life {
    fn begun_us(&self) -> u64 {
        self.sizes[0].0
    }

    fn sums(&self, counted: Counted, now_us: u64, span: &Range<u64>) -> Sums {
        let is_begun = self.begun_us() <= now_us;
        match counted {
            Counted::Live if is_begun && self.ended_us.is_none_or(|ended| ended > now_us) => {
                let size = self.sizes.iter().rfind(|(since, _)| *since <= now_us).unwrap().1;
                Sums { amount: size.into(), count: 1 }
            }
            Counted::Allocated => self.allocated(span),
            Counted::Lived if is_begun && span.contains(&self.begun_us()) => {
                Sums { amount: self.byte_micros(now_us), count: 1 }
            }
            _ => Sums::default(),
        }
    }

    fn allocated(&self, span: &Range<u64>) -> Sums {
        let mut sums = Sums::default();
        let mut before = 0;
        for (place, (time_us, size)) in self.sizes.iter().enumerate() {
            if span.contains(time_us) {
                sums.amount += u128::from(size.saturating_sub(before));
                sums.count += u64::from(place == 0);
            }
            before = *size;
        }
        sums
    }

    fn byte_micros(&self, now_us: u64) -> u128 {
        let ended_us = self.ended_us.unwrap_or(u64::MAX).min(now_us);
        let until = self.sizes.iter().skip(1).map(|(time_us, _)| *time_us).chain([u64::MAX]);
        let spans = self.sizes.iter().zip(until);
        spans
            .map(|((since, size), until)| u128::from(*size) * u128::from(until.min(ended_us).saturating_sub(*since)))
            .sum()
    }
}

/// The names that a stack's frames are shown under, from the graph's root on.
pub(super) fn shown(stack: &Stack, is_reversed: bool) -> Vec<String> {
    let name = |(function, _): &(u8, bool)| frame(*function, false).function.into_string();
    if stack.is_empty() {
        return vec!["(no call stack)".into()];
    }
    if !is_reversed {
        return stack.iter().map(name).collect();
    }
    let owner = stack.iter().rposition(|(function, _)| !is_allocator(*function));
    let kept = owner.map_or(stack.len(), |owner| owner + 1);
    stack[..kept].iter().rev().map(name).collect()
}
