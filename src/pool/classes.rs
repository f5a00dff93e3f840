//! Size classes: the sizes at which buffers are created so that requests of
//! nearly the same size share them.

use crate::units::Bytes;

/// WebGPU copies and writes whole words of four bytes.
pub(super) const COPY_ALIGNMENT: u64 = 4;

/// Steps per doubling up to [`FINE_ABOVE`]: rounding wastes at most a fifth.
const STEPS: u64 = 4;
/// Steps per doubling beyond it: rounding wastes at most a ninth.
const STEPS_FINE: u64 = 8;
/// Large buffers are few and dear, so their classes stand closer.
const FINE_ABOVE: u64 = 1 << 20;

/// `size` rounded up to whole words; `None` where that does not fit.
pub(super) fn word_size(size: Bytes) -> Option<Bytes> {
    size.get().checked_next_multiple_of(COPY_ALIGNMENT).map(Bytes::new)
}

/// The smallest class that holds `size`; `None` where it does not fit 64 bits.
///
/// A doubling (2ᵉ, 2ᵉ⁺¹] is cut into k equal steps, k = 4 up to 1 MiB and 8
/// above. Rounding adds less than one step 2ᵉ ÷ k to a class of at least
/// 2ᵉ + 2ᵉ ÷ k, hence wastes less than 1 ÷ (k + 1) of it, counted from the
/// size in whole words.
pub(super) fn class_size(size: Bytes) -> Option<Bytes> {
    let size = word_size(size)?.get();
    let steps = if size <= FINE_ABOVE { STEPS } else { STEPS_FINE };
    size.checked_next_multiple_of(step(size, steps)).map(Bytes::new)
}

/// Distance between classes in the doubling (2ᵉ, 2ᵉ⁺¹] that holds `size`.
fn step(size: u64, steps: u64) -> u64 {
    let floor = 1_u64 << size.saturating_sub(1).checked_ilog2().unwrap_or(0);
    (floor / steps).max(COPY_ALIGNMENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn class(size: u64) -> u64 {
        class_size(Bytes::new(size)).expect("fits").get()
    }

    #[test]
    fn classes_of_a_doubling_are_equal_steps() {
        let classes: Vec<u64> = (1025..=2048).map(class).collect();
        let mut distinct = classes.clone();
        distinct.dedup();
        assert_eq!(distinct, [1280, 1536, 1792, 2048]);
        assert_eq!(class(1024), 1024);
        assert_eq!(class((1 << 20) + 1), (1 << 20) + (1 << 17));
        assert_eq!((class(1), class(4), class(5), class(17)), (4, 4, 8, 20));
    }

    #[test]
    fn waste_stays_below_its_bound() {
        let mut size = 1_u64;
        while size < 1 << 36 {
            for near in [size - 1, size, size + 1, size + size / 3] {
                let (words, class) = (near.max(1).next_multiple_of(4), class(near.max(1)));
                let steps = if words <= 1 << 20 { 4 } else { 8 };
                assert!(class >= words && class % 4 == 0, "{near} → {class}");
                assert!((class - words) * (steps + 1) < class, "{near} → {class}");
                assert_eq!(super::class_size(Bytes::new(class)), Some(Bytes::new(class)), "a class is its own class");
            }
            size += size / 7 + 1;
        }
    }

    #[test]
    fn sizes_beyond_64_bits_are_none() {
        assert_eq!(word_size(Bytes::new(u64::MAX)), None);
        assert_eq!(class_size(Bytes::new(u64::MAX - 3)), None);
        assert_eq!(class_size(Bytes::ZERO), Some(Bytes::ZERO));
    }
}
