//! Massif, of Valgrind: what was alive at some moments, and who had asked for it at some of
//! these.
//!
//! A snapshot says how much the heap held, what its blocks took besides, and the stacks.
//! Each is told as one thing that changes its size. Where a snapshot is detailed, the heap
//! is one thing for each call stack instead; where it is not, nothing says whose it is. The
//! things add up to what the snapshot says in either case.

mod snapshot;
mod telling;

use super::lines::Lines;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{CannotTell, Manifest, NoteKind, Sink, Space};
use snapshot::Snapshots;
use std::io::BufRead;
use telling::Telling;

const FORMAT: Format = Format::Massif;

pub(super) fn looks_like(first: &[u8]) -> bool {
    first.starts_with(b"desc:") && first.split(|&byte| byte == b'\n').take(3).any(|line| line.starts_with(b"cmd:"))
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut lines = Lines::new(FORMAT, input);
    let header = Header::read(&mut lines)?;
    header.describe(sink.manifest());
    sink.begin()?;
    let mut snapshots = Snapshots::default();
    let mut telling = Telling::new(header.us_per_unit(), header.counts_pages(), sink.manifest());
    while let Some(snapshot) = snapshots.next(&mut lines, sink.stacks())? {
        telling.tell(&snapshot, sink)?;
    }
    telling.note(sink.manifest());
    if lines.is_cut() {
        let text = format!("the file is cut in line {}: what comes before it is shown", lines.number());
        sink.manifest().note(NoteKind::Missing, text);
    }
    match telling.snapshots() {
        0 => Err(ImportError::Empty { format: FORMAT, why: "no `snapshot=`".into() }),
        _ => Ok(()),
    }
}

/// The lines before the first snapshot.
#[derive(Debug, Default)]
struct Header {
    options: String,
    command: Option<String>,
    time_unit: String,
}

impl Header {
    fn read(lines: &mut Lines) -> Result<Self, ImportError> {
        let mut header = Self::default();
        while let Some(line) = lines.next_whole()? {
            if line.bytes.starts_with(b"#") || line.bytes.starts_with(b"snapshot=") {
                lines.put_back();
                break;
            }
            let text = String::from_utf8_lossy(line.bytes);
            match text.split_once(':') {
                Some(("desc", options)) => header.options = options.trim().into(),
                Some(("cmd", command)) => header.command = Some(command.trim().into()),
                Some(("time_unit", unit)) => header.time_unit = unit.trim().into(),
                _ => {}
            }
        }
        Ok(header)
    }

    fn us_per_unit(&self) -> u64 {
        if self.time_unit == "ms" { 1000 } else { 1 }
    }

    fn counts_pages(&self) -> bool {
        self.options.contains("--pages-as-heap=yes")
    }

    fn describe(&self, manifest: &mut Manifest) {
        manifest.source.tool = Some("Valgrind's massif".into());
        manifest.source.subject.clone_from(&self.command);
        let label = if self.counts_pages() { "Mapped pages" } else { "Heap" };
        manifest.add_space(Space { label: label.into(), granule_bytes: 1, ..Space::default() });
        let why = "massif adds up what is alive at some moments: single allocations are not in the file";
        manifest.lacks(CannotTell::Allocations, why);
        manifest.lacks(CannotTell::Addresses, "massif says how much is alive, and not where it lies");
        manifest
            .lacks(CannotTell::Frees, "massif says how much is alive at some moments, and not what happens between");
        let why = match self.time_unit.as_str() {
            "ms" => return,
            "i" => "the axis counts instructions that were executed (`time_unit: i`)",
            "B" => "the axis counts bytes that were taken and given back (`time_unit: B`)",
            _ => "the file does not say what its times count",
        };
        manifest.lacks(CannotTell::Times, why);
    }
}

#[cfg(test)]
mod tests;
