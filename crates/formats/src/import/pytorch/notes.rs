//! What a snapshot cannot tell, and what was noticed while it was read.

use super::devices::{BLOCK_BYTES, Device};
use super::rollback::Start;
use super::segment::{Block, State};
use super::skipped::Skipped;
use super::snapshot::Snapshot;
use arenascope_trace::{CannotTell, NoteKind, Sink};

/// Says what the file does not hold, and what was noticed.
pub(super) fn note(snapshot: &Snapshot, devices: &[Device], starts: &[Start], doubts: &Skipped, sink: &mut dyn Sink) {
    let has_stacks = !sink.stacks().is_empty();
    let manifest = sink.manifest();
    let has_entries = devices.iter().any(|device| device.entries.len() > 0);
    let begins_empty = starts.iter().all(|start| start.lives.is_empty() && start.held.iter().next().is_none());
    if !has_entries {
        manifest.lacks(CannotTell::History, "the allocator's history was not recorded: `segments` is one moment");
        manifest.lacks(CannotTell::Times, "the snapshot does not say when it was taken");
    } else if !begins_empty {
        let why = "a window of a longer run: PyTorch keeps the last `max_entries` entries of each device, and of what \
                   was before only what lived on";
        manifest.lacks(CannotTell::Outside, why);
    }
    if !has_stacks {
        manifest.lacks(CannotTell::Stacks, "no `frames`: recorded without `context` or `stacks`");
    }
    if let Some(at) = snapshot.cut_at {
        let text = format!("the file ends at byte {at}, within the pickle: what comes before was read");
        manifest.note(NoteKind::Missing, text);
        for device in devices.iter().filter(|device| device.entries.is_cut) {
            let text =
                format!("{}: the end of the trace is missing, and what lived all the time with it", device.label);
            manifest.note(NoteKind::Missing, text);
        }
    }
    snapshot.skipped.texts().for_each(|text| manifest.note(NoteKind::Missing, text));
    doubts.texts().for_each(|text| manifest.note(NoteKind::Contradiction, text));
    if let Some(settings) = &snapshot.settings {
        manifest.note(NoteKind::Remark, format!("PYTORCH_CUDA_ALLOC_CONF: {settings}"));
    }
    let alive = || {
        let segments = devices.iter().flat_map(|device| &device.segments);
        segments.flat_map(|segment| &segment.blocks).filter(|block| block.state != State::Inactive)
    };
    let sum = |of: fn(&Block) -> u64| alive().map(of).fold(0_u64, u64::saturating_add);
    let (taken, requested) = (sum(|block| block.size), sum(|block| block.requested));
    if taken != requested {
        let text = format!(
            "blocks that live at the end take {taken} bytes, of which {requested} were requested; the trace says what \
             was requested, and what was freed again counts rounded up to {BLOCK_BYTES} bytes"
        );
        manifest.note(NoteKind::Remark, text);
    }
}
