//! The texture formats of WebGPU: their names, block extents and block bytes.
//!
//! Source: WebGPU specification, "Texture Format Capabilities" (texel block
//! memory cost). One list; the type, the names and the sizes come from it, so
//! that none can drift.

use core::fmt;

/// The unit in which a format stores texels: one texel for plain formats, a
/// rectangle of them for compressed ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Block {
    /// Texels that a block is wide.
    pub width: u32,
    /// Texels that a block is high.
    pub height: u32,
    /// Bytes of one block, all aspects together.
    pub bytes: u32,
}

/// Defines [`TextureFormat`] from one table of name, block extent and bytes.
macro_rules! texture_formats {
    ($($variant:ident = $key:literal, $width:literal x $height:literal, $bytes:literal;)+) => {
        /// A texture format of WebGPU.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum TextureFormat {
            $(#[doc = concat!("`", $key, "`")] $variant,)+
        }

        impl TextureFormat {
            /// Every format, in the order of the specification.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The name in WebGPU: `rgba8unorm`.
            pub const fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)+ }
            }

            /// Extent and bytes of one block. Of `depth24plus`, `depth24plus-stencil8` and
            /// `depth32float-stencil8` the bytes are an estimate: the specification leaves
            /// them to the implementation. `depth24plus` is 24 bits in a word of four bytes or
            /// a 32-bit float: four bytes either way. With stencil it is the same packed word,
            /// or, where the device has no 24-bit depth, a float and a byte apart.
            /// `depth32float-stencil8` is four bytes and one in two planes; a device that
            /// interleaves them pads to eight.
            pub const fn block(self) -> Block {
                match self { $(Self::$variant => Block { width: $width, height: $height, bytes: $bytes },)+ }
            }
        }
    };
}

texture_formats! {
    // One byte.
    R8Unorm = "r8unorm", 1 x 1, 1;
    R8Snorm = "r8snorm", 1 x 1, 1;
    R8Uint = "r8uint", 1 x 1, 1;
    R8Sint = "r8sint", 1 x 1, 1;
    // Two bytes.
    R16Unorm = "r16unorm", 1 x 1, 2;
    R16Snorm = "r16snorm", 1 x 1, 2;
    R16Uint = "r16uint", 1 x 1, 2;
    R16Sint = "r16sint", 1 x 1, 2;
    R16Float = "r16float", 1 x 1, 2;
    Rg8Unorm = "rg8unorm", 1 x 1, 2;
    Rg8Snorm = "rg8snorm", 1 x 1, 2;
    Rg8Uint = "rg8uint", 1 x 1, 2;
    Rg8Sint = "rg8sint", 1 x 1, 2;
    // Four bytes.
    R32Uint = "r32uint", 1 x 1, 4;
    R32Sint = "r32sint", 1 x 1, 4;
    R32Float = "r32float", 1 x 1, 4;
    Rg16Unorm = "rg16unorm", 1 x 1, 4;
    Rg16Snorm = "rg16snorm", 1 x 1, 4;
    Rg16Uint = "rg16uint", 1 x 1, 4;
    Rg16Sint = "rg16sint", 1 x 1, 4;
    Rg16Float = "rg16float", 1 x 1, 4;
    Rgba8Unorm = "rgba8unorm", 1 x 1, 4;
    Rgba8UnormSrgb = "rgba8unorm-srgb", 1 x 1, 4;
    Rgba8Snorm = "rgba8snorm", 1 x 1, 4;
    Rgba8Uint = "rgba8uint", 1 x 1, 4;
    Rgba8Sint = "rgba8sint", 1 x 1, 4;
    Bgra8Unorm = "bgra8unorm", 1 x 1, 4;
    Bgra8UnormSrgb = "bgra8unorm-srgb", 1 x 1, 4;
    Rgb9e5Ufloat = "rgb9e5ufloat", 1 x 1, 4;
    Rgb10a2Uint = "rgb10a2uint", 1 x 1, 4;
    Rgb10a2Unorm = "rgb10a2unorm", 1 x 1, 4;
    Rg11b10Ufloat = "rg11b10ufloat", 1 x 1, 4;
    // Eight bytes.
    Rg32Uint = "rg32uint", 1 x 1, 8;
    Rg32Sint = "rg32sint", 1 x 1, 8;
    Rg32Float = "rg32float", 1 x 1, 8;
    Rgba16Unorm = "rgba16unorm", 1 x 1, 8;
    Rgba16Snorm = "rgba16snorm", 1 x 1, 8;
    Rgba16Uint = "rgba16uint", 1 x 1, 8;
    Rgba16Sint = "rgba16sint", 1 x 1, 8;
    Rgba16Float = "rgba16float", 1 x 1, 8;
    // Sixteen bytes.
    Rgba32Uint = "rgba32uint", 1 x 1, 16;
    Rgba32Sint = "rgba32sint", 1 x 1, 16;
    Rgba32Float = "rgba32float", 1 x 1, 16;
    // Depth and stencil; see `block` for the two with 24 bits and the last.
    Stencil8 = "stencil8", 1 x 1, 1;
    Depth16Unorm = "depth16unorm", 1 x 1, 2;
    Depth24Plus = "depth24plus", 1 x 1, 4;
    Depth24PlusStencil8 = "depth24plus-stencil8", 1 x 1, 4;
    Depth32Float = "depth32float", 1 x 1, 4;
    Depth32FloatStencil8 = "depth32float-stencil8", 1 x 1, 5;
    // BC.
    Bc1RgbaUnorm = "bc1-rgba-unorm", 4 x 4, 8;
    Bc1RgbaUnormSrgb = "bc1-rgba-unorm-srgb", 4 x 4, 8;
    Bc2RgbaUnorm = "bc2-rgba-unorm", 4 x 4, 16;
    Bc2RgbaUnormSrgb = "bc2-rgba-unorm-srgb", 4 x 4, 16;
    Bc3RgbaUnorm = "bc3-rgba-unorm", 4 x 4, 16;
    Bc3RgbaUnormSrgb = "bc3-rgba-unorm-srgb", 4 x 4, 16;
    Bc4RUnorm = "bc4-r-unorm", 4 x 4, 8;
    Bc4RSnorm = "bc4-r-snorm", 4 x 4, 8;
    Bc5RgUnorm = "bc5-rg-unorm", 4 x 4, 16;
    Bc5RgSnorm = "bc5-rg-snorm", 4 x 4, 16;
    Bc6hRgbUfloat = "bc6h-rgb-ufloat", 4 x 4, 16;
    Bc6hRgbFloat = "bc6h-rgb-float", 4 x 4, 16;
    Bc7RgbaUnorm = "bc7-rgba-unorm", 4 x 4, 16;
    Bc7RgbaUnormSrgb = "bc7-rgba-unorm-srgb", 4 x 4, 16;
    // ETC2 and EAC.
    Etc2Rgb8Unorm = "etc2-rgb8unorm", 4 x 4, 8;
    Etc2Rgb8UnormSrgb = "etc2-rgb8unorm-srgb", 4 x 4, 8;
    Etc2Rgb8a1Unorm = "etc2-rgb8a1unorm", 4 x 4, 8;
    Etc2Rgb8a1UnormSrgb = "etc2-rgb8a1unorm-srgb", 4 x 4, 8;
    Etc2Rgba8Unorm = "etc2-rgba8unorm", 4 x 4, 16;
    Etc2Rgba8UnormSrgb = "etc2-rgba8unorm-srgb", 4 x 4, 16;
    EacR11Unorm = "eac-r11unorm", 4 x 4, 8;
    EacR11Snorm = "eac-r11snorm", 4 x 4, 8;
    EacRg11Unorm = "eac-rg11unorm", 4 x 4, 16;
    EacRg11Snorm = "eac-rg11snorm", 4 x 4, 16;
    // ASTC.
    Astc4x4Unorm = "astc-4x4-unorm", 4 x 4, 16;
    Astc4x4UnormSrgb = "astc-4x4-unorm-srgb", 4 x 4, 16;
    Astc5x4Unorm = "astc-5x4-unorm", 5 x 4, 16;
    Astc5x4UnormSrgb = "astc-5x4-unorm-srgb", 5 x 4, 16;
    Astc5x5Unorm = "astc-5x5-unorm", 5 x 5, 16;
    Astc5x5UnormSrgb = "astc-5x5-unorm-srgb", 5 x 5, 16;
    Astc6x5Unorm = "astc-6x5-unorm", 6 x 5, 16;
    Astc6x5UnormSrgb = "astc-6x5-unorm-srgb", 6 x 5, 16;
    Astc6x6Unorm = "astc-6x6-unorm", 6 x 6, 16;
    Astc6x6UnormSrgb = "astc-6x6-unorm-srgb", 6 x 6, 16;
    Astc8x5Unorm = "astc-8x5-unorm", 8 x 5, 16;
    Astc8x5UnormSrgb = "astc-8x5-unorm-srgb", 8 x 5, 16;
    Astc8x6Unorm = "astc-8x6-unorm", 8 x 6, 16;
    Astc8x6UnormSrgb = "astc-8x6-unorm-srgb", 8 x 6, 16;
    Astc8x8Unorm = "astc-8x8-unorm", 8 x 8, 16;
    Astc8x8UnormSrgb = "astc-8x8-unorm-srgb", 8 x 8, 16;
    Astc10x5Unorm = "astc-10x5-unorm", 10 x 5, 16;
    Astc10x5UnormSrgb = "astc-10x5-unorm-srgb", 10 x 5, 16;
    Astc10x6Unorm = "astc-10x6-unorm", 10 x 6, 16;
    Astc10x6UnormSrgb = "astc-10x6-unorm-srgb", 10 x 6, 16;
    Astc10x8Unorm = "astc-10x8-unorm", 10 x 8, 16;
    Astc10x8UnormSrgb = "astc-10x8-unorm-srgb", 10 x 8, 16;
    Astc10x10Unorm = "astc-10x10-unorm", 10 x 10, 16;
    Astc10x10UnormSrgb = "astc-10x10-unorm-srgb", 10 x 10, 16;
    Astc12x10Unorm = "astc-12x10-unorm", 12 x 10, 16;
    Astc12x10UnormSrgb = "astc-12x10-unorm-srgb", 12 x 10, 16;
    Astc12x12Unorm = "astc-12x12-unorm", 12 x 12, 16;
    Astc12x12UnormSrgb = "astc-12x12-unorm-srgb", 12 x 12, 16;
}

impl TextureFormat {
    /// The format of a WebGPU name; `None` for an unknown one.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|format| format.key() == key)
    }

    /// True where a block covers more than one texel.
    pub const fn is_compressed(self) -> bool {
        self.block().width > 1
    }
}

impl fmt::Display for TextureFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_lead_back() {
        assert_eq!(TextureFormat::ALL.len(), 101);
        for format in TextureFormat::ALL.iter().copied() {
            assert_eq!(TextureFormat::from_key(format.key()), Some(format));
        }
        assert_eq!(TextureFormat::from_key("rgba8"), None);
    }

    /// The name of an ASTC format states its block, so the table is checked
    /// against the names.
    #[test]
    fn astc_blocks_are_what_the_names_say() {
        for format in TextureFormat::ALL.iter().copied() {
            let Some(name) = format.key().strip_prefix("astc-") else { continue };
            let extent = name.split('-').next().expect("extent");
            let block = format.block();
            assert_eq!(format!("{}x{}", block.width, block.height), extent);
            assert_eq!(block.bytes, 16);
        }
    }

    /// Channels times bits, read off the name, for every plain colour format
    /// that states them so; the packed ones do not.
    #[test]
    fn plain_formats_hold_channels_times_bits() {
        for format in TextureFormat::ALL.iter().copied() {
            let key = format.key();
            let digits = key.find(|c: char| c.is_ascii_digit()).expect("bits");
            let channels = match &key[..digits] {
                "r" => 1,
                "rg" => 2,
                "rgba" | "bgra" => 4,
                _ => continue,
            };
            if format == TextureFormat::Rg11b10Ufloat {
                continue;
            }
            let number: String = key[digits..].chars().take_while(char::is_ascii_digit).collect();
            let bits: u32 = number.parse().expect("bits");
            assert_eq!(format.block(), Block { width: 1, height: 1, bytes: channels * bits / 8 }, "{key}");
        }
    }

    /// What the names do not state, by family; with the two tests above no format is
    /// left unchecked.
    #[test]
    fn families_hold_what_the_specification_says() {
        let families = [
            ("bc1-", 4, 8),
            ("bc2-", 4, 16),
            ("bc3-", 4, 16),
            ("bc4-", 4, 8),
            ("bc5-", 4, 16),
            ("bc6h-", 4, 16),
            ("bc7-", 4, 16),
            ("etc2-rgb8unorm", 4, 8),
            ("etc2-rgb8a1unorm", 4, 8),
            ("etc2-rgba8unorm", 4, 16),
            ("eac-r11", 4, 8),
            ("eac-rg11", 4, 16),
            ("rgb9e5", 1, 4),
            ("rgb10a2", 1, 4),
            ("rg11b10", 1, 4),
            ("stencil8", 1, 1),
            ("depth16unorm", 1, 2),
            ("depth24plus", 1, 4),
            ("depth32float-stencil8", 1, 5),
            ("depth32float", 1, 4),
        ];
        let by_name = ["r8", "r16", "r32", "rg8", "rg16", "rg32", "rgba8", "rgba16", "rgba32", "bgra8", "astc-"];
        for format in TextureFormat::ALL.iter().copied() {
            let key = format.key();
            match families.iter().find(|(family, ..)| key.starts_with(family)) {
                Some(&(_, edge, bytes)) => {
                    assert_eq!(format.block(), Block { width: edge, height: edge, bytes }, "{key}");
                }
                None => assert!(by_name.iter().any(|name| key.starts_with(name)), "{key} is in no table"),
            }
        }
    }
}
