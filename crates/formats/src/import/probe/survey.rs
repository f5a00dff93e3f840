//! What is looked for in batches that were not told yet.

use super::class::Class;
use super::heap::ADDRESS_MAX;
use super::payload::Payload;
use super::record::{FreeReason, Hello, Record};
use super::stream::Raw;
use std::collections::{BTreeMap, HashSet};

/// A resource: which realm's, by position, and its id there.
pub(super) type Key = (usize, u64);

/// What is known of things to come.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// Creations that turn out to have failed.
    retracted: HashSet<Key>,
    /// Wasm memories that tell what is allocated in them, and how far they reach.
    heaps: BTreeMap<Key, u64>,
    /// Bytes of wasm memories.
    memories: BTreeMap<Key, u64>,
}

impl Survey {
    /// Looks through the body of a batch; the `hello` that is in it.
    pub(super) fn look(&mut self, realm: usize, body: &[u8]) -> Option<Hello> {
        let (mut rest, mut found) = (Payload(body), None);
        while let Some(raw) = Raw::next(&mut rest) {
            if !matches!(raw.kind, 4 | 10..=12 | 26..=28) {
                continue;
            }
            match Record::of(raw.kind, raw.payload) {
                Record::Hello(hello) => found = found.or(Some(hello)),
                Record::Free { id, reason: FreeReason::Retracted } => _ = self.retracted.insert((realm, id)),
                Record::Allocate(told) if matches!(told.class, Class::WasmMemory | Class::SharedWasmMemory) => {
                    self.memories.insert((realm, told.id), told.bytes);
                }
                Record::Resize { id, bytes } => {
                    if let Some(known) = self.memories.get_mut(&(realm, id)) {
                        *known = bytes.max(*known);
                    }
                }
                Record::WasmAllocate { memory, address, bytes, .. }
                | Record::WasmReallocate { memory, address, bytes, .. } => {
                    self.reach((realm, memory), address.saturating_add(bytes.max(1)));
                }
                Record::WasmFree { memory, address, .. } => self.reach((realm, memory), address),
                _ => {}
            }
        }
        found
    }

    fn reach(&mut self, memory: Key, end: u64) {
        let known = self.heaps.entry(memory).or_default();
        if end <= ADDRESS_MAX {
            *known = end.max(*known);
        }
    }

    /// Whether a creation turns out to have failed.
    pub(super) fn is_retracted(&self, resource: Key) -> bool {
        self.retracted.contains(&resource)
    }

    /// The retraction was told.
    pub(super) fn forget(&mut self, resource: Key) {
        self.retracted.remove(&resource);
    }

    /// Whether a wasm memory tells what is allocated in it.
    pub(super) fn has_heap(&self, memory: Key) -> bool {
        self.heaps.contains_key(&memory)
    }

    /// Those that do, and how far each reaches, in order.
    pub(super) fn heaps(&self) -> impl Iterator<Item = (Key, u64)> {
        let bytes_of = |memory: &Key| self.memories.get(memory).copied().unwrap_or(0).min(ADDRESS_MAX);
        self.heaps.iter().map(move |(&memory, &end)| (memory, end.max(bytes_of(&memory))))
    }
}
