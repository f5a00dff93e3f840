//! Which pages could be attached, and which are.

use crate::platform::attach::channel::{Announced, Announcements};
use crate::platform::attach::link::Link;
use crate::platform::attach::receiver::Receiver;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The pages and the connections. Cheap to copy.
#[derive(Clone, Copy)]
pub struct AttachState {
    /// Pages of this origin that have a probe, and said so.
    pub announced: RwSignal<Vec<Announced>>,
    /// A page that was opened or embedded here, and has not greeted yet: its address.
    pub awaited: RwSignal<Option<String>>,
    /// The address of the page in the frame.
    pub framed: RwSignal<Option<String>>,
    /// By the slot into which a page is recorded.
    pub(super) links: StoredValue<BTreeMap<RunSlot, Connected>, LocalStorage>,
    pub(super) receiver: StoredValue<Option<Receiver>, LocalStorage>,
    /// Kept, so that pages are heard.
    pub(super) announcements: StoredValue<Option<Announcements>, LocalStorage>,
    /// Runs that were let go, so that a greeting that is repeated attaches none again.
    pub(super) known: StoredValue<Vec<String>>,
}

/// A page that is recorded.
pub(super) struct Connected {
    pub(super) link: Link,
    /// Its address, by which it is known again after a reload; its origin, where that is all
    /// that is known.
    pub(super) url: String,
    /// Bytes that came, and how many of the batches had something wrong.
    pub(super) received_bytes: u64,
    pub(super) troubles: u64,
}

impl AttachState {
    /// Without any.
    pub fn new() -> Self {
        Self {
            announced: RwSignal::new(Vec::new()),
            awaited: RwSignal::new(None),
            framed: RwSignal::new(None),
            links: StoredValue::new_local(BTreeMap::new()),
            receiver: StoredValue::new_local(None),
            announcements: StoredValue::new_local(None),
            known: StoredValue::new(Vec::new()),
        }
    }

    /// Whether the page of that run is recorded, without following it.
    pub fn is_attached(self, run: &str) -> bool {
        self.links.with_value(|links| links.values().any(|connected| connected.link.run() == run))
    }
}

impl Default for AttachState {
    fn default() -> Self {
        Self::new()
    }
}
