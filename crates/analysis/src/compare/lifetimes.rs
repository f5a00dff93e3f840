//! How long things lived that ended, before and after, by doublings.

use super::change::{Change, When};
use super::side::Ended;
use super::table::Amounts;
use super::watched::Watch;
use crate::leaks::lifetime_grid::lifetime_range;
use crate::leaks::lifetimes::{LIFETIMES, Lifetimes, SIZES};
use crate::numbers::text::count;
use arenascope_recording::Reader;
use arenascope_trace::Stopped;
use arenascope_units::Micros;
use arenascope_units::owner::Heap;
use core::ops::Range;
use serde::{Deserialize, Serialize};

/// What ended after about the same time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifetimeRow {
    /// The shortest life, µs; operations where a run has no times.
    pub from_us: u64,
    /// The longest; `None` for no end.
    pub to_us: Option<u64>,
    /// How many lived so long, and their bytes.
    #[serde(flatten)]
    pub amounts: Amounts,
}

/// The lifetimes of both.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LifetimeChanges {
    /// Doublings in which something ended on either side, the shortest first.
    pub rows: Vec<LifetimeRow>,
    /// Ends whose beginning nobody saw.
    pub unknown: Change,
}

/// How long things lived that ended in a range of events. O(events).
///
/// # Errors
/// [`Stopped`] where nobody wants it any more.
pub(super) fn ended(reader: &Reader<'_>, range: Range<u64>, watch: &mut Watch<'_>) -> Result<Ended, Stopped> {
    let mut lifetimes = Lifetimes::since(range.start);
    watch.each(range, |piece| {
        lifetimes.advance(reader, piece.end, u64::MAX);
    })?;
    let maps = || Heap::ALL.into_iter().map(|heap| lifetimes.map(heap));
    let of = |lifetime: usize| {
        let cells = maps().flat_map(|map| (0..SIZES).map(move |size| map.cell(lifetime, size)));
        cells.fold((0, 0), |(bytes, count), cell| (bytes + cell.bytes, count + cell.count))
    };
    Ok(Ended { by_lifetime: (0..LIFETIMES).map(of).collect(), unknown: maps().map(|map| map.unknown).sum() })
}

/// The lifetimes of two sides.
pub fn lifetimes(before: &Ended, after: &Ended) -> LifetimeChanges {
    let mut rows = vec![Amounts::default(); LIFETIMES];
    let mut unknown = Change::default();
    for (when, ended) in [(When::Before, before), (When::After, after)] {
        unknown.add(when, ended.unknown);
        for (row, (bytes, count)) in rows.iter_mut().zip(&ended.by_lifetime) {
            row.bytes.add(when, *bytes);
            row.count.add(when, *count);
        }
    }
    let row = |(power, amounts): (usize, Amounts)| {
        let range = lifetime_range(power);
        let to_us = (*range.end() < u64::MAX).then_some(*range.end());
        LifetimeRow { from_us: *range.start(), to_us, amounts }
    };
    let is_any = |(_, amounts): &(usize, Amounts)| *amounts != Amounts::default();
    LifetimeChanges { rows: rows.into_iter().enumerate().filter(is_any).map(row).collect(), unknown }
}

impl LifetimeRow {
    /// How long they lived: `512 µs – 1.0 ms`, `512 – 1 024 operations`.
    pub fn words(&self, has_times: bool) -> String {
        let Self { from_us, to_us, .. } = *self;
        let end = to_us.map(|to_us| to_us + 1);
        let text = |number: u64| if has_times { Micros::new(number).to_string() } else { count(number) };
        let range = match end {
            Some(end) => format!("{} – {}", text(from_us), text(end)),
            None => format!("{} and more", text(from_us)),
        };
        if has_times { range } else { format!("{range} operations") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doublings_are_compared_one_by_one() {
        let ended = |at: usize, bytes, count, unknown| {
            let mut by_lifetime = vec![(0, 0); LIFETIMES];
            by_lifetime[at] = (bytes, count);
            Ended { by_lifetime, unknown }
        };
        let changes = lifetimes(&ended(9, 64, 2, 1), &ended(10, 32, 1, 4));
        let said: Vec<_> = changes.rows.iter().map(|row| (row.words(true), row.amounts.count.count_text())).collect();
        assert_eq!(
            said,
            [("512 µs – 1.0 ms".to_owned(), "−2".to_owned()), ("1.0 ms – 2.0 ms".to_owned(), "+1".to_owned())]
        );
        assert_eq!(changes.unknown, Change { before: 1, after: 4 });
        assert_eq!(changes.rows[0].words(false), "512 – 1\u{a0}024 operations");
    }
}
