//! The pool's table by size class and usage, as words on a
//! [`super::board::Board`].

/// Words per row.
pub const WORDS_PER_ROW: usize = 11;

/// One row: all resources of one class and usage.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PoolRow {
    /// True for textures: `usage_bits` is a texture usage and `format` counts.
    pub is_texture: bool,
    /// The WebGPU usage bits.
    pub usage_bits: u32,
    /// The texture format's index in `pool`'s table of formats.
    pub format: u16,
    /// Texture width and height; zero for buffers.
    pub extent: [u32; 2],
    /// Bytes of one resource of this class.
    pub class_bytes: u64,
    /// Held by the engine.
    pub in_use_count: u64,
    /// Released, still read by the GPU.
    pub pending_count: u64,
    /// Reusable.
    pub idle_count: u64,
    /// Bytes asked for by those in use.
    pub requested_bytes: u64,
    /// Acquires served from this class.
    pub hits_total: u64,
    /// Acquires that created one.
    pub misses_total: u64,
}

impl PoolRow {
    /// In words.
    pub fn to_words(self) -> [u64; WORDS_PER_ROW] {
        let [width, height] = self.extent;
        [
            u64::from(self.is_texture),
            u64::from(self.usage_bits),
            u64::from(self.format),
            u64::from(width) << 32 | u64::from(height),
            self.class_bytes,
            self.in_use_count,
            self.pending_count,
            self.idle_count,
            self.requested_bytes,
            self.hits_total,
            self.misses_total,
        ]
    }

    /// From words.
    pub fn from_words(words: [u64; WORDS_PER_ROW]) -> Self {
        let [kind, usage, format, extent, class_bytes, in_use, pending, idle, requested, hits, misses] = words;
        Self {
            is_texture: kind != 0,
            usage_bits: usage as u32,
            format: format as u16,
            extent: [(extent >> 32) as u32, extent as u32],
            class_bytes,
            in_use_count: in_use,
            pending_count: pending,
            idle_count: idle,
            requested_bytes: requested,
            hits_total: hits,
            misses_total: misses,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_back() {
        let row = PoolRow {
            is_texture: true,
            usage_bits: 0x16,
            format: 40,
            extent: [1024, 512],
            class_bytes: 1 << 33,
            in_use_count: 1,
            pending_count: 2,
            idle_count: 3,
            requested_bytes: 4,
            hits_total: 5,
            misses_total: 6,
        };
        assert_eq!(PoolRow::from_words(row.to_words()), row);
    }
}
