//! The events of one chunk: as records while it grows, as packed columns once
//! it is full.

use super::column::{Column, Span};
use super::kind::Kind;
use arenascope_telemetry::event::Event;

/// One event with the distance back to the previous event of the same thing, 0
/// where there is none; and the call stack that it came from, 0 where nobody said.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) words: [u64; 4],
    pub(super) back: u32,
    pub(super) site: u32,
}

/// A full chunk's events, 11 to 19 bytes each in practice.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Packed {
    /// The kinds there are, in order of first appearance.
    pub(super) kinds: Box<[Kind]>,
    /// Each event's position in `kinds`.
    pub(super) kind: Column,
    pub(super) time: Column,
    pub(super) id: Column,
    pub(super) offset: Column,
    pub(super) size: Column,
    pub(super) back: Column,
}

impl Packed {
    /// Packs `rows`. O(rows).
    pub(super) fn pack(rows: &[Row]) -> Self {
        let mut kinds = Kinds::default();
        let places: Vec<u16> = rows.iter().map(|row| kinds.place(row.kind())).collect();
        let mut spans = rows.first().map_or([Span::of(0); 5], |row| row.numbers().map(Span::of));
        for row in rows {
            spans.iter_mut().zip(row.numbers()).for_each(|(span, number)| span.note(number));
        }
        let [time, id, offset, size, back] = spans;
        let column = |span, number: fn(&Row) -> u64| Column::gather(span, rows.len(), rows.iter().map(number));
        Self {
            kind: Column::gather(kinds.span(), rows.len(), places.into_iter().map(u64::from)),
            kinds: kinds.list.into(),
            time: column(time, Row::time),
            id: column(id, Row::id),
            offset: column(offset, Row::offset),
            size: column(size, Row::size),
            back: column(back, Row::distance),
        }
    }

    /// The columns, in the order of files.
    pub(super) const fn columns(&self) -> [&Column; 6] {
        [&self.kind, &self.time, &self.id, &self.offset, &self.size, &self.back]
    }

    pub(super) const fn columns_mut(&mut self) -> [&mut Column; 6] {
        [&mut self.kind, &mut self.time, &mut self.id, &mut self.offset, &mut self.size, &mut self.back]
    }

    #[inline]
    pub(super) fn kind(&self, place: usize) -> Kind {
        self.kinds[self.kind.get(place) as usize]
    }

    pub(super) fn event(&self, place: usize) -> Event {
        let [time, id, offset, size] = [&self.time, &self.id, &self.offset, &self.size].map(|column| column.get(place));
        self.kind(place).event(time, id, offset, size)
    }

    pub(super) fn bytes(&self) -> usize {
        let columns = self.columns().iter().map(|column| column.heap_bytes()).sum::<usize>();
        size_of::<Self>() + size_of_val(&*self.kinds) + columns
    }
}

impl Row {
    /// What the event has in common with others.
    #[inline]
    pub(super) const fn kind(&self) -> Kind {
        Kind::of_words(&self.words).at_site(self.site)
    }

    #[inline]
    const fn time(&self) -> u64 {
        self.words[0] >> 16
    }

    #[inline]
    const fn id(&self) -> u64 {
        self.words[1]
    }

    #[inline]
    const fn offset(&self) -> u64 {
        self.words[2] & ((1 << 56) - 1)
    }

    #[inline]
    const fn size(&self) -> u64 {
        self.words[3] >> 16
    }

    #[inline]
    const fn distance(&self) -> u64 {
        self.back as u64
    }

    /// Time, number, offset, size, distance.
    #[inline]
    const fn numbers(&self) -> [u64; 5] {
        [self.time(), self.id(), self.offset(), self.size(), self.distance()]
    }
}

/// Kinds in order of first appearance, found again through an open table.
struct Kinds {
    list: Vec<Kind>,
    /// Positions in the list plus one; 0 where nothing is.
    table: Vec<u16>,
}

impl Default for Kinds {
    fn default() -> Self {
        Self { list: Vec::new(), table: vec![0; 1 << 10] }
    }
}

impl Kinds {
    /// The position of a kind, which is added where it is new. O(1) amortised.
    #[inline]
    fn place(&mut self, kind: Kind) -> u16 {
        let at = self.slot(kind);
        match self.table[at] {
            0 => self.add(kind, at),
            place => place - 1,
        }
    }

    #[cold]
    fn add(&mut self, kind: Kind, at: usize) -> u16 {
        self.list.push(kind);
        // A chunk has fewer events than 16 bits can count.
        let place = self.list.len() as u16;
        self.table[at] = place;
        if 2 * self.list.len() > self.table.len() {
            self.table = vec![0; 2 * self.table.len()];
            for (kind, place) in self.list.iter().zip(1..) {
                let at = self.slot(*kind);
                self.table[at] = place;
            }
        }
        place - 1
    }

    /// Where a kind is, or would go. Ends: at most half of the table is taken.
    #[inline]
    fn slot(&self, kind: Kind) -> usize {
        let mask = self.table.len() - 1;
        let mut at = (kind.to_bits().wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32) as usize & mask;
        while let Some(place) = self.table[at].checked_sub(1)
            && self.list[usize::from(place)] != kind
        {
            at = (at + 1) & mask;
        }
        at
    }

    /// The span of all positions.
    fn span(&self) -> Span {
        let mut span = Span::of(0);
        (0..self.list.len() as u64).for_each(|place| span.note(place));
        span
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_telemetry::event::Op;

    #[test]
    fn events_come_back_and_kinds_are_kept_once() {
        let event = |n: u64| Event {
            id: n << 19,
            offset_bytes: n * 4096,
            size_bytes: 16 * n,
            ..Event::note(1_000 + n, Op::ALL[n as usize % 3])
        };
        let rows: Vec<Row> =
            (0..500).map(|n| Row { words: event(n).to_words(), back: n as u32 / 2, site: 0 }).collect();
        let packed = Packed::pack(&rows);
        for n in 0..500 {
            assert_eq!(packed.event(n as usize), event(n));
            assert_eq!(packed.back.get(n as usize), n / 2);
        }
        assert_eq!(packed.kinds.len(), 3);
        // Kind 1, time 2, number 2, offset 2, size 2, back 1.
        assert!(packed.bytes() < 500 * 10 + 1_000, "{}", packed.bytes());
    }
}
