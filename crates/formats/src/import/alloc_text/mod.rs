//! `Alloc(bytes),`, `Realloc(index, bytes),` and `Free(index),` as text, in all the ways
//! that [`crate::alloc_trace`] reads.
//!
//! Allocations are numbered by their place among the allocations of the file, from 0; where
//! the first part of a file shows that its frees count from 1, they are taken so.

mod lives;
mod numbering;

use super::tally::Tally;
use crate::alloc_trace::{Expected, TraceError, TraceOp, TraceReader};
use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use arenascope_trace::{
    Action, CannotTell, CategoryId, Event, Manifest, NoteKind, Sink, Site, Space, SpaceId, Stopped,
};
use lives::{Life, Lives};
use numbering::Numbering;
use std::io::{self, BufRead};

const FORMAT: Format = Format::AllocText;
const HEAP: SpaceId = SpaceId(0);
/// More than any program has of address space.
const BYTES_MAX: u64 = 1 << 48;

pub(super) fn looks_like(first: &[u8]) -> bool {
    match TraceReader::new(first).next() {
        Some(Ok(_)) => true,
        // An operation that is wrong within: what is wrong can be said.
        Some(Err(TraceError::Malformed { expected, .. })) => {
            !matches!(expected, Expected::Operation | Expected::End | Expected::FewerBlanks)
        }
        Some(Err(TraceError::Cut { expected, .. })) => expected == Expected::Number || expected == Expected::Bracket,
        _ => false,
    }
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let numbering = Numbering::of(first(input)?);
    let category = describe(sink.manifest());
    sink.begin()?;
    let mut run = Run {
        sink,
        category,
        lives: Lives::numbered_from(u64::from(numbering.is_from_one())),
        numbering: Numbering::default(),
        operations: 0,
        never: Tally::default(),
        again: Tally::default(),
        oversized: Tally::default(),
    };
    let mut reader = TraceReader::new(input);
    let mut read = Ok(());
    while let (Ok(()), Some(operation)) = (&read, reader.next()) {
        read = match operation {
            Ok(operation) => run.take(operation, reader.line()).map_err(ImportError::from),
            Err(error) => run.end(error),
        };
    }
    run.note(&numbering);
    read?;
    match run.lives.count() {
        0 => Err(ImportError::Empty {
            format: FORMAT,
            why: format!("no `Alloc`, and {} frees of nothing", run.operations),
        }),
        _ => Ok(()),
    }
}

/// The bytes that the input holds already.
fn first(input: &mut dyn BufRead) -> io::Result<&[u8]> {
    match input.fill_buf() {
        Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => Ok(&[]),
        read => read,
    }
}

fn describe(manifest: &mut Manifest) -> CategoryId {
    manifest.add_space(Space { label: "Heap".into(), granule_bytes: 1, ..Space::default() });
    manifest.lacks(CannotTell::Times, "the text has no times: the axis counts its operations");
    manifest.lacks(CannotTell::Addresses, "`Alloc(bytes),` says how much was taken, and not where it lay");
    manifest.lacks(CannotTell::Stacks, "`Alloc(bytes),` says how much was taken, and not by whom");
    manifest.category("Heap")
}

/// What is known at one operation of the recording.
struct Run<'s> {
    sink: &'s mut dyn Sink,
    category: CategoryId,
    lives: Lives,
    numbering: Numbering,
    operations: u64,
    never: Tally,
    again: Tally,
    oversized: Tally,
}

impl Run<'_> {
    #[inline]
    fn take(&mut self, operation: TraceOp, line: u64) -> Result<(), Stopped> {
        let action = match operation {
            TraceOp::Alloc { size } => {
                self.check_size(size, line);
                let id = self.lives.begin();
                Action::Allocate { id, space: HEAP, address: 0, bytes: size, category: self.category }
            }
            TraceOp::Free { index } => {
                let life = self.lives.end(index);
                self.check_life(index, life, line);
                Action::Free { id: index }
            }
            TraceOp::Realloc { index, size } => {
                self.check_size(size, line);
                let life = self.lives.of(index);
                self.check_life(index, life, line);
                Action::Resize { id: index, bytes: size }
            }
        };
        let event = Event { time_us: self.operations, thread: 0, site: Site::NONE, action };
        self.operations += 1;
        self.sink.event(event)
    }

    fn check_size(&mut self, size: u64, line: u64) {
        if size > BYTES_MAX {
            self.oversized.add(line);
        }
    }

    fn check_life(&mut self, index: u64, life: Life, line: u64) {
        self.numbering.see(index, self.lives.count());
        match life {
            Life::Alive => {}
            Life::Over => self.again.add(line),
            Life::Never => self.never.add(line),
        }
    }

    /// Takes in why reading ended: what is cut is noted, and good up to there.
    fn end(&mut self, error: TraceError) -> Result<(), ImportError> {
        let malformed =
            |place, expected: String, found| ImportError::Malformed { format: FORMAT, place, expected, found };
        match error {
            TraceError::Cut { .. } | TraceError::ZeroTail { .. } => {
                self.sink.manifest().note(NoteKind::Missing, error.to_string());
                Ok(())
            }
            TraceError::Read { line, error } if error.kind() == io::ErrorKind::UnexpectedEof => {
                let text = format!("line {line}: the recording is cut here: what packs it ends too early");
                self.sink.manifest().note(NoteKind::Missing, text);
                Ok(())
            }
            TraceError::Read { error, .. } => Err(error.into()),
            TraceError::Malformed { line, column, expected, found } => {
                Err(malformed(Place::LineColumn(line, column), expected.to_string(), format!("`{found}`")))
            }
            TraceError::Encoded { encoding } => {
                Err(malformed(Place::Byte(0), Expected::Operation.to_string(), encoding.to_string()))
            }
        }
    }

    fn note(&mut self, first: &Numbering) {
        let manifest = self.sink.manifest();
        if first.is_from_one() {
            let text = "the frees count allocations from 1, and are taken so: none of the first ones names 0, and all \
                        that would match nothing name the allocation after the newest";
            manifest.note(NoteKind::Remark, text);
        } else if self.numbering.is_from_one() {
            let text = "the frees look as if they counted allocations from 1, and were taken to count from 0: most \
                        match the wrong allocation. Take 1 from the number of each `Free` to see it right";
            manifest.note(NoteKind::Contradiction, text);
        }
        self.never.note(manifest, NoteKind::Missing, "frees name what the recording never took, or not before");
        self.again.note(manifest, NoteKind::Contradiction, "frees name what was given back before");
        let what = "sizes are of more than 256 TiB, which no program has: sums of them are no figures";
        self.oversized.note(manifest, NoteKind::Contradiction, what);
    }
}

#[cfg(test)]
mod tests;
