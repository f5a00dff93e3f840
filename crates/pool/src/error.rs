//! Why the pool refuses: requests that no device could serve, and handles that
//! give no right.

use super::handle::ResourceId;
use arenascope_units::Bytes;
use thiserror::Error;

/// Which of a texture's numbers is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Texels across, of mip level 0.
    Width,
    /// Texels down, of mip level 0.
    Height,
    /// Texels deep, of a volume.
    Depth,
    /// Array layers, of a texture that is no volume.
    Layers,
    /// Mip levels, the base level included.
    Mips,
    /// Samples of each texel.
    Samples,
}

impl Extent {
    const fn label(self) -> &'static str {
        match self {
            Self::Width => "texels across",
            Self::Height => "texels down",
            Self::Depth => "texels deep",
            Self::Layers => "layers",
            Self::Mips => "mip levels",
            Self::Samples => "samples",
        }
    }
}

/// Why an acquire was refused. Nothing was changed but the count of refusals,
/// and the device was not asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum PoolError {
    /// A buffer of no bytes, or a texture with a zero extent.
    #[error("a buffer or texture of 0 B was asked for")]
    ZeroSize,
    /// No usage flag at all.
    #[error("a buffer or texture without any usage was asked for")]
    NoUsage,
    /// A buffer larger than the device allows.
    #[error(
        "a buffer of {requested} ({} bytes) was asked for, the device allows {limit} ({} bytes)",
        .requested.get(),
        .limit.get()
    )]
    OverLimit {
        /// What was asked for, in whole words.
        requested: Bytes,
        /// The most that the device allows: `maxBufferSize`.
        limit: Bytes,
    },
    /// A texture with an extent that the device does not allow.
    #[error("a texture of {requested} {} was asked for, {limit} are allowed", .extent.label())]
    OverExtent {
        /// The number that is out of range.
        extent: Extent,
        /// What was asked for.
        requested: u32,
        /// The most that is allowed.
        limit: u32,
    },
    /// A sample count other than 1 and 4.
    #[error("a texture of {requested} samples was asked for, 1 and 4 are allowed")]
    SampleCount {
        /// What was asked for.
        requested: u32,
    },
    /// The bytes of the request do not fit 64 bits.
    #[error("the bytes of the request do not fit 64 bits")]
    SizeOverflow,
    /// As many buffers and textures exist as the configuration allows.
    #[error("all {limit} buffers and textures that may exist do exist")]
    TooMany {
        /// The most that may exist: [`super::PoolConfig::max_resources`].
        limit: u32,
    },
}

/// Why a handle or resource name gives no right. Nothing was changed but a
/// count.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum HandleError {
    /// Never given out by this pool.
    #[error("{resource} is not of this pool")]
    Foreign {
        /// The resource that the handle names.
        resource: ResourceId,
    },
    /// Released before: a double release, or a use after release.
    #[error("holding {lease} of {resource} was released before; it is at holding {current} now")]
    Released {
        /// The resource, which lives on in the pool.
        resource: ResourceId,
        /// The holding that the handle stands for.
        lease: u64,
        /// The holding of now, or the one to come.
        current: u64,
    },
    /// The resource is destroyed: evicted, or gone with its device.
    #[error("{resource} is destroyed; its slot is at generation {current} now")]
    Destroyed {
        /// The resource of then.
        resource: ResourceId,
        /// The slot's generation now.
        current: u32,
    },
    /// Not to be released or evicted before its creation is confirmed.
    #[error("the creation of {resource} is not confirmed yet")]
    Unconfirmed {
        /// The resource being created.
        resource: ResourceId,
    },
    /// Its creation was confirmed before.
    #[error("the creation of {resource} was confirmed before")]
    Confirmed {
        /// The resource, which is confirmed already.
        resource: ResourceId,
    },
}
