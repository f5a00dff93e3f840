//! What `PYTORCH_CUDA_ALLOC_CONF` sets, as far as it is modelled.

use super::sizes::{LARGE_SEGMENT_BYTES, MIB};

/// Settings of PyTorch's caching allocator; the default is PyTorch's own.
///
/// As a key they stand behind `pytorch`, each after a colon, by their names in
/// `PYTORCH_CUDA_ALLOC_CONF`: `pytorch:max_split_size_mb=128:expandable_segments`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PyTorch {
    /// Blocks of this many bytes and more are not split, and given to large requests alone;
    /// `None` splits all. At least 20 MiB, as PyTorch asks.
    pub max_split_size_bytes: Option<u64>,
    /// Sizes are rounded up to one of so many steps between powers of two; 0 and 1 round to
    /// 512 bytes alone. A power of two.
    pub roundup_power2_divisions: u32,
    /// Above this part of the budget, cached segments of the large pool are given back, the
    /// longest unused first, before a new one is taken; 0 never.
    pub garbage_collection_threshold: f64,
    /// Whether segments grow, one for each stream and pool, rather than being many.
    pub expandable_segments: bool,
}

const MAX_SPLIT: &str = "max_split_size_mb";
const DIVISIONS: &str = "roundup_power2_divisions";
const THRESHOLD: &str = "garbage_collection_threshold";
const EXPANDABLE: &str = "expandable_segments";

impl PyTorch {
    /// Those that are not the default's, as [`Self::from_keys`] reads them.
    pub(crate) fn keys(self) -> Vec<String> {
        let split = self.max_split_size_bytes.map(|bytes| format!("{MAX_SPLIT}={}", bytes / MIB));
        let divisions = self.roundup_power2_divisions;
        let divisions = (divisions > 1).then(|| format!("{DIVISIONS}={divisions}"));
        let threshold = self.garbage_collection_threshold;
        let threshold = (threshold > 0.0).then(|| format!("{THRESHOLD}={threshold}"));
        let expandable = self.expandable_segments.then(|| EXPANDABLE.to_owned());
        [split, divisions, threshold, expandable].into_iter().flatten().collect()
    }

    /// Of settings by name; `None` where one is unknown or cannot be.
    pub(crate) fn from_keys<'k>(keys: impl Iterator<Item = &'k str>) -> Option<Self> {
        let mut settings = Self::default();
        for key in keys {
            let (name, value) = key.split_once('=').unwrap_or((key, "true"));
            match name {
                MAX_SPLIT => settings.max_split_size_bytes = Some(split_size(value)?),
                DIVISIONS => settings.roundup_power2_divisions = divisions(value)?,
                THRESHOLD => settings.garbage_collection_threshold = threshold(value)?,
                EXPANDABLE => settings.expandable_segments = value.to_ascii_lowercase().parse().ok()?,
                _ => return None,
            }
        }
        Some(settings)
    }
}

fn split_size(text: &str) -> Option<u64> {
    let bytes = text.parse::<u64>().ok()?.checked_mul(MIB)?;
    (bytes >= LARGE_SEGMENT_BYTES).then_some(bytes)
}

fn divisions(text: &str) -> Option<u32> {
    const MOST: u32 = 1 << 16;
    text.parse().ok().filter(|divisions: &u32| divisions.is_power_of_two() && *divisions <= MOST)
}

fn threshold(text: &str) -> Option<f64> {
    text.parse().ok().filter(|part| (0.0..1.0).contains(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn settings_are_read_as_they_are_written() {
        let all = PyTorch {
            max_split_size_bytes: Some(128 << 20),
            roundup_power2_divisions: 8,
            garbage_collection_threshold: 0.8,
            expandable_segments: true,
        };
        for settings in [PyTorch::default(), all] {
            let keys = settings.keys();
            assert_eq!(PyTorch::from_keys(keys.iter().map(String::as_str)), Some(settings), "{keys:?}");
        }
        for wrong in ["max_split_size_mb=19", "roundup_power2_divisions=3", "garbage_collection_threshold=1", "backend"]
        {
            assert_eq!(PyTorch::from_keys([wrong].into_iter()), None, "{wrong}");
        }
    }
}
