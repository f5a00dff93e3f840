//! What is kept while an arena is guarded.

use super::{GuardHit, Guards};
use crate::layout::NodeIndex;
use std::collections::VecDeque;

/// Hits that are kept until they are taken; more are only counted. The first ones
/// are the nearest to the cause.
const HITS_KEPT: usize = 64;

/// The state of guards: made when they are switched on, kept while anything guarded
/// lives.
#[derive(Debug)]
pub(crate) struct Guarding {
    /// `None` from when they were switched off.
    pub(crate) mode: Option<Guards>,
    /// Freed ranges that are held back, the oldest first.
    pub(crate) quarantine: VecDeque<NodeIndex>,
    pub(crate) hits: Vec<GuardHit>,
    pub(crate) hits_total: u64,
}

impl Guarding {
    pub(crate) fn new() -> Self {
        Self { mode: None, quarantine: VecDeque::new(), hits: Vec::with_capacity(HITS_KEPT), hits_total: 0 }
    }

    /// How many ranges are in quarantine.
    pub(crate) fn held(&self) -> usize {
        self.quarantine.len()
    }

    pub(crate) fn note(&mut self, hit: GuardHit) {
        self.hits_total += 1;
        if self.hits.len() < HITS_KEPT {
            self.hits.push(hit);
        }
    }
}
