//! What a buffer or texture may be used for: the bit sets of WebGPU, with its
//! own bit values, so that the executor passes them on unchanged. An empty set is
//! a value too, which WebGPU and the pool refuse to create.

use bitflags::{Flags, bitflags};
use core::fmt;

bitflags! {
    /// `GPUBufferUsage`. Source: WebGPU specification, "Buffer Usages".
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct BufferUsage: u32 {
        /// Bound as a storage buffer.
        const STORAGE = 0x0080;
        /// Bound as a uniform buffer.
        const UNIFORM = 0x0040;
        /// Vertices of a draw.
        const VERTEX = 0x0020;
        /// Indices of a draw.
        const INDEX = 0x0010;
        /// Arguments of an indirect draw or dispatch.
        const INDIRECT = 0x0100;
        /// Receives the results of queries.
        const QUERY_RESOLVE = 0x0200;
        /// Mapped by the host for reading.
        const MAP_READ = 0x0001;
        /// Mapped by the host for writing.
        const MAP_WRITE = 0x0002;
        /// Source of copies.
        const COPY_SRC = 0x0004;
        /// Target of copies and of `writeBuffer`.
        const COPY_DST = 0x0008;
    }
}

bitflags! {
    /// `GPUTextureUsage`. Source: WebGPU specification, "Texture Usages".
    #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
    pub struct TextureUsage: u32 {
        /// Sampled in a shader.
        const TEXTURE_BINDING = 0x04;
        /// Read or written as a storage texture.
        const STORAGE_BINDING = 0x08;
        /// Drawn into by a render pass.
        const RENDER_ATTACHMENT = 0x10;
        /// Drawn into and never kept; a tiling GPU may then give it no memory.
        /// Its bytes are counted all the same, since no page can know.
        const TRANSIENT_ATTACHMENT = 0x20;
        /// Source of copies.
        const COPY_SRC = 0x01;
        /// Target of copies and of `writeTexture`.
        const COPY_DST = 0x02;
    }
}

impl fmt::Display for BufferUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&names(self))
    }
}

impl fmt::Display for TextureUsage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&names(self))
    }
}

/// The names of the set flags in the order of their definition, what the resource is for
/// before how it is filled: `storage|copy_dst`, or `none`.
fn names<F: Flags>(flags: &F) -> String {
    let names: Vec<String> = flags.iter_names().map(|(name, _)| name.to_ascii_lowercase()).collect();
    if names.is_empty() { String::from("none") } else { names.join("|") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_name_every_flag_once() {
        assert_eq!((BufferUsage::COPY_DST | BufferUsage::STORAGE).to_string(), "storage|copy_dst");
        assert_eq!(BufferUsage::empty().to_string(), "none");
        assert_eq!((TextureUsage::COPY_DST | TextureUsage::TEXTURE_BINDING).to_string(), "texture_binding|copy_dst");
    }

    #[test]
    fn every_bit_of_webgpu_is_known_and_no_other() {
        let all = BufferUsage::from_bits(0x3ff).expect("ten buffer flags");
        assert_eq!(all.to_string().split('|').count(), 10);
        assert_eq!(BufferUsage::from_bits(0x400), None);
        assert_eq!(TextureUsage::from_bits(0x3f).map(|usage| usage.bits()), Some(0x3f));
        assert_eq!(TextureUsage::from_bits(0x40), None);
    }

    #[test]
    fn contains_asks_for_all_flags_of_the_other() {
        let usage = BufferUsage::STORAGE | BufferUsage::COPY_DST;
        assert!(usage.contains(BufferUsage::STORAGE) && usage.contains(BufferUsage::empty()));
        assert!(!usage.contains(BufferUsage::STORAGE | BufferUsage::COPY_SRC));
    }
}
