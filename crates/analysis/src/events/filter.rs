//! Which events a table shows.

use super::text::{Outcome, category_of};
use super::word_filter::Words;
use arenascope_recording::{Kind, Reader};
use arenascope_telemetry::event::{Event, Op, Role};
use arenascope_units::owner::{Heap, MemoryCategory, Tag};
use core::ops::{Range, RangeInclusive};
use std::collections::BTreeSet;

/// What an event must be to be shown. The default shows all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EventFilter {
    ops: u32,
    categories: u16,
    threads: u16,
    outcomes: u8,
    /// Tags that are shown; `None` for all.
    tags: Option<BTreeSet<Tag>>,
    words: Words,
    /// The number of the thing that is shown; `None` for all.
    id: Option<u64>,
    addresses: Option<Range<u64>>,
    size_bytes: RangeInclusive<u64>,
    /// `None` shows events without a lifetime as well.
    lifetime_us: Option<RangeInclusive<u64>>,
}

impl Default for EventFilter {
    fn default() -> Self {
        let all = 0..=u64::MAX;
        Self {
            ops: u32::MAX,
            categories: u16::MAX,
            threads: u16::MAX,
            outcomes: u8::MAX,
            tags: None,
            words: Words::default(),
            id: None,
            addresses: None,
            size_bytes: all,
            lifetime_us: None,
        }
    }
}

impl EventFilter {
    /// Shows only these operations.
    #[must_use]
    pub fn ops(mut self, ops: &[Op]) -> Self {
        self.ops = ops.iter().fold(0, |mask, op| mask | 1 << op.index());
        self
    }

    /// Only refusals, failures and losses.
    #[must_use]
    pub fn failures(self) -> Self {
        let failures: Vec<Op> = Op::ALL.into_iter().filter(|op| op.is_failure()).collect();
        self.ops(&failures)
    }

    /// Shows only events of these categories.
    #[must_use]
    pub fn categories(mut self, categories: &[MemoryCategory]) -> Self {
        self.categories = categories.iter().fold(0, |mask, category| mask | 1 << category.index());
        self
    }

    /// Of those so far, only these categories.
    #[must_use]
    pub fn and_categories(mut self, categories: &BTreeSet<MemoryCategory>) -> Self {
        self.categories &= categories.iter().fold(0, |mask, category| mask | 1 << category.index());
        self
    }

    /// Of those so far, only these tags.
    #[must_use]
    pub fn and_tags(mut self, tags: &BTreeSet<Tag>) -> Self {
        self.tags = Some(self.tags.map_or_else(|| tags.clone(), |before| &before & tags));
        self
    }

    /// Only ranges of the arena that touch these addresses.
    #[must_use]
    pub fn addresses(mut self, addresses: Range<u64>) -> Self {
        self.addresses = Some(addresses);
        self
    }

    /// Only these threads, by number.
    #[must_use]
    pub fn threads(mut self, threads: &[u8]) -> Self {
        self.threads = threads.iter().fold(0, |mask, thread| mask | 1_u16 << (thread % 16));
        self
    }

    /// Shows only events of these tags.
    #[must_use]
    pub fn tags(mut self, tags: impl IntoIterator<Item = Tag>) -> Self {
        self.tags = Some(tags.into_iter().collect());
        self
    }

    /// Shows only events that went so.
    #[must_use]
    pub fn outcomes(mut self, outcomes: &[Outcome]) -> Self {
        self.outcomes = outcomes.iter().fold(0, |mask, outcome| mask | 1 << *outcome as u8);
        self
    }

    /// Only what these words describe.
    #[must_use]
    pub fn words(mut self, words: Words) -> Self {
        self.words = words;
        self
    }

    /// Only events about the thing of this number.
    #[must_use]
    pub const fn id(mut self, id: u64) -> Self {
        self.id = Some(id);
        self
    }

    /// Only sizes in this range, bytes.
    #[must_use]
    pub fn sizes(mut self, size_bytes: RangeInclusive<u64>) -> Self {
        self.size_bytes = size_bytes;
        self
    }

    /// Only what closes something that was open as long, µs: see [`lifetime_us`].
    #[must_use]
    pub fn lifetimes(mut self, lifetime_us: RangeInclusive<u64>) -> Self {
        self.lifetime_us = Some(lifetime_us);
        self
    }

    /// Whether an event of this kind may be shown.
    pub fn admits(&self, kind: Kind) -> bool {
        self.ops & 1 << kind.op().index() != 0
            && (self.categories == u16::MAX
                || category_of(kind).is_some_and(|category| self.categories & 1 << category.index() != 0))
            && self.threads & 1_u16 << kind.thread() != 0
            && self.outcomes & 1 << Outcome::of(kind) as u8 != 0
            && self.tags.as_ref().is_none_or(|tags| tags.contains(&kind.owner().tag))
            && self.words.describe(kind)
    }

    /// True where the kind of an event alone decides.
    pub fn is_by_kind(&self) -> bool {
        self.id.is_none() && self.addresses.is_none() && self.lifetime_us.is_none() && self.size_bytes == (0..=u64::MAX)
    }

    /// Whether an event of a kind that is admitted is shown. O(1), but for a
    /// lifetime across resizes.
    pub fn shows(&self, reader: &Reader<'_>, index: u64) -> bool {
        if self.is_by_kind() {
            return true;
        }
        let Some(event) = reader.event(index) else { return false };
        self.size_bytes.contains(&event.size_bytes)
            && self.id.is_none_or(|id| event.id == id && event.op.role() != Role::Notes)
            && self.addresses.as_ref().is_none_or(|addresses| touches(&event, addresses))
            && self
                .lifetime_us
                .as_ref()
                .is_none_or(|span| lifetime_us(reader, index).is_some_and(|us| span.contains(&us)))
    }

    /// The events of a range that are shown, first to last; reversed, last to
    /// first. Nothing is gathered.
    pub fn scan<'r>(&'r self, reader: &'r Reader<'_>, range: Range<u64>) -> impl DoubleEndedIterator<Item = u64> + 'r {
        reader.scan(range, |kind| self.admits(kind)).filter(move |index| self.shows(reader, *index))
    }
}

fn touches(event: &Event, addresses: &Range<u64>) -> bool {
    let is_range =
        matches!(event.op.role(), Role::Begins(Heap::Arena) | Role::Changes(Heap::Arena) | Role::Ends(Heap::Arena));
    is_range && event.offset_bytes < addresses.end && addresses.start < event.offset_bytes + event.size_bytes
}

/// How long what an event closes was open, µs: how long an allocation lived that
/// it frees, how long a resource was held that it gives back, how long one existed
/// that it destroys. `None` for other events, and where the beginning is not kept.
pub fn lifetime_us(reader: &Reader<'_>, index: u64) -> Option<u64> {
    let kind = reader.kind(index)?;
    let begun = match kind.role() {
        Role::Ends(_) => reader.origin(index)?,
        Role::Changes(_) if is_given_back(kind.op()) => reader.previous(index)?,
        _ => return None,
    };
    Some(reader.time_us(index)?.saturating_sub(reader.time_us(begun)?))
}

/// True where something goes back to its pool, and lives on.
pub const fn is_given_back(op: Op) -> bool {
    matches!(op, Op::PoolRelease | Op::TensorRelease)
}
