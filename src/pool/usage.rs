//! What a buffer or texture may be used for: the bit sets of WebGPU, with its
//! own bit values, so that the executor passes them on unchanged.

use core::fmt;
use core::ops::BitOr;

/// Defines one set of usage flags: constants, bits and names from one list.
macro_rules! usage_flags {
    ($(#[$doc:meta])* $name:ident { $($(#[$flag_doc:meta])* $flag:ident = $bit:literal, $word:literal;)+ }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(u32);

        impl $name {
            $($(#[$flag_doc])* pub const $flag: Self = Self($bit);)+

            /// No usage at all. WebGPU refuses to create such a thing.
            pub const NONE: Self = Self(0);

            /// Each flag with its name, in the order in which [`Self::label`]
            /// writes them: what it is for first, then how it is filled.
            const NAMES: &'static [(Self, &'static str)] = &[$((Self::$flag, $word)),+];

            /// The flags of a WebGPU bit value; `None` where an unknown bit is set.
            pub fn from_bits(bits: u32) -> Option<Self> {
                let known = Self::NAMES.iter().fold(0, |all, (flag, _)| all | flag.0);
                (bits & !known == 0).then_some(Self(bits))
            }

            /// The WebGPU bit value.
            pub const fn bits(self) -> u32 {
                self.0
            }

            /// True where every flag of `other` is set.
            pub const fn contains(self, other: Self) -> bool {
                self.0 & other.0 == other.0
            }

            /// The flags of both; `|` where a constant is not wanted.
            pub const fn union(self, other: Self) -> Self {
                Self(self.0 | other.0)
            }

            /// True where no flag is set.
            pub const fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// The names of the set flags: `storage|copy_dst`, or `none`.
            pub fn label(self) -> String {
                let words: Vec<&str> =
                    Self::NAMES.iter().filter(|(flag, _)| self.contains(*flag)).map(|(_, word)| *word).collect();
                if words.is_empty() { String::from("none") } else { words.join("|") }
            }
        }

        impl BitOr for $name {
            type Output = Self;

            fn bitor(self, other: Self) -> Self {
                self.union(other)
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.label())
            }
        }
    };
}

usage_flags! {
    /// `GPUBufferUsage`. Source: WebGPU specification, "Buffer Usages".
    BufferUsage {
        /// Bound as a storage buffer.
        STORAGE = 0x0080, "storage";
        /// Bound as a uniform buffer.
        UNIFORM = 0x0040, "uniform";
        /// Vertices of a draw.
        VERTEX = 0x0020, "vertex";
        /// Indices of a draw.
        INDEX = 0x0010, "index";
        /// Arguments of an indirect draw or dispatch.
        INDIRECT = 0x0100, "indirect";
        /// Receives the results of queries.
        QUERY_RESOLVE = 0x0200, "query_resolve";
        /// Mapped for reading.
        MAP_READ = 0x0001, "map_read";
        /// Mapped for writing.
        MAP_WRITE = 0x0002, "map_write";
        /// Source of copies.
        COPY_SRC = 0x0004, "copy_src";
        /// Target of copies and of `writeBuffer`.
        COPY_DST = 0x0008, "copy_dst";
    }
}

usage_flags! {
    /// `GPUTextureUsage`. Source: WebGPU specification, "Texture Usages".
    TextureUsage {
        /// Sampled in a shader.
        TEXTURE_BINDING = 0x04, "texture_binding";
        /// Read or written as a storage texture.
        STORAGE_BINDING = 0x08, "storage_binding";
        /// Drawn into.
        RENDER_ATTACHMENT = 0x10, "render_attachment";
        /// Drawn into and never kept; a tiling GPU may then give it no memory.
        /// Its bytes are counted all the same, since no page can know.
        TRANSIENT_ATTACHMENT = 0x20, "transient_attachment";
        /// Source of copies.
        COPY_SRC = 0x01, "copy_src";
        /// Target of copies and of `writeTexture`.
        COPY_DST = 0x02, "copy_dst";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_every_flag_once() {
        assert_eq!((BufferUsage::COPY_DST | BufferUsage::STORAGE).label(), "storage|copy_dst");
        assert_eq!(BufferUsage::NONE.label(), "none");
        assert_eq!((TextureUsage::COPY_DST | TextureUsage::TEXTURE_BINDING).to_string(), "texture_binding|copy_dst");
    }

    #[test]
    fn every_bit_of_webgpu_is_known_and_no_other() {
        let all = BufferUsage::from_bits(0x3ff).expect("ten buffer flags");
        assert_eq!(all.label().split('|').count(), 10);
        assert_eq!(BufferUsage::from_bits(0x400), None);
        assert_eq!(TextureUsage::from_bits(0x3f).map(TextureUsage::bits), Some(0x3f));
        assert_eq!(TextureUsage::from_bits(0x40), None);
    }

    #[test]
    fn contains_asks_for_all_flags_of_the_other() {
        let usage = BufferUsage::STORAGE | BufferUsage::COPY_DST;
        assert!(usage.contains(BufferUsage::STORAGE) && usage.contains(BufferUsage::NONE));
        assert!(!usage.contains(BufferUsage::STORAGE | BufferUsage::COPY_SRC));
    }
}
