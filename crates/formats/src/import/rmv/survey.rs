//! What has to be known before events are told: the ranges of addresses, the clock, and the
//! names of resources, which they get after they are bound.

use super::container::Contents;
use super::merge::Merged;
use super::spaces::{GPU, SYSTEM};
use super::token::Token;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Frame, Sink, Site, SpaceId};
use std::collections::HashMap;

/// Ranges are merged when so many were gathered.
const GATHERED: usize = 1 << 16;

/// Most resources that keep their names; later ones have none.
const RESOURCES_MAX: usize = 1 << 24;

/// A first reading of the tokens.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// By space and address, without overlap.
    pub(super) ranges: Vec<(SpaceId, u64, u64)>,
    /// Whether resources lie in memory of the system's.
    pub(super) has_system: bool,
    /// Ticks of a second; 0 where no stream says.
    pub(super) frequency: u32,
    /// When the trace begins, ticks.
    pub(super) begin: u64,
    /// The name of each resource, in the order in which they were made.
    pub(super) names: Vec<Site>,
    /// Ranges that were merged.
    merged: usize,
}

impl Survey {
    pub(super) fn of(contents: &Contents<'_>, sink: &mut dyn Sink) -> Result<Self, ImportError> {
        let (mut survey, mut alive) = (Self::default(), HashMap::new());
        let mut merged = Merged::of(contents)?;
        let mut begin = None;
        while let Some((ticks, _, token)) = merged.next(contents)? {
            // What is before the first time of a stream has none, and counts as at the start.
            if matches!(token, Token::Timestamp { .. }) {
                begin.get_or_insert(ticks);
            }
            survey.take(token, &mut alive, sink);
        }
        survey.merge();
        survey.begin = begin.unwrap_or_default();
        let why = || "its streams hold no allocation and no resource".into();
        let holds = !survey.ranges.is_empty() || !survey.names.is_empty();
        holds.then_some(survey).ok_or_else(|| ImportError::Empty { format: Format::Rmv, why: why() })
    }

    fn take(&mut self, token: Token, alive: &mut HashMap<u32, usize>, sink: &mut dyn Sink) {
        match token {
            Token::Timestamp { frequency, .. } if self.frequency == 0 => self.frequency = frequency,
            Token::Allocate { address, bytes } => self.range(GPU, address, bytes),
            Token::Bind { address, bytes, is_system, .. } if address != 0 => {
                self.has_system |= is_system;
                self.range(if is_system { SYSTEM } else { GPU }, address, bytes);
            }
            Token::Create { resource, .. } => {
                if self.names.len() < RESOURCES_MAX {
                    alive.insert(resource, self.names.len());
                    self.names.push(Site::NONE);
                }
            }
            Token::Name { resource, name } => {
                if let Some(resource) = alive.get(&resource) {
                    let stacks = sink.stacks();
                    let frame = stacks.intern(Frame { function: name.into(), ..Frame::default() });
                    self.names[*resource] = stacks.child(Site::NONE, frame);
                }
            }
            _ => {}
        }
    }

    fn range(&mut self, space: SpaceId, address: u64, bytes: u64) {
        self.ranges.push((space, address, bytes));
        if self.ranges.len() >= 2 * self.merged.max(GATHERED) {
            self.merge();
        }
    }

    /// Makes ranges that touch or overlap one.
    fn merge(&mut self) {
        self.ranges.sort_unstable();
        self.ranges.dedup_by(|next, last| {
            let end = last.1.saturating_add(last.2);
            let is_one = next.0 == last.0 && next.1 <= end;
            if is_one {
                last.2 = end.max(next.1.saturating_add(next.2)) - last.1;
            }
            is_one
        });
        self.merged = self.ranges.len();
    }
}
