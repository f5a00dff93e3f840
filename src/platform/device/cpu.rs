//! The CPU in place of a GPU device: the same bytes in plain memory, the same
//! arithmetic. Slow and honest; the page says that it is an emulation.

use super::inbox::Inbox;
use crate::platform::clock::now_ms;
use crate::platform::clock::since;
use crate::pool::{ResourceId, ResourceSpec, Serial};
use crate::session::request::Report;
use std::collections::BTreeMap;

pub(in crate::platform) struct CpuDevice {
    resources: BTreeMap<ResourceId, Vec<u8>>,
    inbox: Inbox,
}

impl CpuDevice {
    pub(super) fn new(inbox: &Inbox) -> Self {
        Self { resources: BTreeMap::new(), inbox: inbox.clone() }
    }

    pub(super) fn create(&mut self, resource: ResourceId, spec: &ResourceSpec) {
        let asked = now_ms();
        match spec.size().and_then(|size| zeroes(size.to_usize()?)) {
            Some(bytes) => {
                self.resources.insert(resource, bytes);
                self.inbox.put(Report::Created { resource, took: since(asked) });
            }
            None => {
                let reason = format!("no memory to emulate {spec}");
                self.inbox.put(Report::CreationFailed { resource, reason });
            }
        }
    }

    pub(super) fn destroy(&mut self, resource: ResourceId) {
        self.resources.remove(&resource);
    }

    pub(super) fn write(&mut self, resource: ResourceId, bytes: &[u8]) {
        if let Some(target) = self.resources.get_mut(&resource).and_then(|target| target.get_mut(..bytes.len())) {
            target.copy_from_slice(bytes);
        }
    }

    pub(super) fn dispatch(&mut self, input: ResourceId, output: ResourceId, bytes: u64) {
        // Taken out, so that both can be held at once.
        let Some(source) = self.resources.remove(&input) else { return };
        if let Some(target) = self.resources.get_mut(&output) {
            let words = source.as_chunks::<4>().0.iter().zip(target.as_chunks_mut::<4>().0);
            for (from, to) in words.take((bytes / 4) as usize) {
                // The shader of `webgpu.rs`.
                *to = u32::from_le_bytes(*from).wrapping_mul(1_664_525).wrapping_add(1_013_904_223).to_le_bytes();
            }
        }
        self.resources.insert(input, source);
    }

    pub(super) fn submit(&mut self, serial: Serial) {
        self.inbox.put(Report::Completed { serial });
    }
}

/// `vec![0; size]`, or `None` where there is no memory for it.
fn zeroes(size: usize) -> Option<Vec<u8>> {
    let mut bytes = Vec::new();
    bytes.try_reserve_exact(size).ok()?;
    bytes.extend(core::iter::repeat_n(0, size));
    Some(bytes)
}
