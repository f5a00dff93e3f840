//! Which pages could be attached, and which are.

use crate::platform::attach::channel::{Announced, Announcements};
use crate::platform::attach::link::Link;
use crate::platform::attach::receiver::Receiver;
use crate::platform::attach::relay::Relay;
use crate::platform::runs::RunSlot;
use leptos::prelude::*;
use std::collections::BTreeMap;

/// The pages and the connections. Cheap to copy.
#[derive(Clone, Copy)]
pub struct AttachState {
    /// Pages that have a probe and said so: of this origin, or through the relay.
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
    /// How it stands with the relay of `arenascope serve`.
    pub(super) relay_state: RwSignal<RelayState>,
    pub(super) relay: StoredValue<Option<Relay>, LocalStorage>,
    /// Pages on the relay: by the number of their run, that of their connection.
    pub(super) relayed: StoredValue<BTreeMap<String, u32>>,
}

/// How it stands with the relay of `arenascope serve`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum RelayState {
    /// The page was not opened with a relay, or it is gone.
    #[default]
    None,
    /// It was asked, and has not answered.
    Connecting {
        /// Where probes connect to.
        address: String,
    },
    /// Pages can be attached through it.
    Open {
        /// Where probes connect to.
        address: String,
    },
}

impl RelayState {
    pub(super) fn open(&mut self) {
        if let Self::Connecting { address } = self {
            *self = Self::Open { address: std::mem::take(address) };
        }
    }

    /// Where probes of other pages connect to, once they can.
    pub(super) fn address(&self) -> Option<&str> {
        match self {
            Self::Open { address } => Some(address),
            Self::None | Self::Connecting { .. } => None,
        }
    }
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
            relay_state: RwSignal::new(RelayState::None),
            relay: StoredValue::new_local(None),
            relayed: StoredValue::new(BTreeMap::new()),
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
