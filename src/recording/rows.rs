//! The events of one chunk: as records while it grows, as packed columns once
//! it is full.

use super::column::Column;
use super::kind::Kind;
use crate::telemetry::event::Event;
use std::collections::HashMap;

/// One event with the distance back to the previous event of the same thing; 0
/// where there is none.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Row {
    pub(super) words: [u64; 4],
    pub(super) back: u32,
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
        let (kinds, places) = kinds(rows);
        let mut values = places;
        let kind = Column::pack(&values);
        let mut column = |value: fn(&Row) -> u64| {
            values.clear();
            values.extend(rows.iter().map(value));
            Column::pack(&values)
        };
        Self {
            kinds: kinds.into(),
            kind,
            time: column(|row| row.words[0] >> 16),
            id: column(|row| row.words[1]),
            offset: column(|row| row.words[2] & ((1 << 56) - 1)),
            size: column(|row| row.words[3] >> 16),
            back: column(|row| u64::from(row.back)),
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

/// The kinds among `rows`, and each row's position among them.
fn kinds(rows: &[Row]) -> (Vec<Kind>, Vec<u64>) {
    let (mut kinds, mut known) = (Vec::new(), HashMap::new());
    let mut last = (None, 0);
    let place = |row: &Row| {
        let kind = Kind::of_words(&row.words);
        if last.0 != Some(kind) {
            let place = *known.entry(kind).or_insert_with(|| {
                kinds.push(kind);
                kinds.len() as u64 - 1
            });
            last = (Some(kind), place);
        }
        last.1
    };
    let places = rows.iter().map(place).collect();
    (kinds, places)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::telemetry::event::Op;

    #[test]
    fn events_come_back_and_kinds_are_kept_once() {
        let event = |n: u64| Event {
            id: n << 19,
            offset_bytes: n * 4096,
            size_bytes: 16 * n,
            ..Event::note(1_000 + n, Op::ALL[n as usize % 3])
        };
        let rows: Vec<Row> = (0..500).map(|n| Row { words: event(n).to_words(), back: n as u32 / 2 }).collect();
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
