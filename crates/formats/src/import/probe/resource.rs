//! What lives in a realm.

use super::class::Class;
use super::record::Allocate;
use arenascope_trace::{CategoryId, Site, SpaceId};
use std::collections::{HashMap, HashSet};
use std::sync::Arc;

/// A resource that lives.
#[derive(Clone, Debug)]
pub(super) struct Resource {
    /// Its number in the run.
    pub(super) event_id: u64,
    pub(super) class: Class,
    pub(super) device: u64,
    pub(super) label: Arc<str>,
    /// Bytes as they were told, those that are in no total included.
    pub(super) bytes: u64,
    pub(super) is_apart: bool,
    /// What is allocated in it is told: itself it is a reserved range.
    pub(super) is_heap: bool,
    pub(super) category: CategoryId,
    pub(super) space: SpaceId,
    pub(super) site: Site,
    /// The number and the bytes of its mapping.
    pub(super) shadow: Option<(u64, u64)>,
    pub(super) born_us: u64,
    /// Frame at which it was made, or used last, and when it was used.
    pub(super) touched_frame: u64,
    pub(super) used_us: Option<u64>,
    /// The last snapshot that told it, and its mapping.
    pub(super) told_in: u64,
    pub(super) mapped_in: u64,
}

impl Resource {
    /// What it adds to the totals.
    pub(super) const fn counted_bytes(&self, bytes: u64) -> u64 {
        if self.is_apart { 0 } else { bytes }
    }
}

/// All that lives in a realm, by its ids.
#[derive(Debug, Default)]
pub(super) struct Resources {
    by_id: HashMap<u64, Resource>,
    by_device: HashMap<u64, HashSet<u64>>,
}

impl Resources {
    pub(super) fn insert(&mut self, told: &Allocate, resource: Resource) {
        self.by_device.entry(told.device).or_default().insert(told.id);
        self.by_id.insert(told.id, resource);
    }

    pub(super) fn get(&self, id: u64) -> Option<&Resource> {
        self.by_id.get(&id)
    }

    pub(super) fn get_mut(&mut self, id: u64) -> Option<&mut Resource> {
        self.by_id.get_mut(&id)
    }

    pub(super) fn remove(&mut self, id: u64) -> Option<Resource> {
        let resource = self.by_id.remove(&id)?;
        if let Some(ids) = self.by_device.get_mut(&resource.device) {
            ids.remove(&id);
            if ids.is_empty() {
                self.by_device.remove(&resource.device);
            }
        }
        Some(resource)
    }

    /// Ids of what belongs to a device, in order.
    pub(super) fn of_device(&self, device: u64) -> Vec<u64> {
        let mut ids: Vec<u64> = self.by_device.get(&device).into_iter().flatten().copied().collect();
        ids.sort_unstable();
        ids
    }

    /// Ids of those that `is_meant`, in order.
    pub(super) fn ids(&self, is_meant: impl Fn(&Resource) -> bool) -> Vec<u64> {
        let mut ids: Vec<u64> =
            self.by_id.iter().filter(|(_, resource)| is_meant(resource)).map(|(&id, _)| id).collect();
        ids.sort_unstable();
        ids
    }

    /// All of them, in no order.
    pub(super) fn all(&self) -> impl Iterator<Item = &Resource> {
        self.by_id.values()
    }
}
