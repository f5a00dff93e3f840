//! How a pool behaves: its mode, its limits and how eagerly it trims.

use super::mode::PoolMode;
use arenascope_units::{Bytes, Micros};

/// What the device refuses, so that it is never asked for more. The defaults
/// are those that every WebGPU device grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DeviceLimits {
    /// `maxBufferSize`: bytes of one buffer.
    pub max_buffer_size: Bytes,
    /// `maxTextureDimension2D`: width and height.
    pub max_texture_dimension_2d: u32,
    /// `maxTextureDimension3D`: width, height and depth of a volume.
    pub max_texture_dimension_3d: u32,
    /// `maxTextureArrayLayers`: layers of one texture that is no volume.
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

/// How a pool finds buffers, how much it keeps, and what it never asks of the device.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PoolConfig {
    /// How requests find buffers.
    pub mode: PoolMode,
    /// The most that the pool may hold on the device, in whatever state: before
    /// a creation that would exceed it, [`Pool::make_room`](super::Pool::make_room)
    /// names idle ones that go. What is held and in flight may exceed it alone.
    pub byte_limit: Bytes,
    /// The most that may lie idle after a [`trim`](super::Pool::trim), over all
    /// classes. Whatever is above it goes in that trim, however many that are.
    pub idle_limit: Bytes,
    /// Idle bytes at which the trimming of surplus begins. Above `idle_limit` it counts as
    /// `idle_limit`.
    pub high_water: Bytes,
    /// Idle bytes at which trimming rests again. Above the high water it counts
    /// as the high water.
    pub low_water: Bytes,
    /// Idle ones not used for so long go at the next trim, if
    /// [`Self::max_idle_frames`] have passed as well: a halt of the engine is no
    /// reason to destroy, nor is a burst of frames.
    pub max_age: Micros,
    /// Trims after which an idle one is old; see [`Self::max_age`].
    pub max_idle_frames: u64,
    /// W: what lay idle through the last W trims is surplus, and the only thing
    /// that goes between the waters and under elevated pressure. A load that
    /// comes back to a buffer within W frames never loses it to either.
    pub surplus_frames: u64,
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
            byte_limit: Bytes::new(u64::MAX),
            idle_limit,
            high_water: Bytes::new(half + half / 2),
            low_water: Bytes::new(half),
            max_age: Micros::seconds(10),
            max_idle_frames: 300,
            surplus_frames: 120,
            max_destroys_per_trim: 8,
            max_resources: 65_536,
            limits: DeviceLimits::default(),
        }
    }

    /// A pool that may hold `byte_limit` in all, with waters at three quarters
    /// and a half of it, and that otherwise behaves as [`Self::default`].
    pub fn with_byte_limit(mode: PoolMode, byte_limit: Bytes) -> Self {
        Self { byte_limit, ..Self::with_idle_limit(mode, byte_limit) }
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
