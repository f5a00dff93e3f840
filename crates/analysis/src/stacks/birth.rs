//! Whose an event's thing is: everything counts for the stack that allocated it.

use arenascope_recording::{Kind, Reader};
use arenascope_telemetry::event::Role;

/// The first event that is kept of the life of an event's thing. Where the allocation
/// itself is not kept, or nobody told it, that is the first that was heard of it.
/// O(changes in between).
pub(super) fn birth(reader: &Reader<'_>, index: u64) -> u64 {
    let mut at = index;
    while reader.kind(at).is_some_and(|kind| !matches!(kind.role(), Role::Begins(_)))
        && let Some(previous) = reader.previous(at)
        && reader.kind(previous).is_some()
    {
        at = previous;
    }
    at
}

/// As [`birth`], with what that event says of owner and call stack.
pub(super) fn born_of(reader: &Reader<'_>, index: u64) -> Option<(u64, Kind)> {
    let born = birth(reader, index);
    Some((born, reader.kind(born)?))
}
