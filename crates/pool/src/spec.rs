//! What can be asked of the pool: buffers and textures, and their exact bytes.

use super::format::TextureFormat;
use super::usage::{BufferUsage, TextureUsage};
use arenascope_units::Bytes;
use core::fmt;

/// A buffer to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BufferSpec {
    /// Bytes that must be usable.
    pub size: Bytes,
    /// What it may be used for; a pooled buffer has exactly these flags.
    pub usage: BufferUsage,
}

/// How the extents of a texture are to be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum TextureDimension {
    /// Layers of width × height; every mip level has all layers.
    D2,
    /// One volume; the depth halves with each mip level too.
    D3,
}

/// A texture to be had: everything that WebGPU's descriptor says about memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TextureSpec {
    /// Texels across, of mip level 0.
    pub width: u32,
    /// Texels down, of mip level 0.
    pub height: u32,
    /// Array layers, or the depth of mip level 0 of a volume.
    pub depth_or_layers: u32,
    /// Mip levels, the base level included.
    pub mips: u32,
    /// Samples per texel: 1, or 4 for multisampling.
    pub samples: u32,
    /// Whether it has layers or depth.
    pub dimension: TextureDimension,
    /// How texels are stored.
    pub format: TextureFormat,
    /// What it may be used for.
    pub usage: TextureUsage,
}

/// A buffer or a texture to be had.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ResourceSpec {
    /// A buffer, by size and usage.
    Buffer(BufferSpec),
    /// A texture, by its whole descriptor.
    Texture(TextureSpec),
}

impl BufferSpec {
    /// A buffer of `size` bytes.
    pub const fn new(size: Bytes, usage: BufferUsage) -> Self {
        Self { size, usage }
    }
}

impl TextureSpec {
    /// A plain picture: one layer, one mip level, one sample.
    pub const fn image(width: u32, height: u32, format: TextureFormat, usage: TextureUsage) -> Self {
        let dimension = TextureDimension::D2;
        Self { width, height, depth_or_layers: 1, mips: 1, samples: 1, dimension, format, usage }
    }

    /// Bytes of all mip levels, layers and samples; zero where an extent is
    /// zero, `None` where the sum does not fit 64 bits. At most 32 steps.
    ///
    /// Σ over mips of ⌈width ÷ block⌉ × ⌈height ÷ block⌉ × bytes per block ×
    /// layers × samples. Exact by the specification; what a driver adds for
    /// tiling and compression no page can see. Levels beyond
    /// [`Self::mips_max`] cannot exist and are not counted.
    pub fn size(&self) -> Option<Bytes> {
        (0..self.mips.min(self.mips_max())).try_fold(Bytes::ZERO, |total, mip| total.checked_add(self.mip_size(mip)?))
    }

    /// Mip levels down to a single texel: ⌊log₂ of the largest extent⌋ + 1. Zero
    /// where an extent is zero. Array layers have no part in it.
    pub fn mips_max(&self) -> u32 {
        if self.width == 0 || self.height == 0 || self.depth_or_layers == 0 {
            return 0;
        }
        let depth = match self.dimension {
            TextureDimension::D2 => 1,
            TextureDimension::D3 => self.depth_or_layers,
        };
        u32::BITS - self.width.max(self.height).max(depth).leading_zeros()
    }

    /// Bytes of one mip level, all layers and samples.
    fn mip_size(&self, mip: u32) -> Option<Bytes> {
        let block = self.format.block();
        let depth = match self.dimension {
            TextureDimension::D2 => self.depth_or_layers,
            TextureDimension::D3 => (self.depth_or_layers >> mip).max(1),
        };
        let across = (self.width >> mip).max(1).div_ceil(block.width);
        let down = (self.height >> mip).max(1).div_ceil(block.height);
        [across, down, depth, self.samples, block.bytes]
            .into_iter()
            .try_fold(1_u64, |product, factor| product.checked_mul(u64::from(factor)))
            .map(Bytes::new)
    }
}

impl ResourceSpec {
    /// Bytes asked for; `None` where they do not fit 64 bits.
    pub fn size(&self) -> Option<Bytes> {
        match self {
            Self::Buffer(buffer) => Some(buffer.size),
            Self::Texture(texture) => texture.size(),
        }
    }
}

impl From<BufferSpec> for ResourceSpec {
    fn from(spec: BufferSpec) -> Self {
        Self::Buffer(spec)
    }
}

impl From<TextureSpec> for ResourceSpec {
    fn from(spec: TextureSpec) -> Self {
        Self::Texture(spec)
    }
}

impl fmt::Display for TextureSpec {
    /// `rgba8unorm 256×256×6, 9 mips, 4 samples`, without the parts that are 1.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}×{}", self.format, self.width, self.height)?;
        if self.depth_or_layers != 1 || self.dimension == TextureDimension::D3 {
            write!(f, "×{}", self.depth_or_layers)?;
        }
        if self.dimension == TextureDimension::D3 {
            f.write_str(" volume")?;
        }
        if self.mips != 1 {
            write!(f, ", {} mips", self.mips)?;
        }
        if self.samples != 1 {
            write!(f, ", {} samples", self.samples)?;
        }
        Ok(())
    }
}

impl fmt::Display for ResourceSpec {
    /// `64.0 KiB storage|copy_dst`, or the texture and its usage.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Buffer(buffer) => write!(f, "{} {}", buffer.size, buffer.usage),
            Self::Texture(texture) => write!(f, "{texture} {}", texture.usage),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use TextureFormat as F;

    fn texture(format: F, extents: [u32; 3], mips: u32, samples: u32) -> TextureSpec {
        let [width, height, depth_or_layers] = extents;
        let plain = TextureSpec::image(width, height, format, TextureUsage::TEXTURE_BINDING);
        TextureSpec { depth_or_layers, mips, samples, ..plain }
    }

    /// Blocks that some texel lies in, counted texel by texel.
    fn blocks_touched(width: u32, height: u32, block: super::super::format::Block) -> u64 {
        let texels = (0..height).flat_map(|y| (0..width).map(move |x| (x / block.width, y / block.height)));
        texels.collect::<std::collections::BTreeSet<_>>().len() as u64
    }

    /// Every format, with mips, layers and samples that divide nothing evenly.
    #[test]
    fn every_format_is_summed_block_by_block() {
        for format in F::ALL.iter().copied() {
            let block = format.block();
            for (extents, mips, samples) in [([37, 21, 1], 1, 1), ([37, 21, 3], 6, 1), ([13, 50, 2], 1, 4)] {
                let spec = texture(format, extents, mips, samples);
                let [width, height, layers] = extents;
                let blocks = |mip: u32| blocks_touched((width >> mip).max(1), (height >> mip).max(1), block);
                let bytes = (0..mips).map(blocks).sum::<u64>() * u64::from(layers * samples * block.bytes);
                assert_eq!(spec.size(), Some(Bytes::new(bytes)), "{spec}");
            }
        }
    }

    /// Sizes worked out by hand from the specification's block table.
    #[test]
    fn texture_bytes_are_exact() {
        let cases = [
            (texture(F::Rgba8Unorm, [256, 256, 1], 1, 1), 262_144),
            // 16 + 4 + 1 texels of 4 bytes.
            (texture(F::Rgba8Unorm, [4, 4, 1], 3, 1), 84),
            // A full chain of a cube map: 87 381 texels × 4 B × 6.
            (texture(F::Rgba8Unorm, [256, 256, 6], 9, 1), 2_097_144),
            // Odd extents round down a level: 5×3, 2×1, 1×1.
            (texture(F::R8Unorm, [5, 3, 1], 3, 1), 18),
            // The sample count is a factor, not a square.
            (texture(F::Rgba16Float, [100, 50, 1], 1, 4), 160_000),
            (texture(F::Depth16Unorm, [10, 10, 1], 1, 1), 200),
            (texture(F::Depth24Plus, [10, 10, 1], 1, 1), 400),
            (texture(F::Depth32FloatStencil8, [10, 10, 1], 1, 1), 500),
            // 2×2 blocks of 8 bytes although only 5×5 texels.
            (texture(F::Bc1RgbaUnorm, [5, 5, 1], 1, 1), 32),
            // 8×8 → 4 blocks, 4×4, 2×2 and 1×1 → 1 block each.
            (texture(F::Bc7RgbaUnorm, [8, 8, 1], 4, 1), 112),
            (texture(F::Etc2Rgb8Unorm, [16, 8, 2], 1, 1), 128),
            (texture(F::EacRg11Snorm, [16, 16, 1], 1, 1), 256),
            // ⌈100÷10⌉ × ⌈100÷6⌉ blocks of 16 bytes.
            (texture(F::Astc10x6Unorm, [100, 100, 1], 1, 1), 2_720),
            (texture(F::Astc12x12UnormSrgb, [13, 1, 1], 1, 1), 32),
        ];
        for (spec, bytes) in cases {
            assert_eq!(spec.size(), Some(Bytes::new(bytes)), "{spec}");
        }
    }

    #[test]
    fn the_depth_of_a_volume_halves_with_each_level() {
        let array = texture(F::R8Unorm, [4, 4, 4], 3, 1);
        let volume = TextureSpec { dimension: TextureDimension::D3, ..array };
        assert_eq!(array.size(), Some(Bytes::new(4 * (16 + 4 + 1))));
        assert_eq!(volume.size(), Some(Bytes::new(64 + 8 + 1)));
        assert_eq!(TextureSpec { depth_or_layers: 9, ..volume }.mips_max(), 4);
    }

    #[test]
    fn hostile_extents_end_in_none_or_zero_never_in_a_wrapped_number() {
        let huge = texture(F::Rgba32Float, [u32::MAX; 3], u32::MAX, 4);
        assert_eq!(huge.size(), None);
        assert_eq!(texture(F::R8Unorm, [8, 8, 1], u32::MAX, 1).size(), Some(Bytes::new(64 + 16 + 4 + 1)));
        for spec in [[0, 8, 1], [8, 0, 1], [8, 8, 0]] {
            assert_eq!(texture(F::R8Unorm, spec, 1, 1).size(), Some(Bytes::ZERO));
        }
        assert_eq!(texture(F::R8Unorm, [8, 8, 1], 1, 0).size(), Some(Bytes::ZERO));
    }

    #[test]
    fn specs_read_as_people_write_them() {
        let cube = texture(F::Rgba8Unorm, [256, 256, 6], 9, 1);
        assert_eq!(ResourceSpec::from(cube).to_string(), "rgba8unorm 256×256×6, 9 mips texture_binding");
        let buffer = BufferSpec::new(Bytes::kib(64), BufferUsage::STORAGE | BufferUsage::COPY_DST);
        assert_eq!(ResourceSpec::from(buffer).to_string(), "64.0 KiB storage|copy_dst");
    }
}
