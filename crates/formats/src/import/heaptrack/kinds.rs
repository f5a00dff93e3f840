//! The recording itself: kinds of allocations, of which some are alive.

use super::fields::Fields;
use super::header::Header;
use super::modules::Modules;
use super::parts::HEAP;
use super::symbols::Symbols;
use crate::import::error::ImportError;
use crate::import::lines::{Line, Lines};
use crate::import::tally::Tally;
use arenascope_trace::{Action, CategoryId, Event, Manifest, NoteKind, Sink, Site};

/// Most kinds of a recording: the upper half of an id.
const KINDS_MAX: u64 = u32::MAX as u64;

/// Allocations of one size by one stack. Alive ones are a pile, the newest on top, and
/// have ids by their place in it: an id is used again once it is free.
#[derive(Clone, Copy, Debug)]
struct Kind {
    bytes: u64,
    site: Site,
    category: CategoryId,
    live: u32,
}

/// What is known at one line of the recording.
struct Recording<'s> {
    sink: &'s mut dyn Sink,
    symbols: Symbols,
    modules: Modules,
    kinds: Vec<Kind>,
    time_us: u64,
    /// Events that were told.
    events: u64,
    resident_pages: u64,
    unmatched: Tally,
    unknown_kinds: Tally,
    unknown_lines: Tally,
    is_attached: bool,
}

/// Reads all lines that follow the header; the number of events.
pub(super) fn read(lines: &mut Lines, header: &Header, sink: &mut dyn Sink) -> Result<u64, ImportError> {
    let mut recording = Recording {
        sink,
        symbols: Symbols::of(header.version),
        modules: Modules::default(),
        kinds: Vec::new(),
        time_us: 0,
        events: 0,
        resident_pages: 0,
        unmatched: Tally::default(),
        unknown_kinds: Tally::default(),
        unknown_lines: Tally::default(),
        is_attached: false,
    };
    let read = recording.read(lines);
    recording.note(header);
    read.map(|()| recording.events)
}

impl Recording<'_> {
    fn read(&mut self, lines: &mut Lines) -> Result<(), ImportError> {
        while let Some(line) = lines.next_whole()? {
            let [mode, rest @ ..] = line.bytes else { continue };
            let mut fields = Fields(rest);
            match mode {
                b'+' => {
                    let kind = fields.expected(&line)?;
                    self.allocate(kind, &line)?;
                }
                b'-' => {
                    let kind = fields.expected(&line)?;
                    self.free(kind, &line)?;
                }
                _ => self.other(*mode, &line, fields)?,
            }
        }
        Ok(())
    }

    #[inline]
    fn allocate(&mut self, kind: u64, line: &Line) -> Result<(), ImportError> {
        let number = kind;
        let Some(kind) = usize::try_from(number).ok().and_then(|number| self.kinds.get_mut(number)) else {
            self.unknown_kinds.add(line.number);
            return Ok(());
        };
        let id = number << 32 | u64::from(kind.live);
        kind.live = kind.live.checked_add(1).ok_or_else(|| line.too_much("allocations alive of a kind", KINDS_MAX))?;
        let Kind { bytes, site, category, .. } = *kind;
        self.tell(site, Action::Allocate { id, space: HEAP, address: 0, bytes, category })
    }

    #[inline]
    fn free(&mut self, kind: u64, line: &Line) -> Result<(), ImportError> {
        let number = kind;
        let Some(kind) = usize::try_from(number).ok().and_then(|number| self.kinds.get_mut(number)) else {
            self.unknown_kinds.add(line.number);
            return Ok(());
        };
        match kind.live.checked_sub(1) {
            Some(live) => kind.live = live,
            None => self.unmatched.add(line.number),
        }
        let id = number << 32 | u64::from(kind.live);
        self.tell(Site::NONE, Action::Free { id })
    }

    fn tell(&mut self, site: Site, action: Action) -> Result<(), ImportError> {
        self.events += 1;
        Ok(self.sink.event(Event { time_us: self.time_us, thread: 0, site, action })?)
    }

    fn other(&mut self, mode: u8, line: &Line, mut fields: Fields) -> Result<(), ImportError> {
        match mode {
            b's' => self.symbols.add_string(line, fields)?,
            b'i' => self.symbols.add_pointer(line, fields, self.sink.stacks())?,
            b't' => self.symbols.add_stack(line, fields, self.sink.stacks())?,
            b'a' => {
                let (bytes, stack) = (fields.expected(line)?, fields.expected(line)?);
                self.add_kind(bytes, stack, line)?;
            }
            b'c' => self.time_us = self.time_us.max(fields.expected(line)?.saturating_mul(1000)),
            b'R' => self.resident_pages = self.resident_pages.max(fields.expected(line)?),
            b'A' => self.is_attached = true,
            // What leaks were to be left out, and comments.
            b'S' | b'#' => {}
            _ => self.unknown_lines.add(line.number),
        }
        Ok(())
    }

    fn add_kind(&mut self, bytes: u64, stack: u64, line: &Line) -> Result<(), ImportError> {
        if self.kinds.len() as u64 >= KINDS_MAX {
            return Err(line.too_much("kinds of allocations", KINDS_MAX));
        }
        let stack = self.symbols.stack(stack, line);
        let category = self.modules.category(stack.module, self.symbols.module(stack.module), self.sink.manifest());
        self.kinds.push(Kind { bytes, site: stack.site, category, live: 0 });
        Ok(())
    }

    fn note(&mut self, header: &Header) {
        let manifest: &mut Manifest = self.sink.manifest();
        if self.is_attached && !header.is_attached {
            Header::note_attached(manifest);
        }
        self.symbols.note(manifest);
        self.unmatched.note(manifest, NoteKind::Contradiction, "frees are of a kind of which nothing is alive");
        self.unknown_kinds.note(
            manifest,
            NoteKind::Contradiction,
            "lines name a kind of allocation that no line said before",
        );
        self.unknown_lines.note(manifest, NoteKind::Missing, "lines begin with a letter that is not known");
        header.note_resident(self.resident_pages, manifest);
    }
}
