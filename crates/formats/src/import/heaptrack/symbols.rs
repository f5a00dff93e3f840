//! Names, instruction pointers and stacks.

use super::fields::Fields;
use super::frames::Frames;
use super::modules;
use crate::import::error::ImportError;
use crate::import::lines::Line;
use crate::import::tally::Tally;
use arenascope_trace::{Frame, FrameId, Manifest, NoteKind, Site, Stacks};

/// Most frames that an instruction pointer stands for: functions inlined into each other.
const INLINED_MAX: usize = 64;

/// A stack, and the module that it is in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Stack {
    pub(super) site: Site,
    /// The number of the name of the innermost module that takes memory for itself; 0
    /// where there is none.
    pub(super) module: u32,
}

/// What an instruction pointer stands for.
#[derive(Debug)]
struct Pointer {
    /// The innermost first.
    frames: Box<[FrameId]>,
    /// 0 where the module takes memory for its callers.
    module: u32,
}

/// All that was named so far.
#[derive(Debug, Default)]
pub(super) struct Symbols {
    is_sized: bool,
    strings: Vec<Box<str>>,
    frames: Frames,
    pointers: Vec<Pointer>,
    stacks: Vec<Stack>,
    unknown_names: Tally,
    unknown_callers: Tally,
    deep: Tally,
}

impl Symbols {
    /// Texts say their length from version 3 on.
    pub(super) fn of(version: u64) -> Self {
        Self { is_sized: version >= 3, ..Self::default() }
    }

    /// `s text`
    pub(super) fn add_string(&mut self, line: &Line, mut fields: Fields) -> Result<(), ImportError> {
        let text = if self.is_sized {
            let expected = "a length and a text of that many bytes";
            fields.sized_text().ok_or_else(|| line.malformed(fields.text(), expected))?
        } else {
            fields.text()
        };
        self.strings.push(String::from_utf8_lossy(text).into());
        Ok(())
    }

    /// `i address module [function file line]…`
    pub(super) fn add_pointer(
        &mut self,
        line: &Line,
        mut fields: Fields,
        stacks: &mut Stacks,
    ) -> Result<(), ImportError> {
        let address = fields.expected(line)?;
        let module = self.expected_name(line, &mut fields)?;
        let mut frames = Vec::new();
        while !fields.is_over() && frames.len() < INLINED_MAX {
            let function = self.expected_name(line, &mut fields)?;
            // A function may stand alone, where no file is known.
            let file = self.expected_name(line, &mut fields)?;
            let source_line = if fields.is_over() { 0 } else { fields.expected(line)? };
            let source_line = u32::try_from(source_line).unwrap_or(0);
            let frame = self.frame(address, module, function, file, source_line);
            frames.push(self.frames.intern(frame, stacks, line)?);
        }
        if !fields.is_over() {
            self.deep.add(line.number);
        }
        if frames.is_empty() {
            let frame = self.frame(address, module, 0, 0, 0);
            frames.push(self.frames.intern(frame, stacks, line)?);
        }
        let takes_for_itself = modules::takes_for_itself(self.name(module));
        let module = u32::try_from(module).ok().filter(|_| takes_for_itself).unwrap_or(0);
        self.pointers.push(Pointer { frames: frames.into(), module });
        Ok(())
    }

    /// A frame by the numbers of its names: the address where the function has none, the
    /// module where the file has none.
    fn frame(&self, address: u64, module: u64, function: u64, file: u64, line: u32) -> Frame {
        let function = match self.name(function) {
            "" => format!("{address:#x}").into(),
            name => name.into(),
        };
        let file = self.name(if file == 0 { module } else { file }).into();
        Frame { function, file, line }
    }

    /// The number of a name, 0 at the end of the line; one that is unknown is counted.
    fn expected_name(&mut self, line: &Line, fields: &mut Fields) -> Result<u64, ImportError> {
        let number = if fields.is_over() { 0 } else { fields.expected(line)? };
        if number > self.strings.len() as u64 {
            self.unknown_names.add(line.number);
        }
        Ok(number)
    }

    /// The text of that number; empty for 0 and where it is none.
    fn name(&self, number: u64) -> &str {
        let position = number.checked_sub(1).and_then(|position| usize::try_from(position).ok());
        position.and_then(|position| self.strings.get(position)).map_or("", |name| name)
    }

    /// The name of a module.
    pub(super) fn module(&self, number: u32) -> &str {
        self.name(number.into())
    }

    /// `t ip parent`
    pub(super) fn add_stack(
        &mut self,
        line: &Line,
        mut fields: Fields,
        stacks: &mut Stacks,
    ) -> Result<(), ImportError> {
        let (pointer, parent) = (fields.expected(line)?, fields.expected(line)?);
        let mut stack = self.stack(parent, line);
        let pointer = pointer.checked_sub(1).and_then(|position| self.pointers.get(usize::try_from(position).ok()?));
        match pointer {
            Some(pointer) => {
                stack.site = pointer.frames.iter().rev().fold(stack.site, |site, &frame| stacks.child(site, frame));
                stack.module = if pointer.module == 0 { stack.module } else { pointer.module };
            }
            None => self.unknown_callers.add(line.number),
        }
        self.stacks.push(stack);
        Ok(())
    }

    /// The stack of that number; none for 0 and where it is none.
    pub(super) fn stack(&mut self, number: u64, line: &Line) -> Stack {
        let Some(position) = number.checked_sub(1) else { return Stack::default() };
        match self.stacks.get(usize::try_from(position).unwrap_or(usize::MAX)) {
            Some(stack) => *stack,
            None => {
                self.unknown_callers.add(line.number);
                Stack::default()
            }
        }
    }

    pub(super) fn note(&self, manifest: &mut Manifest) {
        self.unknown_names.note(
            manifest,
            NoteKind::Missing,
            "names of functions, files or modules are not in the file",
        );
        self.unknown_callers.note(manifest, NoteKind::Missing, "stacks or instruction pointers are not in the file");
        self.deep.note(manifest, NoteKind::Remark, "places have more than 64 functions inlined into each other");
    }
}
