//! What a resource is, and how large, by its descriptor.

use super::event::Arguments;

/// Largest resource that can be.
pub(super) const BYTES_MAX: u64 = 1 << 56;

/// The category of a resource: its heap's type and its dimension.
pub(super) fn category_of(heap_type: Option<u64>, dimension: Option<u64>) -> String {
    let heap = match heap_type {
        Some(1) => "Default",
        Some(2) => "Upload",
        Some(3) => "Readback",
        Some(4) => "Custom",
        Some(5) => "GPU upload",
        _ => "Other",
    };
    let kind = match dimension {
        Some(1) => "buffers",
        Some(2..=4) => "textures",
        _ => "resources",
    };
    format!("{heap} {kind}")
}

/// The size of a resource by its descriptor, without alignment; `None` where it does not
/// tell.
pub(super) fn bytes_of(resource: &Arguments) -> Option<u64> {
    let width = resource.width?;
    let bytes = match resource.dimension? {
        1 => width,
        dimension => {
            let (height, depth) = (resource.height.unwrap_or(1), resource.depth.unwrap_or(1));
            let texels = texels([width, height, depth], dimension == 4, resource.levels.unwrap_or(1))?;
            let bits =
                texels.checked_mul(bits_of(resource.format?)?)?.checked_mul(resource.samples.unwrap_or(1).max(1))?;
            bits.div_ceil(8)
        }
    };
    (bytes <= BYTES_MAX).then_some(bytes)
}

/// Texels of all levels: each is half of the one before, but for the number of layers.
fn texels([mut width, mut height, mut depth]: [u64; 3], is_volume: bool, levels: u64) -> Option<u64> {
    let mut sum = 0_u64;
    for _ in 0..levels.clamp(1, 64) {
        sum = sum.checked_add(width.max(1).checked_mul(height.max(1))?.checked_mul(depth.max(1))?)?;
        (width, height) = (width / 2, height / 2);
        depth = if is_volume { depth / 2 } else { depth };
    }
    Some(sum)
}

/// Bits of a texel of a `DXGI_FORMAT`, by the ranges of its numbers.
fn bits_of(format: u64) -> Option<u64> {
    Some(match format {
        1..=4 => 128,
        5..=8 => 96,
        9..=22 => 64,
        23..=47 | 67 | 87..=93 => 32,
        48..=59 | 68 | 69 | 85 | 86 | 115 => 16,
        60..=65 | 73..=78 | 82..=84 | 94..=99 => 8,
        70..=72 | 79..=81 => 4,
        66 => 1,
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_follow_from_descriptors() {
        let of = |dimension, width, height, levels, format| {
            bytes_of(&Arguments {
                dimension: Some(dimension),
                width: Some(width),
                height: Some(height),
                levels: Some(levels),
                format: Some(format),
                ..Arguments::default()
            })
        };
        assert_eq!(of(1, 65_536, 1, 1, 0), Some(65_536));
        // R8G8B8A8, all levels of 4 × 4: 16 + 4 + 1 texels.
        assert_eq!(of(3, 4, 4, 3, 28), Some(84));
        assert_eq!(of(3, 1024, 1024, 1, 71), Some(524_288));
        assert_eq!(
            (of(3, 4, 4, 1, 9999), of(3, u64::MAX, u64::MAX, 1, 28), of(1, u64::MAX, 1, 1, 0)),
            (None, None, None)
        );
    }
}
