//! Traces of AMD's Radeon Memory Visualizer: a container of chunks, in which streams of
//! tokens say what the driver did. The reference is `rmt_format.h` and `rmt_file_format.h`
//! of the visualizer (MIT).
//!
//! What the driver allocates of the GPU's address space is what is reserved; resources that
//! are bound to it are the allocations. Heaps are bound too, and are what other resources
//! lie in: counted as well, they would count everything twice. The index of the container
//! stands at its end, so the file is kept, packed as it is, while it is read.

mod bytes;
mod container;
mod legacy;
mod merge;
mod replay;
mod spaces;
mod stream;
mod survey;
mod token;

use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use arenascope_trace::{CannotTell, NoteKind, Sink, Space};
use container::Contents;
use merge::Merged;
use replay::Replay;
use std::io::{BufRead, Read};
use survey::Survey;

/// Most bytes of a file.
const FILE_MAX: u64 = 1 << 30;

pub(super) fn looks_like(first: &[u8]) -> bool {
    first.starts_with(container::MAGIC) || first.starts_with(&legacy::MAGIC)
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut file = Vec::new();
    input.take(FILE_MAX + 1).read_to_end(&mut file)?;
    if file.len() as u64 > FILE_MAX {
        return Err(ImportError::TooMuch {
            format: Format::Rmv,
            place: Place::Byte(FILE_MAX),
            what: "bytes",
            most: FILE_MAX,
        });
    }
    let contents = if file.starts_with(container::MAGIC) { container::read(&file) } else { legacy::read(&file) }?;
    if contents.streams.is_empty() {
        return Err(ImportError::Empty { format: Format::Rmv, why: "there is no chunk of tokens in it".into() });
    }
    let survey = Survey::of(&contents, sink)?;
    declare(&contents, &survey, sink);
    sink.begin()?;
    let mut replay = Replay::new(&survey);
    let mut merged = Merged::of(&contents)?;
    while let Some((ticks, stream, token)) = merged.next(&contents)? {
        replay.apply(ticks, stream, token, sink)?;
    }
    merged.say_ends(sink.manifest());
    replay.finish(sink);
    Ok(())
}

/// What the run is; ranges in order of address.
fn declare(contents: &Contents<'_>, survey: &Survey, sink: &mut dyn Sink) {
    let manifest = sink.manifest();
    manifest.source.format = Format::Rmv.key().into();
    manifest.source.label = Format::Rmv.label().into();
    manifest.source.version = Some(contents.version.clone());
    manifest.source.tool = Some("Radeon Developer Panel or the driver".into());
    manifest.source.subject.clone_from(&contents.adapter);
    manifest.source.begun_ms = contents.begun_ms;
    let labels = ["GPU virtual memory", "System memory"];
    for label in &labels[..1 + usize::from(survey.has_system)] {
        let label = (*label).into();
        manifest.add_space(Space { label, has_addresses: true, capacity_bytes: None, granule_bytes: 1 });
    }
    let why = "a trace has no call stacks; names that the application gave its resources stand in their place";
    manifest.lacks(CannotTell::Stacks, why);
    manifest.lacks(CannotTell::Outside, "what was allocated before the trace began is not in it");
    for (space, address, bytes) in &survey.ranges {
        sink.extent(*space, *address, *bytes);
    }
    for text in &contents.remarks {
        sink.manifest().note(NoteKind::Remark, text.clone());
    }
}
