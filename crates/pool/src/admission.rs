//! What happens to a request before anything is looked up: checked against the
//! device's limits, rounded, and given its class.

use super::class_key::{ClassKey, ClassKind};
use super::classes::{COPY_ALIGNMENT, word_size};
use super::config::DeviceLimits;
use super::error::{Extent, PoolError};
use super::mode::PoolMode;
use super::spec::{BufferSpec, ResourceSpec, TextureDimension, TextureSpec};
use arenascope_units::Bytes;

/// A request that may go on: the class in which it would be created, and what
/// was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) key: ClassKey,
    pub(super) requested: Bytes,
}

/// Checks a request and finds its class. O(1).
///
/// # Errors
/// What no device of these limits could create.
pub(super) fn admit(spec: &ResourceSpec, mode: PoolMode, limits: &DeviceLimits) -> Result<Admitted, PoolError> {
    match spec {
        ResourceSpec::Buffer(buffer) => admit_buffer(buffer, mode, limits.max_buffer_size),
        ResourceSpec::Texture(texture) => admit_texture(texture, limits),
    }
}

fn admit_buffer(spec: &BufferSpec, mode: PoolMode, limit: Bytes) -> Result<Admitted, PoolError> {
    if spec.size.is_zero() {
        return Err(PoolError::ZeroSize);
    }
    if spec.usage.is_empty() {
        return Err(PoolError::NoUsage);
    }
    let requested = word_size(spec.size).ok_or(PoolError::SizeOverflow)?;
    if requested > limit {
        return Err(PoolError::OverLimit { requested, limit });
    }
    // A request that fits must not fail because its class does not.
    let limit_in_words = Bytes::new(limit.get() - limit.get() % COPY_ALIGNMENT);
    let size = mode.created_size(spec.size).map_or(limit_in_words, |size| size.min(limit_in_words));
    Ok(Admitted { key: ClassKey { size, kind: ClassKind::Buffer(spec.usage) }, requested: spec.size })
}

fn admit_texture(spec: &TextureSpec, limits: &DeviceLimits) -> Result<Admitted, PoolError> {
    if spec.mips_max() == 0 || spec.mips == 0 || spec.samples == 0 {
        return Err(PoolError::ZeroSize);
    }
    if spec.usage.is_empty() {
        return Err(PoolError::NoUsage);
    }
    if !matches!(spec.samples, 1 | 4) {
        return Err(PoolError::SampleCount { requested: spec.samples });
    }
    check_extents(spec, limits)?;
    let size = spec.size().ok_or(PoolError::SizeOverflow)?;
    Ok(Admitted { key: ClassKey { size, kind: ClassKind::Texture(*spec) }, requested: size })
}

fn check_extents(spec: &TextureSpec, limits: &DeviceLimits) -> Result<(), PoolError> {
    let (side, (third, third_limit)) = match spec.dimension {
        TextureDimension::D2 => (limits.max_texture_dimension_2d, (Extent::Layers, limits.max_texture_array_layers)),
        TextureDimension::D3 => (limits.max_texture_dimension_3d, (Extent::Depth, limits.max_texture_dimension_3d)),
    };
    let mips_max = if spec.samples > 1 { 1 } else { spec.mips_max() };
    let rows = [
        (Extent::Width, spec.width, side),
        (Extent::Height, spec.height, side),
        (third, spec.depth_or_layers, third_limit),
        (Extent::Mips, spec.mips, mips_max),
    ];
    match rows.into_iter().find(|(_, requested, limit)| requested > limit) {
        Some((extent, requested, limit)) => Err(PoolError::OverExtent { extent, requested, limit }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::super::format::TextureFormat;
    use super::super::usage::BufferUsage;
    use super::super::usage::TextureUsage;
    use super::*;

    fn buffer(size: u64, limit: u64) -> Result<u64, PoolError> {
        let limits = DeviceLimits { max_buffer_size: Bytes::new(limit), ..DeviceLimits::default() };
        let spec = BufferSpec::new(Bytes::new(size), BufferUsage::STORAGE).into();
        admit(&spec, PoolMode::CLASSES, &limits).map(|admitted| admitted.key.size.get())
    }

    fn texture(change: impl FnOnce(&mut TextureSpec)) -> Result<Admitted, PoolError> {
        let mut spec = TextureSpec::image(64, 64, TextureFormat::Rgba8Unorm, TextureUsage::TEXTURE_BINDING);
        change(&mut spec);
        admit(&spec.into(), PoolMode::CLASSES, &DeviceLimits::default())
    }

    #[test]
    fn a_request_that_fits_is_not_refused_for_its_class() {
        assert_eq!(buffer(1_030, 1_100), Ok(1_100));
        assert_eq!(buffer(1_099, 1_101), Ok(1_100));
        assert_eq!(buffer(u64::MAX - 7, u64::MAX), Ok(u64::MAX - 3));
        let (requested, limit) = (Bytes::new(1_104), Bytes::new(1_101));
        assert_eq!(buffer(1_101, 1_101), Err(PoolError::OverLimit { requested, limit }));
        assert_eq!(buffer(u64::MAX, u64::MAX), Err(PoolError::SizeOverflow));
        assert_eq!(buffer(0, 16), Err(PoolError::ZeroSize));
    }

    #[test]
    fn textures_beyond_the_device_are_refused_with_the_number_that_is() {
        let over = |extent, requested, limit| Err(PoolError::OverExtent { extent, requested, limit });
        assert_eq!(texture(|t| t.width = 8_193), over(Extent::Width, 8_193, 8_192));
        assert_eq!(texture(|t| t.height = 8_193), over(Extent::Height, 8_193, 8_192));
        assert_eq!(texture(|t| t.depth_or_layers = 257), over(Extent::Layers, 257, 256));
        assert_eq!(texture(|t| t.mips = 8), over(Extent::Mips, 8, 7));
        assert_eq!(texture(|t| (t.samples, t.mips) = (4, 2)), over(Extent::Mips, 2, 1));
        assert_eq!(texture(|t| t.samples = 2), Err(PoolError::SampleCount { requested: 2 }));
        assert_eq!(texture(|t| t.usage = TextureUsage::empty()), Err(PoolError::NoUsage));
        let volume = |t: &mut TextureSpec| (t.dimension, t.depth_or_layers) = (TextureDimension::D3, 2_049);
        assert_eq!(texture(volume), over(Extent::Depth, 2_049, 2_048));
        assert!(texture(|_| ()).is_ok());
    }

    #[test]
    fn any_zero_of_a_texture_is_refused() {
        let zeros: [fn(&mut TextureSpec); 5] =
            [|t| t.width = 0, |t| t.height = 0, |t| t.depth_or_layers = 0, |t| t.mips = 0, |t| t.samples = 0];
        for zero in zeros {
            assert_eq!(texture(zero), Err(PoolError::ZeroSize));
        }
    }
}
