//! Snapshots of PyTorch's caching allocator: what `torch.cuda.memory._dump_snapshot` writes.
//!
//! The file is a Python pickle. A machine of our own runs it: it builds dictionaries, lists,
//! texts and numbers and refuses whatever names code. A dictionary that is an entry of a
//! trace, a block, a segment or a frame turns into a compact record as soon as a list takes
//! it in, so that what is in memory is the records and not the dictionaries.
//!
//! ```text
//! input ─▶ machine ─▶ heap: lists, dictionaries ─▶ records: entries, blocks, segments
//!                                                   └▶ rollback: the state before the first
//!                                                      entry ─▶ tell: in order of time
//! ```

mod building;
mod devices;
mod entry;
mod heap;
mod input;
mod lists;
mod machine;
mod memo;
mod notes;
mod opcode;
mod ranges;
mod record;
mod refusal;
mod rollback;
mod salvage;
mod segment;
mod skipped;
mod snapshot;
mod tell;
mod trace_stacks;
mod value;
mod words;

use crate::import::error::ImportError;
use arenascope_trace::Sink;
use machine::Machine;
use snapshot::Snapshot;
use std::io::BufRead;

/// A pickle of protocol 2 to 5 that names what a snapshot has.
pub(super) fn looks_like(first: &[u8]) -> bool {
    let names = |word: &[u8]| first.windows(word.len()).any(|window| window == word);
    matches!(first, [0x80, 2..=5, ..])
        && (names(b"device_traces") || names(b"segments") || names(b"total_size") && names(b"blocks"))
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut machine = Machine::new(input, sink);
    let cut_at = machine.run()?;
    let snapshot = Snapshot::of(machine, cut_at)?;
    tell::tell(snapshot, sink)
}
