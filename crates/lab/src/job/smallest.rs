//! The smallest arena that fits, by bisection.

/// What is known of it: which sizes were tried, and how that ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Smallest {
    /// No size up to this fits, as far as it was tried; the bound less a step at first.
    below_bytes: u64,
    /// This one fits; `None` as long as none is known.
    fits_bytes: Option<u64>,
    try_bytes: u64,
    step_bytes: u64,
    most_bytes: u64,
}

/// How exact it is: one part in so many of the bound.
const STEPS_PER_BOUND: u64 = 256;

impl Smallest {
    /// To be searched between the bound and `most_bytes`, from a size that is likely to do.
    pub(super) fn new(bound_bytes: u64, likely_bytes: u64, most_bytes: u64, granule_bytes: u64) -> Self {
        let step_bytes = (bound_bytes / STEPS_PER_BOUND).next_multiple_of(granule_bytes).max(granule_bytes);
        let below_bytes = bound_bytes.saturating_sub(1) / granule_bytes * granule_bytes;
        let try_bytes = likely_bytes.clamp(bound_bytes, most_bytes).next_multiple_of(granule_bytes);
        Self { below_bytes, fits_bytes: None, try_bytes, step_bytes, most_bytes }
    }

    /// The next size to try; `None` at the end.
    pub(super) const fn next(&self) -> Option<u64> {
        match self.fits_bytes {
            Some(fits) if fits - self.below_bytes <= self.step_bytes => None,
            None if self.below_bytes >= self.most_bytes => None,
            _ => Some(self.try_bytes),
        }
    }

    /// How the last try ended.
    pub(super) fn note(&mut self, fits: bool, granule_bytes: u64) {
        if fits {
            self.fits_bytes = Some(self.try_bytes);
        } else {
            self.below_bytes = self.try_bytes;
        }
        self.try_bytes = match self.fits_bytes {
            Some(fits) => (self.below_bytes + (fits - self.below_bytes) / 2).next_multiple_of(granule_bytes),
            None => self.try_bytes.saturating_mul(2).min(self.most_bytes).max(self.try_bytes),
        };
    }

    pub(super) const fn found(&self) -> Option<u64> {
        self.fits_bytes
    }

    pub(super) const fn step_bytes(&self) -> u64 {
        self.step_bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn searched(fits_from: u64, mut search: Smallest) -> (Option<u64>, u32) {
        let mut tries = 0;
        while let Some(size) = search.next() {
            search.note(size >= fits_from, 16);
            tries += 1;
            assert!(tries < 40, "{search:?}");
        }
        (search.found(), tries)
    }

    #[test]
    fn it_is_found_to_within_a_step() {
        for fits_from in [25_600, 25_700, 30_000, 51_200, 99_000, 102_400] {
            let search = Smallest::new(25_600, 40_000, 102_400, 16);
            let (found, _) = searched(fits_from, search);
            let found = found.unwrap();
            assert!(found >= fits_from && found < fits_from + search.step_bytes() + 16, "{fits_from}: {found}");
        }
        assert_eq!(searched(200_000, Smallest::new(25_600, 40_000, 102_400, 16)).0, None);
    }
}
