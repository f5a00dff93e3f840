//! How a pool behaves: its mode, its limits and how eagerly it trims.

use super::classes;
use crate::units::{Bytes, Micros};
use serde::{Deserialize, Serialize};

/// How a request finds a buffer to reuse. Textures match by their whole
/// descriptor in every mode.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum PoolMode {
    /// Buffers of the very size, to the word, and usage that was asked for:
    /// nothing is wasted, and a shape that changes every frame never hits.
    Exact,
    /// Buffers of the size class and usage: 4 classes per doubling up to 1 MiB
    /// (at most a fifth wasted), 8 above (at most a ninth).
    #[default]
    Classes,
}

impl PoolMode {
    /// Every mode, in the order of the page.
    pub const ALL: [Self; 2] = [Self::Exact, Self::Classes];

    /// The name in files and in the scripting interface.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Classes => "classes",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Exact => "Exact size",
            Self::Classes => "Size classes",
        }
    }

    /// One sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::Exact => "Reuses buffers of the very size and usage asked for: no waste, few hits when sizes vary.",
            Self::Classes => "Rounds sizes up to classes, at most a fifth wasted: varying sizes hit too.",
        }
    }

    /// The mode of a key; `None` for an unknown one.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|mode| mode.key() == key)
    }

    /// Bytes of the buffer that serves a request of `size`; `None` where they
    /// do not fit 64 bits.
    pub(super) fn created_size(self, size: Bytes) -> Option<Bytes> {
        match self {
            Self::Exact => classes::word_size(size),
            Self::Classes => classes::class_size(size),
        }
    }
}

/// What the device refuses, so that it is never asked for more. The defaults
/// are those that every WebGPU device grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceLimits {
    /// `maxBufferSize`.
    pub max_buffer_size: Bytes,
    /// `maxTextureDimension2D`: width and height.
    pub max_texture_dimension_2d: u32,
    /// `maxTextureDimension3D`: width, height and depth of a volume.
    pub max_texture_dimension_3d: u32,
    /// `maxTextureArrayLayers`.
    pub max_texture_array_layers: u32,
}

impl Default for DeviceLimits {
    fn default() -> Self {
        Self {
            max_buffer_size: Bytes::mib(256),
            max_texture_dimension_2d: 8_192,
            max_texture_dimension_3d: 2_048,
            max_texture_array_layers: 256,
        }
    }
}

/// A pool's behaviour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// How requests find buffers.
    pub mode: PoolMode,
    /// The most that may lie idle after a [`trim`](super::Pool::trim), over all
    /// classes. Whatever is above it goes in that trim, however many that are.
    pub idle_limit: Bytes,
    /// Idle bytes at which trimming begins. Above `idle_limit` it counts as
    /// `idle_limit`.
    pub high_water: Bytes,
    /// Idle bytes at which trimming rests again. Above the high water it counts
    /// as the high water.
    pub low_water: Bytes,
    /// Idle ones not used for so long go at the next trim.
    pub max_age: Micros,
    /// The most that one trim destroys for age or high water: a destroy costs
    /// the device time, which a frame has little of.
    pub max_destroys_per_trim: u32,
    /// The most buffers and textures that may exist at once.
    pub max_resources: u32,
    /// What the device refuses.
    pub limits: DeviceLimits,
}

impl PoolConfig {
    /// A pool that lets `idle_limit` lie idle, trims from three quarters of it
    /// down to a half, and otherwise behaves as [`Self::default`].
    pub fn with_idle_limit(mode: PoolMode, idle_limit: Bytes) -> Self {
        let half = idle_limit.get() / 2;
        Self {
            mode,
            idle_limit,
            high_water: Bytes::new(half + half / 2),
            low_water: Bytes::new(half),
            max_age: Micros::seconds(10),
            max_destroys_per_trim: 8,
            max_resources: 65_536,
            limits: DeviceLimits::default(),
        }
    }

    /// The same with the waters in order: low ≤ high ≤ limit.
    pub(super) fn in_order(self) -> Self {
        let high_water = self.high_water.min(self.idle_limit);
        Self { high_water, low_water: self.low_water.min(high_water), ..self }
    }
}

impl Default for PoolConfig {
    /// Size classes, 64 MiB idle, gone after ten seconds, eight destroys a trim.
    fn default() -> Self {
        Self::with_idle_limit(PoolMode::default(), Bytes::mib(64))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_their_mode() {
        for mode in PoolMode::ALL {
            assert_eq!(PoolMode::from_key(mode.key()), Some(mode));
        }
        assert_eq!(PoolMode::from_key("best"), None);
    }

    #[test]
    fn waters_are_put_in_order() {
        let config = PoolConfig {
            idle_limit: Bytes::new(10),
            high_water: Bytes::new(30),
            low_water: Bytes::new(20),
            ..PoolConfig::default()
        };
        let ordered = config.in_order();
        assert_eq!((ordered.high_water, ordered.low_water), (Bytes::new(10), Bytes::new(10)));
        assert_eq!(PoolConfig::default().in_order(), PoolConfig::default());
    }
}
