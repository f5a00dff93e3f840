//! Slabs: spans of 64 KiB, each divided into slots of one size.
//!
//! Sizes up to 16 KiB have classes, four for each doubling; a request takes a slot of
//! the first class that is large enough and keeps its alignment. Larger ones are cut
//! from the open space, that is, what no span takes, by size in lists of five bits.
//! Bonwick, "The slab allocator", USENIX Summer 1994.
//!
//! What is free inside a span, side by side, is one range: the chain of ranges says
//! which slots are taken, so there is no bitmap beside it that could disagree. A span
//! none of whose slots is taken is open space again.
//!
//! Limits: a slot is up to a quarter larger than the request; what is left of a span
//! behind its last slot serves nobody; and one slot in use keeps 64 KiB for its
//! class. Where no span can be made, slots are cut from the open space as they come.

use super::index::NoPlace;
use super::index::{Fit, Policy};
use super::lists::Lists;
use crate::error::Violation;
use crate::layout::{GRANULE_BYTES, NodeIndex, to_bytes};
use crate::nodes::split::split;
use crate::nodes::table::Table;
use crate::nodes::tally::Tally;

const PREVIOUS: usize = 0;
const NEXT: usize = 1;
const LISTED: usize = 3;

/// Granules of a span, which lies at a multiple of them.
const SPAN: u32 = (64 << 10) / GRANULE_BYTES;

/// Granules of the largest slot.
const LARGEST: u32 = (16 << 10) / GRANULE_BYTES;

/// The number of classes: sizes up to [`LARGEST`] with two bits of mantissa.
const CLASSES: usize = class_of(LARGEST) + 1;

/// What a node outside of all spans is marked with; inside, it is the class + 1.
const OPEN: u16 = 0;

/// The index of the policy `slab`.
#[derive(Debug)]
pub(crate) struct Slab {
    open: Lists<5>,
    /// Free ranges inside spans with room for a slot at least, by class.
    runs: [Option<NodeIndex>; CLASSES],
}

impl Default for Slab {
    fn default() -> Self {
        Self { open: Lists::default(), runs: [None; CLASSES] }
    }
}

impl Policy for Slab {
    const CASCADES: bool = true;

    fn granules(&self, size: u32, align: u32) -> u32 {
        let (size, align) = (size.div_ceil(GRANULE_BYTES), align.div_ceil(GRANULE_BYTES));
        let fitting = (class_of(size - 1) + 1..CLASSES).map(slot).find(|slot| slot.is_multiple_of(align));
        fitting.unwrap_or(size)
    }

    fn start(&mut self, table: &mut Table, _tally: &mut Tally, node: NodeIndex) {
        table[node].mark = OPEN;
        self.insert(table, node);
    }

    /// O(1), as [`Lists::find`].
    fn find(&mut self, table: &Table, fit: Fit) -> Option<NodeIndex> {
        let run = if is_slot(fit) { self.runs[class_of(fit.size)] } else { None };
        run.or_else(|| if is_slot(fit) { self.open.find(table, WHOLE) } else { None })
            .or_else(|| self.open.find(table, fit))
    }

    /// Makes a span of the open range found, if it is to be one. O(1).
    fn isolate(
        &mut self,
        table: &mut Table,
        tally: &mut Tally,
        node: NodeIndex,
        fit: Fit,
    ) -> Result<NodeIndex, NoPlace> {
        let (start, size) = (table[node].start, table[node].size);
        if table[node].mark != OPEN || !is_slot(fit) || !WHOLE.fits(start, size) {
            return Ok(node);
        }
        let pad = WHOLE.pad(start);
        let rest = size - pad - SPAN;
        // And one for the slot.
        let needed = u32::from(pad > 0) + u32::from(rest > 0) + 1;
        if needed > table.vacant_count() {
            return Err(NoPlace::NoNodes { needed });
        }
        self.remove(table, node);
        if pad > 0 {
            let front = split(table, tally, node, pad).ok_or(NoPlace::NoNodes { needed })?;
            self.insert(table, front);
        }
        let mut span = node;
        if rest > 0 {
            span = split(table, tally, node, SPAN).ok_or(NoPlace::NoNodes { needed })?;
            self.insert(table, node);
        }
        table[span].mark = class_of(fit.size) as u16 + 1;
        self.insert(table, span);
        Ok(span)
    }

    /// True for open ranges, and for ranges of one span.
    fn may_join(&self, table: &Table, node: NodeIndex, neighbour: NodeIndex) -> bool {
        let (one, other) = (&table[node], &table[neighbour]);
        one.mark == other.mark && (one.mark == OPEN || one.start / SPAN == other.start / SPAN)
    }

    /// Gives a span back that is free from end to end.
    fn ripen(&mut self, table: &mut Table, node: NodeIndex) {
        if table[node].mark != OPEN && table[node].size == SPAN {
            self.remove(table, node);
            table[node].mark = OPEN;
            self.insert(table, node);
        }
    }

    fn insert(&mut self, table: &mut Table, node: NodeIndex) {
        match class_at(table, node) {
            None => self.open.insert(table, node),
            Some(class) if table[node].size >= slot(class) => self.list(table, node, class),
            Some(_) => table[node].set_words(None, None, 0, 0),
        }
    }

    fn remove(&mut self, table: &mut Table, node: NodeIndex) {
        match class_at(table, node) {
            None => self.open.remove(table, node),
            Some(class) if table[node].word(LISTED) == 1 => self.unlist(table, node, class),
            Some(_) => (),
        }
    }

    fn resize(&mut self, table: &mut Table, node: NodeIndex) {
        if table[node].mark == OPEN {
            self.open.resize(table, node);
        } else {
            self.remove(table, node);
            self.insert(table, node);
        }
    }

    /// A run serves slots of its class; the open space serves what is larger than any
    /// slot as it is, and slots where no span can be made.
    fn largest_in(&self, mark: u16, start: u32, size: u32, align: u32) -> u32 {
        let largest_slot = |classes: core::ops::Range<usize>, room: u32| {
            classes.map(slot).filter(|&slot| slot <= room && slot.is_multiple_of(align)).max().unwrap_or(0)
        };
        if mark != OPEN {
            let class = usize::from(mark) - 1;
            return largest_slot(class..class + 1, size);
        }
        let room = size.saturating_sub(Fit { size, align }.pad(start));
        if room > LARGEST || align > LARGEST { room } else { largest_slot(1..CLASSES, room) }
    }

    /// O(1) while an open range is as large as a span, as none inside is; else
    /// O(ranges).
    fn largest(&self, table: &Table) -> u32 {
        let open = self.open.largest(table);
        if open >= SPAN {
            return open;
        }
        table.chain().map(|node| &table[node]).filter(|it| it.is_free()).map(|it| it.size).max().unwrap_or(0)
    }

    fn steps(&self) -> u64 {
        self.open.steps()
    }

    fn audit(&self, table: &Table, free_ranges: u64) -> Result<(), Violation> {
        let (mut inside, mut listable) = (0, 0);
        for node in table.chain().filter(|&node| table[node].is_free()) {
            if let Some(class) = class_at(table, node) {
                inside += 1;
                listable += u64::from(table[node].size >= slot(class));
            }
        }
        let mut listed = 0;
        for class in 0..CLASSES {
            listed += self.audit_runs(table, class, listable - listed)?;
        }
        if listed != listable {
            return Err(Violation::IndexCount { indexed: free_ranges - listable + listed, free_ranges });
        }
        match self.open.audit(table, free_ranges - inside) {
            Err(Violation::IndexCount { indexed, .. }) => {
                Err(Violation::IndexCount { indexed: indexed + inside, free_ranges })
            }
            other => other,
        }
    }
}

impl Slab {
    fn list(&mut self, table: &mut Table, node: NodeIndex, class: usize) {
        let next = self.runs[class].replace(node);
        table[node].set_words(None, next, 0, 1);
        if let Some(next) = next {
            table[next].set_link(PREVIOUS, Some(node));
        }
    }

    fn unlist(&mut self, table: &mut Table, node: NodeIndex, class: usize) {
        let (previous, next) = (table[node].link(PREVIOUS), table[node].link(NEXT));
        match previous {
            Some(previous) => table[previous].set_link(NEXT, next),
            None => self.runs[class] = next,
        }
        if let Some(next) = next {
            table[next].set_link(PREVIOUS, previous);
        }
        table[node].set_word(LISTED, 0);
    }

    /// The number of runs in the list of `class`, all of them of its spans.
    fn audit_runs(&self, table: &Table, class: usize, limit: u64) -> Result<u64, Violation> {
        let (mut listed, mut previous, mut at) = (0, None, self.runs[class]);
        while let Some(node) = at {
            let entry = table.get(node).filter(|entry| entry.is_free()).ok_or(Violation::IndexNotFree)?;
            let whole = entry.start / SPAN == ((entry.end() - 1) as u32) / SPAN;
            let placed = (entry.start % SPAN).is_multiple_of(slot(class)) && entry.size >= slot(class);
            let linked = entry.link(PREVIOUS) == previous && entry.word(LISTED) == 1;
            if !(whole && placed && linked && class_at(table, node) == Some(class) && listed < limit) {
                return Err(Violation::IndexShape { offset: to_bytes(entry.start) });
            }
            listed += 1;
            (previous, at) = (at, entry.link(NEXT));
        }
        Ok(listed)
    }
}

/// The fit of a whole span.
const WHOLE: Fit = Fit { size: SPAN, align: SPAN };

/// True where the request is for a slot and not for open space.
fn is_slot(fit: Fit) -> bool {
    fit.size <= LARGEST && slot(class_of(fit.size)) == fit.size && fit.size.is_multiple_of(fit.align)
}

/// The class of the largest slot that is no larger than `size`.
const fn class_of(size: u32) -> usize {
    Lists::<2>::class(size) as usize
}

/// Granules of a slot of `class`.
const fn slot(class: usize) -> u32 {
    let class = class as u32;
    if class < 4 { class } else { (4 + class % 4) << (class / 4 - 1) }
}

/// The class of the span that a range lies in; `None` in the open space.
fn class_at(table: &Table, node: NodeIndex) -> Option<usize> {
    let mark = table[node].mark;
    if mark == OPEN { None } else { Some((usize::from(mark) - 1).min(CLASSES - 1)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_at_most_a_quarter_too_large() {
        for class in 1..CLASSES {
            assert_eq!(class_of(slot(class)), class);
        }
        assert_eq!(slot(CLASSES - 1), LARGEST);
        for size in 1..=LARGEST {
            let slot = Slab::default().granules(size * GRANULE_BYTES, 1);
            assert!(slot >= size && slot * 4 <= size * 5, "{size} in {slot}");
        }
    }

    #[test]
    fn slots_keep_the_alignment() {
        let granules = |size, align| Slab::default().granules(size, align);
        assert_eq!([granules(1, 64), granules(80, 64), granules(100, 4096)], [4, 8, 256]);
        assert_eq!(granules(16, 64 << 10), 1, "no slot lies so: from the open space");
    }
}
