//! Size classes: the sizes at which buffers are created so that requests of
//! nearly the same size share them.

use arenascope_units::Bytes;

/// WebGPU copies and writes whole words of four bytes.
pub(super) const COPY_ALIGNMENT: u64 = 4;

/// Large buffers are few and dear, so beyond this there are twice as many
/// steps per doubling.
const FINE_ABOVE: u64 = 1 << 20;

/// `size` rounded up to whole words; `None` where that does not fit.
pub(super) fn word_size(size: Bytes) -> Option<Bytes> {
    size.get().checked_next_multiple_of(COPY_ALIGNMENT).map(Bytes::new)
}

/// `size` rounded up to a power of two, at least a word; `None` where that does
/// not fit.
pub(super) fn power_size(size: Bytes) -> Option<Bytes> {
    size.get().max(COPY_ALIGNMENT).checked_next_power_of_two().map(Bytes::new)
}

/// The smallest class that holds `size`, of `steps` to a doubling; `None` where
/// it does not fit 64 bits. Of a number of steps that is no power of two, the
/// next one below counts.
///
/// A doubling (2ᵉ, 2ᵉ⁺¹] is cut into k equal steps, k = `steps` up to 1 MiB and
/// twice that above. Rounding adds less than one step 2ᵉ ÷ k to a class of at
/// least 2ᵉ + 2ᵉ ÷ k, hence wastes less than 1 ÷ (k + 1) of it, counted from
/// the size in whole words.
pub(super) fn class_size(size: Bytes, steps: u8) -> Option<Bytes> {
    let size = word_size(size)?.get();
    let coarse = 1_u64 << steps.max(1).ilog2();
    let steps = if size <= FINE_ABOVE { coarse } else { 2 * coarse };
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
        class_size(Bytes::new(size), 4).expect("fits").get()
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
        for coarse in [1_u8, 2, 4, 8, 64] {
            let mut size = 1_u64;
            while size < 1 << 36 {
                for near in [size - 1, size, size + 1, size + size / 3] {
                    check_class(near.max(1), coarse);
                }
                size += size / 7 + 1;
            }
        }
    }

    fn check_class(size: u64, coarse: u8) {
        let class = class_size(Bytes::new(size), coarse).expect("fits");
        let words = size.next_multiple_of(4);
        let steps = u64::from(coarse) * if words <= 1 << 20 { 1 } else { 2 };
        let is_met = (class.get() - words) == 0;
        assert!(class.get() >= words && class.get().is_multiple_of(4), "{size} → {class}");
        assert!(is_met || (class.get() - words) * (steps + 1) < class.get(), "{size} → {class}, {coarse}");
        assert_eq!(class_size(class, coarse), Some(class), "a class is its own class");
    }

    #[test]
    fn powers_of_two_waste_less_than_half() {
        for size in [1_u64, 4, 5, 1_000, 1_024, 1_025, (1 << 40) + 1] {
            let power = power_size(Bytes::new(size)).expect("fits").get();
            assert!(power.is_power_of_two() && power >= size && (power < 2 * size || power == 4), "{size} → {power}");
        }
        assert_eq!(power_size(Bytes::new(u64::MAX)), None);
    }

    #[test]
    fn sizes_beyond_64_bits_are_none() {
        assert_eq!(word_size(Bytes::new(u64::MAX)), None);
        assert_eq!(class_size(Bytes::new(u64::MAX - 3), 4), None);
        assert_eq!(class_size(Bytes::ZERO, 4), Some(Bytes::ZERO));
    }
}
