//! What `memray transform csv` writes: a line for each allocator and call stack, with what
//! they held when the program held most.

mod stack;

use super::comma::{Columns, number};
use super::lines::{Line, Lines};
use super::tally::Tally;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Action, CannotTell, Event, Manifest, NoteKind, Sink, Space, SpaceId};
use stack::Sites;
use std::collections::HashMap;
use std::io::BufRead;

const FORMAT: Format = Format::Memray;

pub(super) fn looks_like(first: &[u8]) -> bool {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first);
    text.starts_with(b"allocator,num_allocations,size,") || text.starts_with(b"\"allocator\",\"num_allocations\",")
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut lines = Lines::new(FORMAT, input);
    let table = match lines.next_whole()? {
        Some(line) => Table::of(line)?,
        None => return Err(ImportError::Empty { format: FORMAT, why: "its first line has no end".into() }),
    };
    describe(sink.manifest());
    sink.begin()?;
    let mut seen = Seen::default();
    let mut row = 0;
    while let Some(line) = lines.next_whole()? {
        if !line.bytes.is_empty() {
            table.tell(line, row, &mut seen, sink)?;
            row += 1;
        }
    }
    let manifest = sink.manifest();
    if lines.is_cut() {
        let text = format!("the file is cut in line {}: what comes before it is shown", lines.number());
        manifest.note(NoteKind::Missing, text);
    }
    seen.note(manifest);
    match row {
        0 => Err(ImportError::Empty { format: FORMAT, why: "no line follows its first".into() }),
        _ => Ok(()),
    }
}

fn describe(manifest: &mut Manifest) {
    manifest.source.tool = Some("memray transform csv".into());
    manifest.add_space(Space { label: "Python process".into(), granule_bytes: 1, ..Space::default() });
    for (what, why) in [
        (CannotTell::Allocations, "memray's CSV adds up what each call stack took: single allocations are not in it"),
        (CannotTell::Addresses, "memray's CSV says how much a call stack took, and not where it lay"),
        (CannotTell::Times, "memray's CSV has no times: the axis counts its lines"),
        (
            CannotTell::History,
            "memray's CSV is of one moment: when the program held most, unless memray was asked for leaks or for what \
             lived briefly, which it does not say",
        ),
        (CannotTell::Frees, "memray's CSV says what was alive, and not when it was given back"),
    ] {
        manifest.lacks(what, why);
    }
}

/// Where the columns are.
struct Table {
    columns: Columns,
    allocator: usize,
    count: usize,
    size: usize,
    thread: Option<usize>,
    stack: usize,
}

impl Table {
    fn of(line: Line) -> Result<Self, ImportError> {
        let columns = Columns::of(line)?;
        let column = |name: &str| {
            let missing = || line.malformed(line.bytes, format!("a column `{name}`"));
            columns.position(&[name]).ok_or_else(missing)
        };
        let (allocator, count, size) = (column("allocator")?, column("num_allocations")?, column("size")?);
        let (thread, stack) = (columns.position(&["tid"]), column("stack_trace")?);
        Ok(Self { allocator, count, size, thread, stack, columns })
    }

    fn tell(&self, line: Line, row: u64, seen: &mut Seen, sink: &mut dyn Sink) -> Result<(), ImportError> {
        let mut fields = Vec::new();
        self.columns.read(line, &mut fields)?;
        let (bytes, count) = (number(&line, &fields[self.size])?, number(&line, &fields[self.count])?);
        let thread = self.thread.map_or(0, |column| seen.thread(&fields[column], line.number));
        let site = seen.sites.of(&fields[self.stack], sink.stacks());
        let category = sink.manifest().category(&String::from_utf8_lossy(&fields[self.allocator]));
        seen.bytes = seen.bytes.saturating_add(bytes);
        seen.allocations = seen.allocations.saturating_add(count);
        let action = Action::Allocate { id: row, space: SpaceId(0), address: 0, bytes, category };
        Ok(sink.event(Event { time_us: row, thread, site, action })?)
    }
}

/// What was seen so far.
#[derive(Default)]
struct Seen {
    sites: Sites,
    threads: HashMap<Box<[u8]>, u16>,
    too_many_threads: Tally,
    bytes: u64,
    allocations: u64,
}

impl Seen {
    /// The number of a thread; the last there may be for those that have none left.
    fn thread(&mut self, name: &[u8], line: u64) -> u16 {
        if let Some(&known) = self.threads.get(name) {
            return known;
        }
        let Ok(number) = u16::try_from(self.threads.len()) else {
            self.too_many_threads.add(line);
            return u16::MAX;
        };
        self.threads.insert(name.into(), number);
        number
    }

    fn note(&self, manifest: &mut Manifest) {
        let text = format!("{} bytes of {} allocations that were not yet freed", self.bytes, self.allocations);
        manifest.note(NoteKind::Remark, text);
        let what = "lines are of threads beyond the 65536th, told as of one";
        self.too_many_threads.note(manifest, NoteKind::Remark, what);
        self.sites.note(manifest);
    }
}

#[cfg(test)]
mod tests;
