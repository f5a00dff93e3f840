//! What is typed and chosen to find events, and the filter it makes, or what is
//! wrong with it.

use super::filter::EventFilter;
use super::text::{OP_GROUPS, Outcome};
use super::word_filter::Words;
use crate::numbers::quantity_range::{self, Quantity};
use crate::run::names::Names;
use crate::selection::selected::Selection;
use arenascope_recording::Reader;
use arenascope_telemetry::event::{Op, Role};
use arenascope_units::owner::{Heap, MemoryCategory, Tag};
use core::ops::{Range, RangeInclusive};

/// Operations that are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Ops {
    /// All operations.
    #[default]
    Any,
    /// All of a group of [`OP_GROUPS`].
    Group(usize),
    /// This one operation.
    One(Op),
    /// Whatever ends something in a heap.
    Ends(Heap),
}

impl Ops {
    /// Whether an operation is one of them.
    pub fn contains(&self, op: Op) -> bool {
        match self {
            Self::Any => true,
            Self::Group(group) => OP_GROUPS.get(*group).is_some_and(|(_, ops)| ops.contains(&op)),
            Self::One(one) => op == *one,
            Self::Ends(heap) => op.role() == Role::Ends(*heap),
        }
    }
}

/// What is asked for. The default asks for everything.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct EventQuery {
    /// The operations.
    pub ops: Ops,
    /// What the memory is for; `None` for all.
    pub category: Option<MemoryCategory>,
    /// Which part of the engine.
    pub tag: Option<Tag>,
    /// The thread that did it; `None` for all.
    pub thread: Option<u8>,
    /// Whether it was done, failed, or was put in; `None` for all.
    pub outcome: Option<Outcome>,
    /// Bytes, as typed: `4 KiB – 1 MiB`, `> 64`.
    pub size: String,
    /// A lifetime, as typed: `< 1 ms`.
    pub lifetime: String,
    /// Words, as typed; `#12` asks for the thing of that number.
    pub text: String,
}

/// What is wrong with what was typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct QueryErrors {
    /// What is wrong with [`EventQuery::size`]; `None` where it is read.
    pub size: Option<String>,
    /// What is wrong with [`EventQuery::lifetime`]; `None` where it is read.
    pub lifetime: Option<String>,
}

impl QueryErrors {
    /// True where nothing is wrong.
    pub const fn is_empty(&self) -> bool {
        self.size.is_none() && self.lifetime.is_none()
    }
}

impl EventQuery {
    /// True where something is left out.
    pub fn is_narrowed(&self) -> bool {
        *self != Self::default()
    }

    /// The filter, in a run with these names.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn filter(&self, names: &Names) -> Result<EventFilter, QueryErrors> {
        let [size, lifetime] = self.ranges()?;
        let mut filter = self.by_choice(names);
        if let Some(size) = size {
            filter = filter.sizes(size);
        }
        if let Some(lifetime) = lifetime {
            filter = filter.lifetimes(lifetime);
        }
        Ok(filter)
    }

    /// Sizes and lifetimes as they were typed.
    ///
    /// # Errors
    /// What is wrong with which field.
    pub fn ranges(&self) -> Result<[Option<RangeInclusive<u64>>; 2], QueryErrors> {
        let size = quantity_range::parse(&self.size, Quantity::Bytes);
        let lifetime = quantity_range::parse(&self.lifetime, Quantity::Micros);
        match (size, lifetime) {
            (Ok(size), Ok(lifetime)) => Ok([size, lifetime]),
            (size, lifetime) => Err(QueryErrors { size: size.err(), lifetime: lifetime.err() }),
        }
    }

    fn by_choice(&self, names: &Names) -> EventFilter {
        let ops: Vec<Op> = Op::ALL.into_iter().filter(|op| self.ops.contains(*op)).collect();
        let mut filter = if self.ops == Ops::Any { EventFilter::default() } else { EventFilter::default().ops(&ops) };
        if let Some(category) = self.category {
            filter = filter.categories(&[category]);
        }
        if let Some(tag) = self.tag {
            filter = filter.tags([tag]);
        }
        if let Some(thread) = self.thread {
            filter = filter.threads(&[thread]);
        }
        if let Some(outcome) = self.outcome {
            filter = filter.outcomes(&[outcome]);
        }
        let (numbers, words): (Vec<&str>, Vec<&str>) =
            self.text.split_whitespace().partition(|word| id(word).is_some());
        if let Some(id) = numbers.last().and_then(|word| id(word)) {
            filter = filter.id(id);
        }
        filter.words(Words::of(&words.join(" "), names))
    }
}

/// The number in `#12`.
fn id(word: &str) -> Option<u64> {
    word.strip_prefix('#')?.parse().ok()
}

/// The filter narrowed to what all panels look at.
#[must_use]
pub fn within(filter: EventFilter, selection: &Selection) -> EventFilter {
    let mut filter = filter;
    if !selection.categories.is_empty() {
        filter = filter.and_categories(&selection.categories);
    }
    if !selection.tags.is_empty() {
        filter = filter.and_tags(&selection.tags);
    }
    if let Some(addresses) = &selection.addresses {
        filter = filter.addresses(addresses.clone());
    }
    filter
}

/// The events of the newest run within a span of time, µs; all of them where there
/// is none. O(log events).
pub fn span_of(reader: &Reader<'_>, time_us: Option<&Range<u64>>) -> Range<u64> {
    match time_us {
        None => reader.run().start..u64::MAX,
        Some(span) => reader.position_at(span.start)..reader.position_at(span.end),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_what_is_asked_for() {
        let query = EventQuery {
            ops: Ops::One(Op::ArenaFree),
            category: Some(MemoryCategory::ECS),
            tag: Some(Tag(3)),
            thread: Some(2),
            outcome: Some(Outcome::Done),
            size: "4 KiB - 1 MiB".into(),
            lifetime: "< 1 ms".into(),
            text: "mesh #12".into(),
        };
        let expected = EventFilter::default()
            .ops(&[Op::ArenaFree])
            .categories(&[MemoryCategory::ECS])
            .tags([Tag(3)])
            .threads(&[2])
            .outcomes(&[Outcome::Done])
            .sizes(4096..=1 << 20)
            .lifetimes(0..=999)
            .words(Words::of("mesh", &Names::engine()))
            .id(12);
        assert_eq!(query.filter(&Names::engine()), Ok(expected));
        assert!(query.is_narrowed() && !EventQuery::default().is_narrowed());
        assert_eq!(EventQuery::default().filter(&Names::engine()), Ok(EventFilter::default()));
    }

    #[test]
    fn groups_hold_their_operations() {
        let of = |ops: Ops| Op::ALL.into_iter().filter(|op| ops.contains(*op)).collect::<Vec<_>>();
        assert_eq!(of(Ops::Any).len(), Op::ALL.len());
        assert_eq!(of(Ops::Ends(Heap::Npu)), [Op::NpuRelease, Op::TensorDestroy]);
        assert_eq!(of(Ops::Group(0)).len(), OP_GROUPS[0].1.len());
        assert!(of(Ops::Group(99)).is_empty());
        let filter = EventQuery { ops: Ops::Ends(Heap::Arena), ..EventQuery::default() }.filter(&Names::engine());
        assert_eq!(filter, Ok(EventFilter::default().ops(&[Op::ArenaFree])));
    }

    #[test]
    fn what_makes_no_sense_is_named() {
        let query = EventQuery { size: "many".into(), lifetime: "3 KiB".into(), ..EventQuery::default() };
        let errors = query.filter(&Names::engine()).unwrap_err();
        assert!(errors.size.unwrap().contains("many"));
        assert!(errors.lifetime.unwrap().contains("KiB"));
    }

    #[test]
    fn a_selection_narrows_further() {
        let mut selection = Selection { addresses: Some(64..128), ..Selection::default() };
        selection.toggle_category(MemoryCategory::ECS);
        selection.toggle_tag(Tag(1));
        let all = EventFilter::default();
        let expected = all.clone().categories(&[MemoryCategory::ECS]).tags([Tag(1)]).addresses(64..128);
        assert_eq!(within(all.clone(), &selection), expected);
        let others = within(all.categories(&[MemoryCategory::TEMPORARY]).tags([Tag(2)]), &selection);
        assert_eq!(others, EventFilter::default().categories(&[]).tags([]).addresses(64..128));
    }
}
