//! Functions of a run: frames of the same function are one, whatever their line.

use arenascope_recording::is_allocator;
use arenascope_trace::{Frame, FrameId, Stacks};
use std::collections::HashMap;

/// Frames between two looks at the clock.
const SLICE: usize = 128;

/// A function: a position in the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct FunctionId(pub u32);

impl FunctionId {
    /// What stands for it where an event has no call stack.
    pub const NO_STACK: Self = Self(0);
}

/// What is written for [`FunctionId::NO_STACK`].
pub const NO_STACK_LABEL: &str = "(no call stack)";

/// The functions, in order of first appearance.
#[derive(Clone, Debug)]
pub struct Functions {
    /// By frame.
    of_frame: Vec<FunctionId>,
    functions: Vec<Function>,
    /// While frames are taken in.
    known: HashMap<(Box<str>, Box<str>), FunctionId>,
}

#[derive(Clone, Copy, Debug)]
struct Function {
    /// One of its frames; `None` of no stack.
    frame: Option<FrameId>,
    is_allocator: bool,
}

impl Default for Functions {
    fn default() -> Self {
        let none = Function { frame: None, is_allocator: false };
        Self { of_frame: Vec::new(), functions: vec![none], known: HashMap::new() }
    }
}

impl Functions {
    /// Takes in frames while `has_time`, and a slice whether it has or not. True when all
    /// are in. O(their texts).
    pub(super) fn advance(&mut self, stacks: &Stacks, has_time: &mut impl FnMut() -> bool) -> bool {
        let frames = stacks.frames();
        loop {
            let at = self.of_frame.len();
            for frame in &frames[at..frames.len().min(at + SLICE)] {
                self.take(frame);
            }
            if self.of_frame.len() == frames.len() {
                self.known = HashMap::new();
                return true;
            }
            if !has_time() {
                return false;
            }
        }
    }

    fn take(&mut self, frame: &Frame) {
        let id = FrameId(self.of_frame.len() as u32);
        let next = FunctionId(self.functions.len() as u32);
        let function = *self.known.entry((frame.function.clone(), frame.file.clone())).or_insert(next);
        if function == next {
            self.functions.push(Function { frame: Some(id), is_allocator: is_allocator(&frame.function) });
        }
        self.of_frame.push(function);
    }

    /// How many there are, [`FunctionId::NO_STACK`] included.
    pub const fn len(&self) -> usize {
        self.functions.len()
    }

    /// True where no frame is taken in.
    pub const fn is_empty(&self) -> bool {
        self.functions.len() == 1
    }

    /// The function of a frame that is taken in.
    pub(super) fn of(&self, frame: FrameId) -> FunctionId {
        self.of_frame[frame.0 as usize]
    }

    /// Whether it allocates on behalf of others.
    pub(super) fn is_allocator(&self, function: FunctionId) -> bool {
        self.functions[function.0 as usize].is_allocator
    }

    /// One of the frames of a function, with its names.
    pub fn frame<'s>(&self, stacks: &'s Stacks, function: FunctionId) -> Option<&'s Frame> {
        stacks.frame(self.functions.get(function.0 as usize)?.frame?)
    }

    /// The name of a function.
    pub fn name<'s>(&self, stacks: &'s Stacks, function: FunctionId) -> &'s str {
        match self.frame(stacks, function) {
            Some(frame) if !frame.function.is_empty() => &frame.function,
            Some(_) => "(no name)",
            None => NO_STACK_LABEL,
        }
    }

    /// The file or module of a function; empty where unknown.
    pub fn file<'s>(&self, stacks: &'s Stacks, function: FunctionId) -> &'s str {
        self.frame(stacks, function).map_or("", |frame| &frame.file)
    }
}
