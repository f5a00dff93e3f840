//! What a resource is, and the category that it is counted in.

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

    /// Whether the page's commands name it when they use it.
    pub(super) const fn can_be_used(self) -> bool {
        matches!(self, Self::Buffer | Self::Texture | Self::QuerySet | Self::Tensor | Self::ConstantTensor)
    }

    /// Whether its figures of format and extent are told.
    pub(super) const fn is_texture(self) -> bool {
        matches!(self, Self::Texture | Self::Canvas | Self::TransientTexture)
    }
}

/// Names of categories, by [`Kind`].
const LABELS: [&str; KINDS] = [
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

/// How many kinds there are.
pub(super) const KINDS: usize = 15;

/// What memory of a page is for: a category of its own, once there is any.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Kind(usize);

impl Kind {
    /// Shadows of mapped buffers.
    pub(super) const MAPPED: Self = Self(11);
    /// What lies in wasm memories.
    pub(super) const WASM: Self = Self(10);

    /// Below [`KINDS`].
    pub(super) const fn index(self) -> usize {
        self.0
    }

    /// The name of its category.
    pub(super) const fn label(self) -> &'static str {
        LABELS[self.0]
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

/// What a resource is for. What has several usages is counted by the most particular:
/// mapping first, then vertices, uniforms, storage.
pub(super) const fn kind_of(class: Class, usage: u64) -> Kind {
    Kind(match class {
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
        Class::WasmMemory | Class::SharedWasmMemory => Kind::WASM.0,
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
        let label = |class, usage| kind_of(class, usage).label();
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
        assert_eq!((Kind::MAPPED.label(), Kind::WASM.label()), ("Mapped shadows", "Wasm heaps"));
    }
}
