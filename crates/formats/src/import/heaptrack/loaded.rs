//! Modules that are loaded, and what an address in one of them is called.

use super::fields::Fields;
use super::frames::Frames;
use super::modules::{file_name, takes_for_itself};
use crate::import::error::ImportError;
use crate::import::lines::Line;
use arenascope_trace::{Frame, FrameId, Stacks};
use std::collections::BTreeMap;

/// Most segments of a module, and modules at once, that are kept.
const SEGMENTS_MAX: usize = 64;
const LOADED_MAX: usize = 1 << 16;

/// A piece of a module in memory.
#[derive(Clone, Copy, Debug)]
struct Segment {
    end: u64,
    /// Where the whole module begins.
    base: u64,
    module: u32,
}

/// What is loaded now.
#[derive(Debug, Default)]
pub(super) struct Loaded {
    program: Box<str>,
    names: Vec<Box<str>>,
    frames: Frames,
    numbers: BTreeMap<Box<str>, u32>,
    by_address: BTreeMap<u64, Segment>,
}

impl Loaded {
    /// `x program`
    pub(super) fn program(&mut self, mut fields: Fields, version: u64) {
        let text = path(&mut fields, version).unwrap_or_default();
        self.program = String::from_utf8_lossy(text).into();
    }

    /// `m path address [offset length]…`, or `m -` before all of them are listed again.
    pub(super) fn module(&mut self, line: &Line, mut fields: Fields, version: u64) -> Result<(), ImportError> {
        let Some(path) = path(&mut fields, version) else {
            return Err(line.malformed(fields.text(), "the path of a module"));
        };
        if path == b"-" {
            self.by_address.clear();
            return Ok(());
        }
        // The program itself is called `x` here.
        let path = if path == b"x" { self.program.clone() } else { String::from_utf8_lossy(path).into() };
        let base = fields.expected(line)?;
        let module = self.number(path);
        for _ in 0..SEGMENTS_MAX {
            if fields.is_over() {
                break;
            }
            let (offset, length) = (fields.expected(line)?, fields.expected(line)?);
            let from = base.wrapping_add(offset);
            let end = from.saturating_add(length);
            if self.by_address.len() < LOADED_MAX && length > 0 {
                self.by_address.insert(from, Segment { end, base, module });
            }
        }
        Ok(())
    }

    fn number(&mut self, path: Box<str>) -> u32 {
        if let Some(&known) = self.numbers.get(&path) {
            return known;
        }
        self.names.push(path.clone());
        let number = self.names.len() as u32;
        self.numbers.insert(path, number);
        number
    }

    /// The path of the module of that number; empty for 0.
    pub(super) fn name(&self, module: u32) -> &str {
        (module as usize).checked_sub(1).and_then(|position| self.names.get(position)).map_or("", |name| name)
    }

    /// The frame at an address, and the number of its module where that takes memory for
    /// itself.
    pub(super) fn frame(
        &mut self,
        address: u64,
        line: &Line,
        stacks: &mut Stacks,
    ) -> Result<(FrameId, u32), ImportError> {
        let segment = self.by_address.range(..=address).next_back().filter(|(_, segment)| address < segment.end);
        let Some((_, segment)) = segment else {
            let function = format!("{address:#x}").into();
            let frame = Frame { function, ..Frame::default() };
            return Ok((self.frames.intern(frame, stacks, line)?, 0));
        };
        let path = self.name(segment.module);
        let function = format!("{}+{:#x}", file_name(path), address.wrapping_sub(segment.base)).into();
        let module = if takes_for_itself(path) { segment.module } else { 0 };
        let frame = Frame { function, file: path.into(), line: 0 };
        Ok((self.frames.intern(frame, stacks, line)?, module))
    }
}

/// A path: with its length before it from version 3 on, and up to a blank before.
fn path<'l>(fields: &mut Fields<'l>, version: u64) -> Option<&'l [u8]> {
    if version >= 3 {
        return fields.sized_text();
    }
    let rest = fields.text();
    let end = rest.iter().position(|&byte| byte == b' ').unwrap_or(rest.len());
    fields.0 = &rest[end..];
    (end > 0).then_some(&rest[..end])
}
