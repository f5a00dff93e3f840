//! Who owns memory: one of a run's categories, and a free-form tag.

use core::fmt;
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// What memory is for: one of at most sixteen categories that a run declares. The
/// constants are the six of this crate's own engine; a run that another tool recorded
/// gives the numbers its own names. The order is the order of the budget, of every table
/// and of every stacked chart.
///
/// In files it is its [`Self::key`].
///
/// ```
/// use arenascope_units::owner::MemoryCategory;
/// let names: Vec<_> = MemoryCategory::ALL.map(MemoryCategory::key).into();
/// assert_eq!(names, ["ecs", "gpu_buffers", "gpu_textures", "npu_models", "npu_tensors", "temporary"]);
/// ```
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct MemoryCategory(u8);

/// Every category that a run can declare, in order.
const EVERY: [MemoryCategory; MemoryCategory::MAX] = {
    let mut every = [MemoryCategory(0); MemoryCategory::MAX];
    let mut index = 0;
    while index < every.len() {
        every[index] = MemoryCategory(index as u8);
        index += 1;
    }
    every
};

/// Names in files, by index.
const KEYS: [&str; MemoryCategory::MAX] = [
    "ecs",
    "gpu_buffers",
    "gpu_textures",
    "npu_models",
    "npu_tensors",
    "temporary",
    "category_6",
    "category_7",
    "category_8",
    "category_9",
    "category_10",
    "category_11",
    "category_12",
    "category_13",
    "category_14",
    "category_15",
];

/// Names for people, by index.
const LABELS: [&str; MemoryCategory::MAX] = [
    "ECS",
    "GPU buffers",
    "GPU textures",
    "NPU models",
    "NPU tensors",
    "Temporary",
    "Category 6",
    "Category 7",
    "Category 8",
    "Category 9",
    "Category 10",
    "Category 11",
    "Category 12",
    "Category 13",
    "Category 14",
    "Category 15",
];

impl MemoryCategory {
    /// Most categories of a run: 4 bits of an event's record.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::every().len(), MemoryCategory::MAX);
    /// ```
    pub const MAX: usize = 16;

    /// Entities and components of the game world (host memory).
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::ECS.label(), "ECS");
    /// ```
    pub const ECS: Self = Self(0);

    /// Vertex, index, uniform and storage buffers, and what is staged for them.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GPU_BUFFERS.label(), "GPU buffers");
    /// ```
    pub const GPU_BUFFERS: Self = Self(1);

    /// Textures, and what is staged for them.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GPU_TEXTURES.label(), "GPU textures");
    /// ```
    pub const GPU_TEXTURES: Self = Self(2);

    /// Weights of neural networks.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::NPU_MODELS.label(), "NPU models");
    /// ```
    pub const NPU_MODELS: Self = Self(3);

    /// Inputs, outputs and caches of neural networks.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::NPU_TENSORS.label(), "NPU tensors");
    /// ```
    pub const NPU_TENSORS: Self = Self(4);

    /// Scratch that lives for a frame or less (host memory).
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::TEMPORARY.label(), "Temporary");
    /// ```
    pub const TEMPORARY: Self = Self(5);

    /// The categories of this crate's own engine, in order.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::ALL.len(), 6);
    /// ```
    pub const ALL: [Self; 6] =
        [Self::ECS, Self::GPU_BUFFERS, Self::GPU_TEXTURES, Self::NPU_MODELS, Self::NPU_TENSORS, Self::TEMPORARY];

    /// Every category that a run can declare, in order: those of [`Self::ALL`] first.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert!(MemoryCategory::every().starts_with(&MemoryCategory::ALL));
    /// ```
    pub const fn every() -> [Self; Self::MAX] {
        EVERY
    }

    /// Position in [`Self::every`], below [`Self::MAX`].
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GPU_BUFFERS.index(), 1);
    /// ```
    #[inline]
    pub const fn index(self) -> usize {
        self.0 as usize
    }

    /// The category at `index` of [`Self::every`].
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::from_index(1), Some(MemoryCategory::GPU_BUFFERS));
    /// assert_eq!(MemoryCategory::from_index(16), None);
    /// ```
    #[inline]
    pub const fn from_index(index: usize) -> Option<Self> {
        if index < Self::MAX { Some(Self(index as u8)) } else { None }
    }

    /// The category in the lowest 4 bits of a word, as packed records have it.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::from_low_bits(0xff21), MemoryCategory::GPU_BUFFERS);
    /// ```
    #[inline]
    pub const fn from_low_bits(word: u64) -> Self {
        Self((word & 0xf) as u8)
    }

    /// True for one of [`Self::ALL`].
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert!(MemoryCategory::TEMPORARY.is_of_engine());
    /// assert!(!MemoryCategory::every()[6].is_of_engine());
    /// ```
    pub const fn is_of_engine(self) -> bool {
        self.index() < Self::ALL.len()
    }

    /// The name in files and in the scripting interface: `gpu_buffers`, or `category_7`
    /// for one that only the run itself can name.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GPU_BUFFERS.key(), "gpu_buffers");
    /// ```
    pub const fn key(self) -> &'static str {
        KEYS[self.index()]
    }

    /// The category of that name in files.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::from_key("gpu_buffers"), Some(MemoryCategory::GPU_BUFFERS));
    /// assert_eq!(MemoryCategory::from_key("GPU buffers"), None);
    /// ```
    pub fn from_key(key: &str) -> Option<Self> {
        EVERY.into_iter().find(|category| category.key() == key)
    }

    /// The name for people: `GPU buffers`, or `Category 7` for one that only the run
    /// itself can name.
    ///
    /// ```
    /// use arenascope_units::owner::MemoryCategory;
    /// assert_eq!(MemoryCategory::GPU_BUFFERS.label(), "GPU buffers");
    /// ```
    pub const fn label(self) -> &'static str {
        LABELS[self.index()]
    }
}

impl fmt::Display for MemoryCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

/// The key in the case of a Rust name: `GpuBuffers`. The numbers that the workload's tests hold
/// its sequences to are of this text.
impl fmt::Debug for MemoryCategory {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.key().split('_').try_for_each(|word| {
            let (first, rest) = word.split_at(1);
            write!(f, "{}{rest}", first.to_ascii_uppercase())
        })
    }
}

impl Serialize for MemoryCategory {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.key())
    }
}

impl<'de> Deserialize<'de> for MemoryCategory {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_str(KeyVisitor)
    }
}

/// Reads a [`MemoryCategory::key`].
struct KeyVisitor;

impl Visitor<'_> for KeyVisitor {
    type Value = MemoryCategory;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the key of a category")
    }

    fn visit_str<E: de::Error>(self, key: &str) -> Result<MemoryCategory, E> {
        MemoryCategory::from_key(key).ok_or_else(|| E::unknown_variant(key, &KEYS))
    }
}

/// Where memory physically lives.
///
/// ```
/// use arenascope_units::owner::Heap;
/// assert_eq!(Heap::ALL.map(Heap::key), ["arena", "device", "npu"]);
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumCount,
    VariantArray,
)]
#[strum(serialize_all = "snake_case")]
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
    /// use arenascope_units::owner::Heap;
    /// assert_eq!(Heap::ALL.len(), 3);
    /// ```
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// Position in [`Self::ALL`].
    ///
    /// ```
    /// use arenascope_units::owner::Heap;
    /// assert_eq!(Heap::Device.index(), 1);
    /// ```
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The name in files: `device`.
    ///
    /// ```
    /// use arenascope_units::owner::Heap;
    /// assert_eq!(Heap::Npu.key(), "npu");
    /// ```
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// A short name for the place in the engine that asked for memory, as an index
/// into the table of names that the workload publishes.
///
/// ```
/// use arenascope_units::owner::{MemoryCategory, Owner, Tag};
/// let mesh = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(3));
/// assert_eq!(mesh.tag, Tag(3));
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Tag(pub u16);

impl Tag {
    /// Of memory that nobody put a name to.
    ///
    /// ```
    /// # use arenascope_units::owner::{MemoryCategory, Owner, Tag};
    /// assert_eq!(Owner::from(MemoryCategory::ECS).tag, Tag::NONE);
    /// ```
    pub const NONE: Self = Self(u16::MAX);
}

/// Category and tag together: what an allocation carries.
///
/// ```
/// use arenascope_units::owner::{MemoryCategory, Owner, Tag};
/// let owner = Owner::new(MemoryCategory::ECS, Tag(0));
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
    /// use arenascope_units::owner::{MemoryCategory, Owner, Tag};
    /// const PHYSICS: Owner = Owner::new(MemoryCategory::ECS, Tag(7));
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
        for (index, category) in MemoryCategory::every().into_iter().enumerate() {
            assert_eq!(category.index(), index);
            assert_eq!(MemoryCategory::from_index(index), Some(category));
            assert_eq!(MemoryCategory::from_low_bits(0xabc0 | index as u64), category);
            assert_eq!(serde_json::to_value(category).unwrap(), category.key());
            assert_eq!(serde_json::from_value::<MemoryCategory>(category.key().into()).unwrap(), category);
        }
        assert_eq!(MemoryCategory::from_index(16), None);
    }

    #[test]
    fn debug_is_the_name_in_code() {
        assert_eq!(
            format!("{:?}", MemoryCategory::ALL),
            "[Ecs, GpuBuffers, GpuTextures, NpuModels, NpuTensors, Temporary]"
        );
        assert_eq!(format!("{:?}", MemoryCategory::every()[12]), "Category12");
    }

    #[test]
    fn a_key_that_no_category_has_is_refused() {
        for key in ["category_5", "category_16", "Ecs", "ECS", ""] {
            assert!(serde_json::from_value::<MemoryCategory>(key.into()).is_err(), "{key}");
        }
        assert!(serde_json::from_str::<MemoryCategory>("0").is_err());
    }
}
