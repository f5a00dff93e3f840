//! Counts by powers of two: enough to see a shape, small enough to publish.

/// How often a number fell into each doubling. Bucket 0 counts zeros, bucket i
/// the numbers from 2ⁱ⁻¹ up to 2ⁱ − 1, the last one all that are larger.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Log2Histogram {
    counts: [u64; Self::BUCKETS],
}

impl Log2Histogram {
    /// Buckets: the last one begins at 2²² (4 194 304; as µs, 4.2 s).
    pub const BUCKETS: usize = 24;

    /// Counts one number. O(1).
    pub fn note(&mut self, value: u64) {
        self.counts[Self::bucket(value)] += 1;
    }

    /// Where a number is counted.
    pub fn bucket(value: u64) -> usize {
        // At most 64.
        ((u64::BITS - value.leading_zeros()) as usize).min(Self::BUCKETS - 1)
    }

    /// The smallest number of a bucket.
    pub const fn least(bucket: usize) -> u64 {
        if bucket == 0 { 0 } else { 1 << (bucket - 1) }
    }

    /// The counts, smallest numbers first.
    pub const fn counts(&self) -> &[u64; Self::BUCKETS] {
        &self.counts
    }

    /// How many numbers were counted.
    pub fn total(&self) -> u64 {
        self.counts.iter().sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_number_has_its_doubling() {
        let cases = [(0, 0), (1, 1), (2, 2), (3, 2), (4, 3), (1 << 22, 23), ((1 << 22) - 1, 22), (u64::MAX, 23)];
        for (value, bucket) in cases {
            assert_eq!(Log2Histogram::bucket(value), bucket, "{value}");
            assert!(Log2Histogram::least(bucket) <= value);
        }
        let mut histogram = Log2Histogram::default();
        cases.iter().for_each(|(value, _)| histogram.note(*value));
        assert_eq!((histogram.total(), histogram.counts()[2], histogram.counts()[23]), (8, 2, 2));
    }
}
