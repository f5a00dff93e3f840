//! An event as a row of a table, or as words.

use super::live::{Block, Live};
use arenascope_trace::{Action, CategoryId, Event, Manifest, SpaceId};

/// What can happen, as tables name it.
pub(super) const OPERATIONS: [&str; 9] =
    ["allocate", "free", "free_requested", "resize", "reserve", "release", "fail", "mark", "lost"];

/// An event with what is known of the allocation it names.
#[derive(Clone, Debug, Default)]
pub(super) struct Row {
    /// A position in [`OPERATIONS`].
    pub(super) operation: u8,
    pub(super) id: Option<u64>,
    /// Taken, given back, reserved, asked for; the new size of what is resized.
    pub(super) bytes: Option<u64>,
    /// `None` in a space without addresses.
    pub(super) address: Option<u64>,
    pub(super) space: Option<SpaceId>,
    pub(super) category: Option<CategoryId>,
    /// What no other column says.
    pub(super) note: Option<String>,
}

impl Row {
    /// Of an event that `live` has not taken in yet.
    pub(super) fn of(event: &Event, live: &Live, manifest: &Manifest) -> Self {
        let row = match event.action {
            Action::Allocate { id, space, address, bytes, category } => Self {
                id: Some(id),
                bytes: Some(bytes),
                address: Some(address),
                space: Some(space),
                category: Some(category),
                ..Self::default()
            },
            Action::Free { id } => Self::of_block(1, id, live.get(id)),
            Action::FreeRequested { id } => Self::of_block(2, id, live.get(id)),
            Action::Resize { id, bytes } => Self { bytes: Some(bytes), ..Self::of_block(3, id, live.get(id)) },
            Action::Reserve { space, address, bytes } => Self::of_range(4, space, address, bytes),
            Action::Release { space, address, bytes } => Self::of_range(5, space, address, bytes),
            Action::Fail { space, bytes, .. } => {
                Self { operation: 6, bytes: Some(bytes), space: Some(space), ..Self::default() }
            }
            Action::Mark { .. } => Self { operation: 7, ..Self::default() },
            Action::Lost { .. } => Self { operation: 8, ..Self::default() },
        };
        let space = row.space.and_then(|space| manifest.spaces.get(usize::from(space.0)));
        let address = row.address.filter(|_| space.is_some_and(|space| space.has_addresses));
        Self { address, note: instant_of(event, manifest), ..row }
    }

    fn of_block(operation: u8, id: u64, block: Option<&Block>) -> Self {
        Self {
            operation,
            id: Some(id),
            bytes: block.map(|block| block.bytes),
            address: block.map(|block| block.address),
            space: block.map(|block| block.space),
            category: block.map(|block| block.category),
            note: None,
        }
    }

    fn of_range(operation: u8, space: SpaceId, address: u64, bytes: u64) -> Self {
        Self { operation, bytes: Some(bytes), address: Some(address), space: Some(space), ..Self::default() }
    }
}

/// What is drawn as an instant: failures, marks and lost events.
pub(super) fn instant_of(event: &Event, manifest: &Manifest) -> Option<String> {
    match event.action {
        Action::Fail { bytes, free_bytes: Some(free), .. } => {
            Some(format!("Out of memory: {bytes} B asked for, {free} B free"))
        }
        Action::Fail { bytes, free_bytes: None, .. } => Some(format!("Out of memory: {bytes} B asked for")),
        Action::Mark { marker } => {
            Some(manifest.markers.get(marker as usize).cloned().unwrap_or_else(|| "Mark".into()))
        }
        Action::Lost { count: 0 } => Some("Events are missing here".into()),
        Action::Lost { count } => Some(format!("{count} events are missing here")),
        _ => None,
    }
}
