//! Stands in for the GPU: knows what exists and what it still works on, and
//! panics where a real one would read freed memory.

use arenascope_pool::{Amount, ResourceId, Serial};
use arenascope_units::Bytes;
use std::collections::{BTreeMap, BTreeSet};

#[derive(Default)]
pub(super) struct Device {
    alive: BTreeMap<ResourceId, Bytes>,
    used_by: BTreeMap<ResourceId, Serial>,
    ever: BTreeSet<ResourceId>,
    pub(super) submitted: Serial,
    pub(super) completed: Serial,
    pub(super) created: u64,
    pub(super) destroyed: u64,
}

impl Device {
    pub(super) fn create(&mut self, resource: ResourceId, size: Bytes) {
        assert!(self.ever.insert(resource), "{resource} is named twice");
        self.alive.insert(resource, size);
        self.created += 1;
    }

    /// `size` is what the pool thinks it was created with.
    pub(super) fn destroy(&mut self, resource: ResourceId, size: Bytes) {
        assert_eq!(self.alive.remove(&resource), Some(size), "{resource} is destroyed twice or never was");
        self.destroyed += 1;
    }

    /// Uses a resource in the next submission.
    pub(super) fn touch(&mut self, resource: ResourceId) {
        assert!(self.alive.contains_key(&resource), "{resource} is used after destroy");
        self.used_by.insert(resource, Serial(self.submitted.0 + 1));
    }

    /// The submission that uses a resource last.
    pub(super) fn last_use(&self, resource: ResourceId) -> Serial {
        self.used_by.get(&resource).copied().unwrap_or_default()
    }

    pub(super) fn complete(&mut self, serial: Serial) {
        self.completed = self.completed.max(serial);
    }

    pub(super) fn is_busy(&self, resource: ResourceId) -> bool {
        self.last_use(resource) > self.completed
    }

    pub(super) fn allocated(&self) -> Amount {
        Amount { count: self.alive.len() as u64, bytes: self.alive.values().copied().sum() }
    }
}

#[test]
#[should_panic(expected = "used after destroy")]
fn a_use_of_the_destroyed_is_seen() {
    let (mut device, resource) = created();
    device.destroy(resource, Bytes::new(4));
    device.touch(resource);
}

#[test]
#[should_panic(expected = "destroyed twice")]
fn a_second_destroy_is_seen() {
    let (mut device, resource) = created();
    device.destroy(resource, Bytes::new(4));
    device.destroy(resource, Bytes::new(4));
}

#[cfg(test)]
fn created() -> (Device, ResourceId) {
    use arenascope_pool::{BufferSpec, BufferUsage, Contents, Pool, PoolConfig};
    let spec = BufferSpec::new(Bytes::new(4), BufferUsage::STORAGE).into();
    let acquired = Pool::new(PoolConfig::default()).acquire(&spec, Contents::Undefined, super::OWNER, super::START);
    let resource = acquired.expect("within limits").handle().resource();
    let mut device = Device::default();
    device.create(resource, Bytes::new(4));
    (device, resource)
}
