//! How a request finds a buffer to reuse: four policies of our own, two
//! baselines modelled on what people use today.

use super::buckets;
use super::class_key::ClassKind;
use super::classes;
use super::next_use::NextUse;
use arenascope_units::Bytes;
use core::fmt;
use serde::{Deserialize, Serialize};
use strum::IntoStaticStr;
use thiserror::Error;

/// How a request finds a buffer to reuse. Textures match by their whole
/// descriptor in every mode.
///
/// In files and in the scripting interface a mode is its key, followed by its
/// parameter where that is not the default: `classes`, `classes:8`,
/// `best_fit:10`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
#[serde(try_from = "String", into = "String")]
pub enum PoolMode {
    /// Buffers of the very size, to the word, and usage that was asked for:
    /// nothing is wasted, and a shape that changes every frame never hits.
    Exact,
    /// Sizes rounded up to a power of two: few classes, less than half wasted.
    Pow2,
    /// Sizes rounded up to classes, so many to a doubling up to 1 MiB and twice
    /// as many above. With k of them less than 1 ÷ (k + 1) of a new buffer is
    /// wasted: a fifth for the default of 4, a ninth above 1 MiB.
    ///
    /// Where a class has nothing idle, a larger one of the same doubling serves,
    /// so that never more than half is wasted; and where there is none, an idle
    /// smaller one of the doubling makes way for the new one. So the number of
    /// buffers of one usage and doubling never exceeds the most that were out at
    /// once, as with powers of two, at a fraction of their waste.
    Classes {
        /// k: a power of two, 1 to [`PoolMode::STEPS_MAX`].
        steps_per_doubling: u8,
    },
    /// Buffers as large as asked for; a request takes the smallest idle one
    /// that is large enough, unless too much of it would be wasted.
    BestFit {
        /// The most of a reused buffer that may go to waste, per cent.
        max_waste_percent: u8,
    },
    /// Baseline: the bucket table of ONNX Runtime Web, whose caps are counts.
    OrtBuckets,
    /// Baseline: the buffer manager of TensorFlow.js: the very size and usage,
    /// and nothing is ever destroyed. Source: `tensorflow/tfjs`,
    /// `tfjs-backend-webgpu/src/buffer_manager.ts`.
    Tfjs,
}

impl PoolMode {
    /// Most steps per doubling.
    pub const STEPS_MAX: u8 = 64;

    /// Size classes with 4 steps per doubling.
    pub const CLASSES: Self = Self::Classes { steps_per_doubling: 4 };

    /// Best fit that wastes at most a quarter of a buffer.
    pub const BEST_FIT: Self = Self::BestFit { max_waste_percent: 25 };

    /// Every mode with its default parameter, in the order of the page.
    pub const ALL: [Self; 6] = [Self::Exact, Self::Pow2, Self::CLASSES, Self::BEST_FIT, Self::OrtBuckets, Self::Tfjs];

    /// The name in files and in the scripting interface, without parameter.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Exact => "Exact size",
            Self::Pow2 => "Powers of two",
            Self::Classes { .. } => "Size classes",
            Self::BestFit { .. } => "Best fit",
            Self::OrtBuckets => "ORT Web buckets",
            Self::Tfjs => "TensorFlow.js",
        }
    }

    /// One sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Exact => "Reuses buffers of the very size and usage asked for: no waste, few hits when sizes vary.",
            Self::Pow2 => "Rounds sizes up to powers of two: many hits, up to half of a buffer wasted.",
            Self::Classes { .. } => {
                "Rounds sizes up to classes, at most a fifth wasted; a larger one of the doubling may serve."
            }
            Self::BestFit { .. } => "Takes the smallest idle buffer that is large enough and wastes at most a quarter.",
            Self::OrtBuckets => {
                "Baseline: 26 fixed sizes, each keeping a fixed number of buffers, as ONNX Runtime Web."
            }
            Self::Tfjs => "Baseline: the very size and usage, and nothing is ever destroyed, as TensorFlow.js.",
        }
    }

    /// The mode of a key with or without parameter; `None` for an unknown key,
    /// or a parameter that is out of range or not to be had.
    pub fn from_key(text: &str) -> Option<Self> {
        let (key, parameter) = match text.split_once(':') {
            Some((key, parameter)) => (key, Some(parameter.parse::<u8>().ok()?)),
            None => (text, None),
        };
        let mode = Self::ALL.into_iter().find(|mode| mode.key() == key)?;
        match (mode, parameter) {
            (mode, None) => Some(mode),
            (Self::Classes { .. }, Some(steps)) => (steps.is_power_of_two() && steps <= Self::STEPS_MAX)
                .then_some(Self::Classes { steps_per_doubling: steps }),
            (Self::BestFit { .. }, Some(percent)) => {
                (percent < 100).then_some(Self::BestFit { max_waste_percent: percent })
            }
            _ => None,
        }
    }

    /// What [`Self::from_key`] takes, for an error message.
    pub fn forms() -> String {
        let keys: Vec<&str> = Self::ALL.into_iter().map(Self::key).collect();
        let last = Self::STEPS_MAX;
        format!(
            "{}, classes:K with K steps per doubling (1, 2, 4 … {last}), best_fit:P with P per cent of waste (0 to 99)",
            keys.join(", ")
        )
    }

    /// Bytes of the buffer that is created for a request of `size`; `None`
    /// where they do not fit 64 bits.
    pub(super) fn created_size(self, size: Bytes) -> Option<Bytes> {
        match self {
            Self::Exact | Self::BestFit { .. } | Self::Tfjs => classes::word_size(size),
            Self::Pow2 => classes::power_size(size),
            Self::Classes { steps_per_doubling } => classes::class_size(size, steps_per_doubling),
            Self::OrtBuckets => buckets::bucket_size(size),
        }
    }

    /// The largest buffer that may serve a request of so many whole words.
    pub(super) fn largest_fit(self, words: Bytes) -> Bytes {
        let max_waste_percent = match self {
            Self::BestFit { max_waste_percent } => max_waste_percent,
            Self::Classes { .. } => return classes::power_size(words).unwrap_or(words),
            _ => return words,
        };
        let kept = 100 - u128::from(max_waste_percent.min(99));
        Bytes::new(u64::try_from(u128::from(words.get()) * 100 / kept).unwrap_or(u64::MAX))
    }

    /// The sizes of the idle ones that make way for a new one of `size`: the
    /// smaller ones of its doubling.
    pub(super) fn outgrown(self, size: Bytes) -> Option<(Bytes, Bytes)> {
        let (floor, last) = (classes::power_size(size)?.get() / 2, size.get().saturating_sub(1));
        let applies = matches!(self, Self::Classes { .. }) && floor < last;
        applies.then_some((Bytes::new(floor + 1), Bytes::new(last)))
    }

    /// True where a miss may be for the bound on waste alone.
    pub(super) const fn bounds_waste(self) -> bool {
        matches!(self, Self::BestFit { .. })
    }

    /// The most that may lie idle of one class; `None` where only bytes count.
    pub(super) fn idle_cap(self, kind: &ClassKind, size: Bytes) -> Option<u32> {
        match (self, kind) {
            (Self::OrtBuckets, ClassKind::Buffer(usage)) => Some(buckets::idle_cap(size, *usage)),
            _ => None,
        }
    }

    /// When what was released may serve, for a use that may begin at `next`: the
    /// baselines' free lists get a buffer when its commands are submitted, not
    /// before (`refreshPendingBuffers`; TensorFlow.js: `tensorDataPendingDisposal`
    /// of `tfjs-backend-webgpu/src/backend_webgpu.ts`).
    pub(super) fn earliest(self, next: NextUse) -> NextUse {
        if !self.trims() && next == NextUse::GpuWrite { NextUse::QueueWrite } else { next }
    }

    /// False for the baselines, which know neither bytes nor age nor pressure
    /// short of the last resort.
    pub const fn trims(self) -> bool {
        !matches!(self, Self::OrtBuckets | Self::Tfjs)
    }
}

impl Default for PoolMode {
    fn default() -> Self {
        Self::CLASSES
    }
}

impl fmt::Display for PoolMode {
    /// The key, and the parameter where it is not the default: `classes:8`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            mode if Self::ALL.contains(mode) => f.pad(mode.key()),
            Self::Classes { steps_per_doubling: parameter } | Self::BestFit { max_waste_percent: parameter } => {
                f.pad(&format!("{}:{parameter}", self.key()))
            }
            mode => f.pad(mode.key()),
        }
    }
}

impl From<PoolMode> for String {
    fn from(mode: PoolMode) -> Self {
        mode.to_string()
    }
}

/// A text that names no pool mode.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no pool mode is named \"{0}\"; allowed: {allowed}", allowed = PoolMode::forms())]
pub struct UnknownMode(pub String);

impl TryFrom<String> for PoolMode {
    type Error = UnknownMode;

    fn try_from(text: String) -> Result<Self, UnknownMode> {
        Self::from_key(&text).ok_or(UnknownMode(text))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_lead_back_to_their_mode() {
        let steps = [1, 2, 4, 8, 64].map(|steps_per_doubling| PoolMode::Classes { steps_per_doubling });
        let waste = [0, 25, 99].map(|max_waste_percent| PoolMode::BestFit { max_waste_percent });
        for mode in PoolMode::ALL.into_iter().chain(steps).chain(waste) {
            assert_eq!(PoolMode::from_key(&mode.to_string()), Some(mode));
            assert_eq!(serde_json::from_value::<PoolMode>(serde_json::to_value(mode).unwrap()).unwrap(), mode);
        }
        assert_eq!(PoolMode::CLASSES.to_string(), "classes");
        assert_eq!(PoolMode::from_key("classes:8").map(|mode| mode.to_string()), Some("classes:8".into()));
    }

    #[test]
    fn what_names_no_mode_is_refused() {
        for text in ["", "best", "classes:3", "classes:0", "classes:128", "best_fit:100", "exact:4", "tfjs:", "pow2:-1"]
        {
            assert_eq!(PoolMode::from_key(text), None, "{text}");
        }
        let error = serde_json::from_str::<PoolMode>("\"classes:3\"").unwrap_err().to_string();
        assert!(error.contains("classes:3") && error.contains("best_fit:P"), "{error}");
    }

    #[test]
    fn what_may_serve_keeps_its_bound() {
        let fit =
            |percent, words| PoolMode::BestFit { max_waste_percent: percent }.largest_fit(Bytes::new(words)).get();
        assert_eq!((fit(0, 1_000), fit(25, 900), fit(50, 1_000)), (1_000, 1_200, 2_000));
        assert_eq!(fit(99, u64::MAX), u64::MAX);
        assert_eq!(PoolMode::CLASSES.largest_fit(Bytes::new(1_280)), Bytes::new(2_048));
        assert_eq!(PoolMode::CLASSES.outgrown(Bytes::new(1_280)), Some((Bytes::new(1_025), Bytes::new(1_279))));
        assert_eq!(PoolMode::Pow2.outgrown(Bytes::new(1_280)), None);
        assert_eq!(PoolMode::Exact.largest_fit(Bytes::new(64)), Bytes::new(64));
    }
}
