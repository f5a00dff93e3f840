//! What a resource is, and the category that it is counted in.

use arenascope_trace::{CategoryId, Manifest};

/// What a resource is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Class {
    /// A GPU buffer.
    Buffer,
    /// A GPU texture.
    Texture,
    /// The textures of one canvas; apart from the totals.
    Canvas,
    /// A video frame as a texture: no bytes of its own.
    ExternalTexture,
    /// A query set; its size is an estimate.
    QuerySet,
    /// A memory of a wasm module.
    WasmMemory,
    /// One that another realm tells the bytes of.
    SharedWasmMemory,
    /// A WebNN tensor.
    Tensor,
    /// One that never changes: weights.
    ConstantTensor,
    /// A WebNN graph, with its constants.
    Graph,
    /// A texture that lives in a pass alone; apart from the totals.
    TransientTexture,
    /// Of a kind that is not known.
    Other,
}

impl Class {
    pub(super) const fn of(number: u64) -> Self {
        match number {
            1 => Self::Buffer,
            2 => Self::Texture,
            3 => Self::Canvas,
            4 => Self::ExternalTexture,
            5 => Self::QuerySet,
            7 => Self::WasmMemory,
            8 => Self::SharedWasmMemory,
            9 => Self::Tensor,
            10 => Self::ConstantTensor,
            11 => Self::Graph,
            13 => Self::TransientTexture,
            _ => Self::Other,
        }
    }

    /// The word for one that has no label.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Buffer => "buffer",
            Self::Texture => "texture",
            Self::Canvas => "canvas",
            Self::ExternalTexture => "external texture",
            Self::QuerySet => "query set",
            Self::WasmMemory | Self::SharedWasmMemory => "wasm memory",
            Self::Tensor => "tensor",
            Self::ConstantTensor => "constant tensor",
            Self::Graph => "graph",
            Self::TransientTexture => "transient texture",
            Self::Other => "resource",
        }
    }

    /// Whether its figures of format and extent are told.
    pub(super) const fn is_texture(self) -> bool {
        matches!(self, Self::Texture | Self::Canvas | Self::TransientTexture)
    }
}

const LABELS: [&str; 15] = [
    "Vertex and index buffers",
    "Uniform buffers",
    "Storage buffers",
    "Staging buffers",
    "Other buffers",
    "Textures",
    "Render targets",
    "Query sets",
    "Models",
    "Tensors",
    "Wasm heaps",
    "Mapped shadows",
    "Canvases",
    "External textures",
    "Other",
];

/// Categories by what they are for.
pub(super) const MAPPED: CategoryId = CategoryId(11);
pub(super) const WASM: CategoryId = CategoryId(10);

/// All categories, in their order.
pub(super) fn declare(manifest: &mut Manifest) {
    for label in LABELS {
        manifest.category(label);
    }
}

/// Usages of buffers: to map them, as vertices or indices, as uniforms, as storage or for
/// indirect draws.
const MAP: u64 = 0x1 | 0x2;
const VERTEX_OR_INDEX: u64 = 0x10 | 0x20;
const UNIFORM: u64 = 0x40;
const STORAGE: u64 = 0x80 | 0x100;
/// Usage of textures: to draw into them.
const RENDER_ATTACHMENT: u64 = 0x10;

/// The category of a resource. What has several usages is counted by the most particular:
/// mapping first, then vertices, uniforms, storage.
pub(super) const fn category(class: Class, usage: u64) -> CategoryId {
    CategoryId(match class {
        Class::Buffer if usage & MAP != 0 => 3,
        Class::Buffer if usage & VERTEX_OR_INDEX != 0 => 0,
        Class::Buffer if usage & UNIFORM != 0 => 1,
        Class::Buffer if usage & STORAGE != 0 => 2,
        Class::Buffer => 4,
        Class::Texture | Class::TransientTexture if usage & RENDER_ATTACHMENT != 0 => 6,
        Class::Texture | Class::TransientTexture => 5,
        Class::QuerySet => 7,
        Class::Graph | Class::ConstantTensor => 8,
        Class::Tensor => 9,
        Class::WasmMemory | Class::SharedWasmMemory => WASM.0,
        Class::Canvas => 12,
        Class::ExternalTexture => 13,
        Class::Other => 14,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_resource_has_a_category_of_its_kind() {
        let mut manifest = Manifest::default();
        declare(&mut manifest);
        let label = |class, usage| &*manifest.categories[usize::from(category(class, usage).0)].label;
        let buffers = [(0x28, 0), (0x90, 0), (0x48, 1), (0x84, 2), (0x9, 3), (0x204, 4)];
        for (usage, place) in buffers {
            assert_eq!(label(Class::Buffer, usage), LABELS[place], "{usage:#x}");
        }
        assert_eq!((label(Class::Texture, 6), label(Class::Texture, 0x14)), ("Textures", "Render targets"));
        let others = [(Class::QuerySet, "Query sets"), (Class::Graph, "Models"), (Class::ConstantTensor, "Models")];
        for (class, expected) in others.into_iter().chain([
            (Class::Tensor, "Tensors"),
            (Class::WasmMemory, "Wasm heaps"),
            (Class::Canvas, "Canvases"),
            (Class::ExternalTexture, "External textures"),
            (Class::of(200), "Other"),
        ]) {
            assert_eq!(label(class, 0), expected);
        }
        let label = |category: CategoryId| &*manifest.categories[usize::from(category.0)].label;
        assert_eq!((label(MAPPED), label(WASM), manifest.categories.len()), ("Mapped shadows", "Wasm heaps", 15));
    }
}
