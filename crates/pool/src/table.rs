//! The pool as a table: one row per class, and every live resource by itself.

use super::class_key::{ClassKey, ClassKind};
use super::entry::ResourceInfo;
use super::index::Class;
use super::lifecycle::Pool;
use super::spec::ResourceSpec;
use super::statistics::Amount;
use arenascope_units::Bytes;

/// One size class with one usage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Bytes of each resource of the class.
    pub size: Bytes,
    /// What each of them was created as.
    pub spec: ResourceSpec,
    /// The usage of buffers, `storage|copy_dst`; format, extents and usage of
    /// textures.
    pub label: String,
    /// Held by the engine, those being created included.
    pub in_use: Amount,
    /// Released, the GPU may still work on them.
    pub pending: Amount,
    /// Idle: reusable now.
    pub idle: Amount,
    /// Acquires that an idle one of the class served, since the class exists.
    pub hits: u64,
    /// Acquires that needed a new one, since the class exists.
    pub misses: u64,
}

impl Row {
    fn new(key: &ClassKey, class: &Class) -> Self {
        let amount = |count: u64| Amount { count, bytes: Bytes::new(key.size.get().saturating_mul(count)) };
        Self {
            size: key.size,
            spec: key.created(),
            label: label(key),
            in_use: amount(class.in_use + class.creating),
            pending: amount(class.pending.count.into()),
            idle: amount(class.idle.count.into()),
            hits: class.hits,
            misses: class.misses,
        }
    }
}

impl Pool {
    /// One row per class that has anything alive, by size, then by label.
    /// O(classes).
    pub fn rows(&self) -> Vec<Row> {
        let mut rows: Vec<Row> = self.index.classes().map(|(_, class)| Row::new(&class.key, class)).collect();
        rows.sort_by(|a, b| (a.size, &a.label).cmp(&(b.size, &b.label)));
        rows
    }

    /// Every live buffer and texture, by slot. O(slots) in all.
    pub fn buffers(&self) -> impl Iterator<Item = ResourceInfo> {
        self.slots.iter().map(|(resource, entry)| self.info(resource, entry))
    }
}

fn label(key: &ClassKey) -> String {
    match key.kind {
        ClassKind::Buffer(usage) => usage.to_string(),
        ClassKind::Texture(texture) => format!("{texture} {}", texture.usage),
    }
}
