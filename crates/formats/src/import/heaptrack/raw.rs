//! What heaptrack writes while it records: addresses instead of kinds, modules instead of
//! names.
//!
//! The file is read whole before anything is told: its events are packed, as only the last
//! of them says which addresses are used.

use super::fields::Fields;
use super::header::Header;
use super::loaded::Loaded;
use super::modules::Modules;
use super::packed::{Packed, Packer};
use super::parts::{FORMAT, HEAP, note_cut};
use super::ranges::Ranges;
use super::symbols::Stack;
use crate::import::error::ImportError;
use crate::import::lines::{Line, Lines};
use crate::import::tally::Tally;
use arenascope_trace::{Action, Event, NoteKind, Sink, Site, Space};
use std::collections::HashSet;

/// Most bytes of packed events: some 60 million of them.
const PACKED_MAX: usize = 1 << 29;

/// What was read.
#[derive(Debug, Default)]
struct Recording {
    loaded: Loaded,
    /// By number; the first is none.
    stacks: Vec<Stack>,
    packer: Packer,
    ranges: Ranges,
    resident_pages: u64,
    unknown_stacks: Tally,
    unknown_lines: Tally,
    beyond: Tally,
}

/// Reads and tells all lines that follow the header.
pub(super) fn read(lines: &mut Lines, mut header: Header, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut recording = Recording { stacks: vec![Stack::default()], ..Recording::default() };
    let read = recording.read(lines, &mut header, sink);
    header.describe(sink.manifest());
    let space = Space { label: "Heap".into(), has_addresses: true, granule_bytes: 16, ..Space::default() };
    sink.manifest().add_space(space);
    if lines.is_cut() {
        note_cut(lines.number(), sink.manifest());
    }
    recording.note(&header, sink);
    for (address, bytes) in std::mem::take(&mut recording.ranges).finish() {
        sink.extent(HEAP, address, bytes);
    }
    sink.begin()?;
    recording.tell(sink)?;
    read?;
    match recording.packer.len() {
        0 => Err(ImportError::Empty { format: FORMAT, why: "no `+` and no `-`".into() }),
        _ => Ok(()),
    }
}

impl Recording {
    fn read(&mut self, lines: &mut Lines, header: &mut Header, sink: &mut dyn Sink) -> Result<(), ImportError> {
        while let Some(line) = lines.next_whole()? {
            let [mode, rest @ ..] = line.bytes else { continue };
            let mut fields = Fields(rest);
            match mode {
                b'+' => {
                    let (bytes, stack) = (fields.expected(&line)?, fields.expected(&line)?);
                    let address = fields.expected(&line)?;
                    let stack = self.check_stack(stack, &line);
                    // What would end beyond all addresses lies nowhere.
                    if address.checked_add(bytes.max(1)).is_some() {
                        self.ranges.add(address, bytes);
                        self.push(Packed::Allocate { bytes, stack, address }, &line)?;
                    } else {
                        self.beyond.add(line.number);
                    }
                }
                b'-' => {
                    let address = fields.expected(&line)?;
                    self.push(Packed::Free { address }, &line)?;
                }
                b't' => {
                    let (address, parent) = (fields.expected(&line)?, fields.expected(&line)?);
                    let parent = self.check_stack(parent, &line);
                    let mut stack = self.stacks[parent as usize];
                    let (frame, module) = self.loaded.frame(address, &line, sink.stacks())?;
                    stack.site = sink.stacks().child(stack.site, frame);
                    stack.module = if module == 0 { stack.module } else { module };
                    self.stacks.push(stack);
                }
                b'c' => {
                    let ms = fields.expected(&line)?;
                    self.push(Packed::Time { ms }, &line)?;
                }
                b'm' => self.loaded.module(&line, fields, header.version)?,
                b'x' => self.loaded.program(fields, header.version),
                b'R' => self.resident_pages = self.resident_pages.max(fields.expected(&line)?),
                b'A' => header.is_attached = true,
                b'X' => header.command = Some(String::from_utf8_lossy(fields.text()).into_owned()),
                b'I' => (header.page_bytes, header.pages) = (fields.expected(&line)?, fields.expected(&line)?),
                b'S' | b'#' => {}
                _ => self.unknown_lines.add(line.number),
            }
        }
        Ok(())
    }

    fn push(&mut self, event: Packed, line: &Line) -> Result<(), ImportError> {
        if self.packer.len() > PACKED_MAX {
            return Err(line.too_much("bytes of packed events", PACKED_MAX as u64));
        }
        self.packer.push(event);
        Ok(())
    }

    /// The number of a stack that is known; 0 for others.
    fn check_stack(&mut self, number: u64, line: &Line) -> u32 {
        if number < self.stacks.len() as u64 {
            return number as u32;
        }
        self.unknown_stacks.add(line.number);
        0
    }

    fn note(&self, header: &Header, sink: &mut dyn Sink) {
        let manifest = sink.manifest();
        let text = "this is a raw recording: functions have no names, but offsets in their modules; where it was \
                    recorded, `zstd -dc FILE | heaptrack_interpret` names them";
        manifest.note(NoteKind::Remark, text);
        self.unknown_stacks.note(manifest, NoteKind::Missing, "lines name a stack that is not in the file");
        self.unknown_lines.note(manifest, NoteKind::Missing, "lines begin with a letter that is not known");
        let what = "allocations end beyond 64 bits: they are left out";
        self.beyond.note(manifest, NoteKind::Contradiction, what);
        header.note_resident(self.resident_pages, manifest);
    }

    fn tell(&self, sink: &mut dyn Sink) -> Result<(), ImportError> {
        let (mut modules, mut live) = (Modules::default(), HashSet::new());
        let (mut time_us, mut never, mut twice) = (0, 0_u64, 0_u64);
        for event in self.packer.events() {
            let (site, action) = match event {
                Packed::Allocate { bytes, stack, address } => {
                    let stack = self.stacks[stack as usize];
                    let category = modules.category(stack.module, self.loaded.name(stack.module), sink.manifest());
                    twice += u64::from(!live.insert(address));
                    (stack.site, Action::Allocate { id: address, space: HEAP, address, bytes, category })
                }
                Packed::Free { address } => {
                    never += u64::from(!live.remove(&address));
                    (Site::NONE, Action::Free { id: address })
                }
                Packed::Time { ms } => {
                    time_us = ms.saturating_mul(1000).max(time_us);
                    continue;
                }
            };
            sink.event(Event { time_us, thread: 0, site, action })?;
        }
        let manifest = sink.manifest();
        if never > 0 {
            manifest
                .note(NoteKind::Missing, format!("{never} frees are of addresses at which nothing was taken before"));
        }
        if twice > 0 {
            let text = format!("{twice} addresses are taken again before they are given back");
            manifest.note(NoteKind::Contradiction, text);
        }
        Ok(())
    }
}
