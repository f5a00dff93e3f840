//! A counter's samples, as many as a viewer can draw: of each stretch of time the least,
//! the most and the last, so that peaks and ends stay true.

/// A value at a time.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Sample {
    pub(super) time_us: u64,
    pub(super) bytes: u64,
}

/// Samples of one counter.
#[derive(Debug)]
pub(super) struct Thinned {
    /// Length of a stretch; 0 where every sample is kept.
    stretch_us: u64,
    /// The last sample of the stretch before, and what this one has of note.
    least: Option<Sample>,
    most: Option<Sample>,
    last: Option<Sample>,
    kept: Vec<Sample>,
}

impl Thinned {
    pub(super) fn new(stretch_us: u64) -> Self {
        Self { stretch_us, least: None, most: None, last: None, kept: Vec::new() }
    }

    /// Takes in a sample, none earlier than the one before.
    pub(super) fn push(&mut self, sample: Sample) {
        if self.stretch_us == 0 {
            return self.kept.push(sample);
        }
        if self.last.is_some_and(|last| last.time_us / self.stretch_us != sample.time_us / self.stretch_us) {
            self.flush();
        }
        if self.least.is_none_or(|least| sample.bytes < least.bytes) {
            self.least = Some(sample);
        }
        if self.most.is_none_or(|most| sample.bytes > most.bytes) {
            self.most = Some(sample);
        }
        self.last = Some(sample);
    }

    fn flush(&mut self) {
        let mut noted: Vec<_> = [self.least.take(), self.most.take(), self.last.take()].into_iter().flatten().collect();
        noted.sort_by_key(|sample| sample.time_us);
        noted.dedup();
        self.kept.extend(noted);
    }

    /// All that were kept, by time.
    pub(super) fn into_samples(mut self) -> Vec<Sample> {
        self.flush();
        self.kept
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ends_and_extremes_stay(values in prop::collection::vec((0_u64..9, 0_u64..1000), 1..200), stretch_us in 0_u64..40) {
            let mut thinned = Thinned::new(stretch_us);
            let mut time_us = 0;
            for &(later, bytes) in &values {
                time_us += later;
                thinned.push(Sample { time_us, bytes });
            }
            let kept = thinned.into_samples();
            let kept_bytes: Vec<_> = kept.iter().map(|sample| sample.bytes).collect();
            let all: Vec<_> = values.iter().map(|(_, bytes)| *bytes).collect();
            prop_assert_eq!(kept_bytes.last(), all.last());
            prop_assert_eq!((kept_bytes.iter().min(), kept_bytes.iter().max()), (all.iter().min(), all.iter().max()));
            prop_assert!(kept.is_sorted_by_key(|sample| sample.time_us));
            let stretches = time_us.checked_div(stretch_us);
            prop_assert!(stretches.is_none_or(|stretches| kept.len() as u64 <= 3 * (stretches + 1)));
        }
    }
}
