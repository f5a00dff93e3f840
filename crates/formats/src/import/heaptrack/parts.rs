//! What all parts of the reader name.

use crate::import::format::Format;
use arenascope_trace::{Manifest, NoteKind, SpaceId};

/// The format that is read.
pub(super) const FORMAT: Format = Format::Heaptrack;
/// The one space there is.
pub(super) const HEAP: SpaceId = SpaceId(0);

/// Notes that the file ends too early.
pub(super) fn note_cut(line: u64, manifest: &mut Manifest) {
    manifest.note(NoteKind::Missing, format!("the recording is cut in line {line}: what comes before it is shown"));
}
