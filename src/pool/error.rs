//! Why the pool refuses: requests that no device could serve, and handles that
//! give no right.

use super::handle::ResourceId;
use crate::units::Bytes;
use core::fmt;

/// Which of a texture's numbers is out of range.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Extent {
    /// Texels across.
    Width,
    /// Texels down.
    Height,
    /// Texels deep, of a volume.
    Depth,
    /// Array layers.
    Layers,
    /// Mip levels.
    Mips,
    /// Samples per texel.
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
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PoolError {
    /// A buffer of no bytes, or a texture with a zero extent.
    ZeroSize,
    /// No usage flag at all.
    NoUsage,
    /// A buffer larger than the device allows.
    OverLimit {
        /// What was asked for, in whole words.
        requested: Bytes,
        /// The device's `maxBufferSize`.
        limit: Bytes,
    },
    /// A texture with an extent that the device does not allow.
    OverExtent {
        /// Which number.
        extent: Extent,
        /// What was asked for.
        requested: u32,
        /// The most that is allowed.
        limit: u32,
    },
    /// A sample count other than 1 and 4.
    SampleCount {
        /// What was asked for.
        requested: u32,
    },
    /// The bytes of the request do not fit 64 bits.
    SizeOverflow,
    /// As many buffers and textures exist as the configuration allows.
    TooMany {
        /// The configured most.
        limit: u32,
    },
}

impl fmt::Display for PoolError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::ZeroSize => f.write_str("a buffer or texture of 0 B was asked for"),
            Self::NoUsage => f.write_str("a buffer or texture without any usage was asked for"),
            Self::OverLimit { requested, limit } => {
                write!(f, "a buffer of {requested} ({} bytes) was asked for, ", requested.get())?;
                write!(f, "the device allows {limit} ({} bytes)", limit.get())
            }
            Self::OverExtent { extent, requested, limit } => {
                write!(f, "a texture of {requested} {} was asked for, {limit} are allowed", extent.label())
            }
            Self::SampleCount { requested } => {
                write!(f, "a texture of {requested} samples was asked for, 1 and 4 are allowed")
            }
            Self::SizeOverflow => f.write_str("the bytes of the request do not fit 64 bits"),
            Self::TooMany { limit } => write!(f, "all {limit} buffers and textures that may exist do exist"),
        }
    }
}

impl std::error::Error for PoolError {}

/// Why a handle or resource name gives no right. Nothing was changed but a
/// count.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandleError {
    /// Never given out by this pool.
    Foreign {
        /// The unknown resource.
        resource: ResourceId,
    },
    /// Released before: a double release, or a use after release.
    Released {
        /// The resource, which lives on in the pool.
        resource: ResourceId,
        /// The holding that the handle stands for.
        lease: u64,
        /// The holding of now, or the one to come.
        current: u64,
    },
    /// The resource is destroyed: evicted, or gone with its device.
    Destroyed {
        /// The resource of then.
        resource: ResourceId,
        /// The slot's generation now.
        current: u32,
    },
    /// Not to be released or evicted before its creation is confirmed.
    Unconfirmed {
        /// The resource being created.
        resource: ResourceId,
    },
    /// Its creation was confirmed before.
    Confirmed {
        /// The resource.
        resource: ResourceId,
    },
}

impl fmt::Display for HandleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match *self {
            Self::Foreign { resource } => write!(f, "{resource} is not of this pool"),
            Self::Released { resource, lease, current } => {
                write!(f, "holding {lease} of {resource} was released before; it is at holding {current} now")
            }
            Self::Destroyed { resource, current } => {
                write!(f, "{resource} is destroyed; its slot is at generation {current} now")
            }
            Self::Unconfirmed { resource } => write!(f, "the creation of {resource} is not confirmed yet"),
            Self::Confirmed { resource } => write!(f, "the creation of {resource} was confirmed before"),
        }
    }
}

impl std::error::Error for HandleError {}
