//! Many numbers of one kind in as few whole bytes each as the span between the
//! least and the largest needs; any of them is read in a few instructions.
//!
//! Frame of reference with whole bytes: bits would save another tenth, and cost
//! a second load where a number crosses a word.

/// The numbers; they do not change.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Column {
    base: u64,
    /// Zeros at the end of every difference to the base.
    shift: u32,
    /// Bytes of a number, 0 where all are the same.
    width: u32,
    mask: u64,
    /// The numbers, little-endian, and [`SLACK`] more where there are any.
    bytes: Box<[u8]>,
}

/// So that the last number can be read as eight bytes too.
const SLACK: usize = 7;

/// What packing must know of the numbers beforehand.
#[derive(Clone, Copy, Debug)]
pub(super) struct Span {
    least: u64,
    most: u64,
    first: u64,
    /// Bits in which some number differs from the first. Its low zeros are those of
    /// all differences: numbers that agree in them differ by a multiple.
    differing: u64,
}

impl Span {
    /// The span of one number.
    pub(super) const fn of(first: u64) -> Self {
        Self { least: first, most: first, first, differing: 0 }
    }

    /// Widens the span to another number.
    #[inline]
    pub(super) fn note(&mut self, value: u64) {
        self.least = self.least.min(value);
        self.most = self.most.max(value);
        self.differing |= value ^ self.first;
    }
}

impl Column {
    /// Packs `values`. O(n).
    pub(super) fn pack(values: &[u64]) -> Self {
        let mut span = Span::of(values.first().copied().unwrap_or(0));
        values.iter().for_each(|value| span.note(*value));
        Self::gather(span, values.len(), values.iter().copied())
    }

    /// Packs `count` numbers, of which `span` tells. O(n).
    pub(super) fn gather(span: Span, count: usize, values: impl Iterator<Item = u64>) -> Self {
        let (base, bits) = (span.least, span.most - span.least);
        let shift = if bits == 0 { 0 } else { span.differing.trailing_zeros() };
        let width = (64 - (bits >> shift).leading_zeros()).div_ceil(8);
        let mut column = Self::empty(base, shift, width, count);
        if width > 0 {
            values.zip(0..count).for_each(|(value, place)| column.put(place, (value - base) >> shift));
        }
        column
    }

    fn empty(base: u64, shift: u32, width: u32, count: usize) -> Self {
        let mask = if width == 0 { 0 } else { u64::MAX >> (64 - 8 * width) };
        let length = if width == 0 { 0 } else { count * width as usize + SLACK };
        Self { base, shift, width, mask, bytes: vec![0; length].into() }
    }

    /// Puts the next number; from left to right, since the bytes of the one after it
    /// are zeroed.
    #[inline]
    fn put(&mut self, place: usize, number: u64) {
        let at = place * self.width as usize;
        self.bytes[at..at + 8].copy_from_slice(&number.to_le_bytes());
    }

    /// The number at `place`. O(1).
    ///
    /// # Panics
    /// Where there are fewer numbers, unless all are the same.
    #[inline]
    pub(super) fn get(&self, place: usize) -> u64 {
        if self.width == 0 {
            return self.base;
        }
        let at = place * self.width as usize;
        let bytes: [u8; 8] = self.bytes[at..at + 8].try_into().unwrap_or_default();
        self.base + ((u64::from_le_bytes(bytes) & self.mask) << self.shift)
    }

    /// Bytes of memory held outside of the struct.
    pub(super) fn heap_bytes(&self) -> usize {
        self.bytes.len()
    }

    /// Appends it to a file: base 8 bytes, shift 1, width 1, numbers.
    pub(super) fn write(&self, file: &mut Vec<u8>) {
        file.extend(self.base.to_le_bytes());
        file.extend([self.shift as u8, self.width as u8]);
        file.extend(&self.bytes[..self.bytes.len().saturating_sub(SLACK)]);
    }

    /// From a file, `count` numbers, and what follows; `None` where it ends too
    /// early or makes no sense.
    pub(super) fn read(file: &[u8], count: usize) -> Option<(Self, &[u8])> {
        let (base, file) = file.split_first_chunk()?;
        let (&[shift, width], file) = file.split_first_chunk()?;
        if width > 8 || shift > 63 {
            return None;
        }
        let length = count.checked_mul(usize::from(width))?;
        let (numbers, file) = file.split_at_checked(length)?;
        let mut column = Self::empty(u64::from_le_bytes(*base), u32::from(shift), u32::from(width), count);
        column.bytes.get_mut(..length)?.copy_from_slice(numbers);
        column.fits(count).then_some((column, file))
    }

    /// True where no number overflows.
    fn fits(&self, count: usize) -> bool {
        let largest = (0..if self.width == 0 { 0 } else { count })
            .map(|place| {
                let at = place * self.width as usize;
                u64::from_le_bytes(self.bytes[at..at + 8].try_into().unwrap_or_default()) & self.mask
            })
            .max();
        let largest = largest.unwrap_or(0);
        largest.leading_zeros() >= self.shift && self.base.checked_add(largest << self.shift).is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(values in prop::collection::vec(any::<u64>(), 0..50), drop in 0..64_u32, shift in 0..8_u32) {
            let values: Vec<u64> = values.iter().map(|value| (value >> drop) << shift).collect();
            let column = Column::pack(&values);
            for (place, value) in values.iter().enumerate() {
                prop_assert_eq!(column.get(place), *value);
            }
            let mut file = Vec::new();
            column.write(&mut file);
            file.push(9);
            prop_assert_eq!(Column::read(&file, values.len()), Some((column, &[9][..])));
        }
    }

    #[test]
    fn few_bytes_are_enough() {
        assert_eq!(Column::pack(&[5; 1000]).heap_bytes(), 0);
        assert_eq!(Column::pack(&[1 << 40, (1 << 40) + 255]).heap_bytes(), 2 + SLACK);
        assert_eq!(Column::pack(&[0, 255 * 4096]).heap_bytes(), 2 + SLACK);
        assert_eq!(Column::pack(&[0, u64::MAX]).heap_bytes(), 16 + SLACK);
    }

    #[test]
    fn numbers_that_overflow_are_refused() {
        let mut file = u64::MAX.to_le_bytes().to_vec();
        file.extend([0, 1, 1]);
        assert_eq!(Column::read(&file, 1), None);
        file[10] = 0;
        assert!(Column::read(&file, 1).is_some());
        assert_eq!(Column::read(&file[..10], 1), None);
        file[9] = 9;
        assert_eq!(Column::read(&file, 1), None);
    }
}
