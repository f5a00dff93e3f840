//! What the file says, before it is told.

use arenascope_trace::Site;

/// Largest block or allocation that can be: addresses of devices have fewer bits.
pub(super) const BYTES_MAX: u64 = 1 << 56;
/// Most memory types: Vulkan has 32.
pub(super) const TYPES_MAX: usize = 256;

/// Everything that is kept of a file.
#[derive(Debug, Default)]
pub(super) struct Statistics {
    pub(super) api: String,
    pub(super) version: Option<String>,
    pub(super) device: Option<String>,
    pub(super) total: Option<Figures>,
    pub(super) heaps: Vec<Heap>,
    pub(super) types: Vec<MemoryType>,
    pub(super) blocks: Vec<Block>,
    pub(super) allocations: Vec<Allocation>,
    /// Distinct words of `Type`: `BUFFER`, `IMAGE_OPTIMAL`.
    pub(super) kinds: Vec<String>,
    /// Allocations without a size, or with one beyond [`BYTES_MAX`], which are left out.
    pub(super) unsized_count: u64,
    pub(super) is_cut: bool,
}

impl Statistics {
    /// Whether there is nothing that could be told.
    pub(super) fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.types.iter().all(|kind| kind.figures.is_none())
    }

    pub(super) fn is_vulkan(&self) -> bool {
        self.api == "Vulkan"
    }

    /// The number of a memory type by its key, added where it is new; `None` where there
    /// are [`TYPES_MAX`].
    pub(super) fn type_of(&mut self, key: &str) -> Option<u32> {
        let known = self.types.iter().position(|of| of.key == key);
        if known.is_none() {
            if self.types.len() == TYPES_MAX {
                return None;
            }
            self.types.push(MemoryType { key: key.into(), ..MemoryType::default() });
        }
        Some(known.unwrap_or(self.types.len() - 1) as u32)
    }

    /// The number of a `Type`, added where it is new; of very many the rest is one.
    pub(super) fn kind_of(&mut self, word: &str) -> u8 {
        let known = self.kinds.iter().position(|kind| kind == word);
        let position = known.unwrap_or_else(|| {
            if self.kinds.len() < usize::from(u8::MAX) {
                self.kinds.push(word.into());
            }
            self.kinds.len() - 1
        });
        position as u8
    }
}

/// The figures of a `Stats` or of `Total`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Figures {
    pub(super) block_count: u64,
    pub(super) block_bytes: u64,
    pub(super) allocation_count: u64,
    pub(super) allocation_bytes: u64,
}

/// A heap of the device.
#[derive(Debug, Default)]
pub(super) struct Heap {
    /// `Heap 0`, `L0`.
    pub(super) key: String,
    pub(super) flags: Vec<String>,
    pub(super) bytes: Option<u64>,
    pub(super) budget_bytes: Option<u64>,
    pub(super) usage_bytes: Option<u64>,
    pub(super) figures: Option<Figures>,
}

/// A memory type of a heap.
#[derive(Debug, Default)]
pub(super) struct MemoryType {
    /// `Type 3`, `UPLOAD`, `DEFAULT - Buffers`.
    pub(super) key: String,
    pub(super) flags: Vec<String>,
    /// Position of its heap, where `MemoryInfo` says.
    pub(super) heap: Option<usize>,
    pub(super) figures: Option<Figures>,
}

/// A block: device memory that was taken at once.
#[derive(Debug, Default)]
pub(super) struct Block {
    pub(super) memory_type: u32,
    /// `block 0`, `pool shadows, block 2`, `dedicated 5`.
    pub(super) label: String,
    pub(super) bytes: u64,
    pub(super) unused_bytes: Option<u64>,
    pub(super) allocation_count: Option<u64>,
}

/// What lies in a block.
#[derive(Clone, Copy, Debug)]
pub(super) struct Allocation {
    pub(super) block: u32,
    pub(super) offset: u64,
    pub(super) bytes: u64,
    pub(super) usage: u32,
    pub(super) kind: u8,
    pub(super) site: Site,
}
