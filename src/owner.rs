//! Who owns memory: the six categories of the budget, and a free-form tag.

use core::fmt;
use serde::{Deserialize, Serialize};

/// What memory is for. The order is the order of the budget, of every table and
/// of every stacked chart.
///
/// ```
/// use arenascope::owner::MemoryCategory;
/// let names: Vec<_> = MemoryCategory::ALL.map(MemoryCategory::key).into();
/// assert_eq!(names, ["ecs", "gpu_buffers", "gpu_textures", "npu_models", "npu_tensors", "temporary"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MemoryCategory {
    /// Entities and components of the game world (host memory).
    Ecs,
    /// Vertex, index, uniform and storage buffers, and what is staged for them.
    GpuBuffers,
    /// Textures, and what is staged for them.
    GpuTextures,
    /// Weights of neural networks.
    NpuModels,
    /// Inputs, outputs and caches of neural networks.
    NpuTensors,
    /// Scratch that lives for a frame or less (host memory).
    Temporary,
}

impl MemoryCategory {
    /// Every category, in order.
    ///
    /// ```
    /// use arenascope::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::ALL.len(), 6);
    /// ```
    pub const ALL: [Self; 6] =
        [Self::Ecs, Self::GpuBuffers, Self::GpuTextures, Self::NpuModels, Self::NpuTensors, Self::Temporary];

    /// Position in [`Self::ALL`].
    ///
    /// ```
    /// use arenascope::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GpuBuffers.index(), 1);
    /// ```
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The category at `index` of [`Self::ALL`].
    ///
    /// ```
    /// use arenascope::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::from_index(1), Some(MemoryCategory::GpuBuffers));
    /// assert_eq!(MemoryCategory::from_index(6), None);
    /// ```
    pub fn from_index(index: usize) -> Option<Self> {
        Self::ALL.get(index).copied()
    }

    /// The name in files and in the scripting interface: `gpu_buffers`.
    ///
    /// ```
    /// use arenascope::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GpuBuffers.key(), "gpu_buffers");
    /// ```
    pub const fn key(self) -> &'static str {
        match self {
            Self::Ecs => "ecs",
            Self::GpuBuffers => "gpu_buffers",
            Self::GpuTextures => "gpu_textures",
            Self::NpuModels => "npu_models",
            Self::NpuTensors => "npu_tensors",
            Self::Temporary => "temporary",
        }
    }

    /// The name for people: `GPU buffers`.
    ///
    /// ```
    /// use arenascope::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GpuBuffers.label(), "GPU buffers");
    /// ```
    pub const fn label(self) -> &'static str {
        match self {
            Self::Ecs => "ECS",
            Self::GpuBuffers => "GPU buffers",
            Self::GpuTextures => "GPU textures",
            Self::NpuModels => "NPU models",
            Self::NpuTensors => "NPU tensors",
            Self::Temporary => "Temporary",
        }
    }
}

impl fmt::Display for MemoryCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// Where memory physically lives.
///
/// ```
/// use arenascope::owner::Heap;
/// assert_eq!(Heap::ALL.map(Heap::key), ["arena", "device", "npu"]);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Heap {
    /// The shared arena in the module's linear memory.
    Arena,
    /// Buffers and textures of the WebGPU device.
    Device,
    /// Tensors and constants of the WebNN context.
    Npu,
}

impl Heap {
    /// Every heap, in order.
    ///
    /// ```
    /// use arenascope::owner::Heap;
    /// assert_eq!(Heap::ALL.len(), 3);
    /// ```
    pub const ALL: [Self; 3] = [Self::Arena, Self::Device, Self::Npu];

    /// Position in [`Self::ALL`].
    ///
    /// ```
    /// use arenascope::owner::Heap;
    /// assert_eq!(Heap::Device.index(), 1);
    /// ```
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name in files: `device`.
    ///
    /// ```
    /// use arenascope::owner::Heap;
    /// assert_eq!(Heap::Npu.key(), "npu");
    /// ```
    pub const fn key(self) -> &'static str {
        match self {
            Self::Arena => "arena",
            Self::Device => "device",
            Self::Npu => "npu",
        }
    }
}

/// A short name for the place in the engine that asked for memory, as an index
/// into the table of names that the workload publishes.
///
/// ```
/// use arenascope::owner::{MemoryCategory, Owner, Tag};
/// let mesh = Owner::new(MemoryCategory::GpuBuffers, Tag(3));
/// assert_eq!(mesh.tag, Tag(3));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag(pub u16);

impl Tag {
    /// Of memory that nobody put a name to.
    ///
    /// ```
    /// # use arenascope::owner::{MemoryCategory, Owner, Tag};
    /// assert_eq!(Owner::from(MemoryCategory::Ecs).tag, Tag::NONE);
    /// ```
    pub const NONE: Self = Self(u16::MAX);
}

/// Category and tag together: what an allocation carries.
///
/// ```
/// use arenascope::owner::{MemoryCategory, Owner, Tag};
/// let owner = Owner::new(MemoryCategory::Ecs, Tag(0));
/// assert_eq!(owner.category.label(), "ECS");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Owner {
    /// What the memory is for.
    pub category: MemoryCategory,
    /// Which part of the engine asked.
    pub tag: Tag,
}

impl Owner {
    /// An owner.
    ///
    /// ```
    /// use arenascope::owner::{MemoryCategory, Owner, Tag};
    /// const PHYSICS: Owner = Owner::new(MemoryCategory::Ecs, Tag(7));
    /// assert_eq!(PHYSICS.tag, Tag(7));
    /// ```
    pub const fn new(category: MemoryCategory, tag: Tag) -> Self {
        Self { category, tag }
    }
}

impl From<MemoryCategory> for Owner {
    /// Without a name.
    fn from(category: MemoryCategory) -> Self {
        Self::new(category, Tag::NONE)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn categories_have_one_order_and_one_key() {
        for (index, category) in MemoryCategory::ALL.into_iter().enumerate() {
            assert_eq!(category.index(), index);
            assert_eq!(MemoryCategory::from_index(index), Some(category));
            assert_eq!(serde_json::to_value(category).unwrap(), category.key());
        }
        assert_eq!(MemoryCategory::from_index(6), None);
    }
}
