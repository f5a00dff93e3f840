//! What a resource is known by in the pool: what it may be used for, and its bytes.

use super::spec::{BufferSpec, ResourceSpec, TextureSpec};
use super::usage::BufferUsage;
use arenascope_units::Bytes;

/// All that makes two resources stand in for each other: what they may be used
/// for, and their bytes. Orders by use first, so that best fit finds the sizes of
/// one use side by side.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct ClassKey {
    pub(super) kind: ClassKind,
    pub(super) size: Bytes,
}

/// The part of a class that is not its size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum ClassKind {
    Buffer(BufferUsage),
    Texture(TextureSpec),
}

impl ClassKind {
    /// The use of what is asked for.
    pub(super) fn of(spec: &ResourceSpec) -> Self {
        match spec {
            ResourceSpec::Buffer(buffer) => Self::Buffer(buffer.usage),
            ResourceSpec::Texture(texture) => Self::Texture(*texture),
        }
    }
}

impl ClassKey {
    /// What a resource of this class is created as.
    pub(super) fn created(&self) -> ResourceSpec {
        match self.kind {
            ClassKind::Buffer(usage) => BufferSpec::new(self.size, usage).into(),
            ClassKind::Texture(texture) => texture.into(),
        }
    }
}
