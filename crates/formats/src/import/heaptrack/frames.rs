//! Frames, of which each has a copy of its names.

use crate::import::error::ImportError;
use crate::import::lines::Line;
use arenascope_trace::{Frame, FrameId, Stacks};

/// Most bytes of names that frames have together. A few bytes of a file ask for a frame
/// with names of any length: without a bound, a small file would fill the memory.
const NAMES_MAX: u64 = 1 << 27;

/// Adds frames, and counts what their names take.
#[derive(Debug, Default)]
pub(super) struct Frames {
    bytes: u64,
}

impl Frames {
    /// The number of a frame, added where it is new.
    ///
    /// # Errors
    /// That the names of all frames are too long together.
    pub(super) fn intern(&mut self, frame: Frame, stacks: &mut Stacks, line: &Line) -> Result<FrameId, ImportError> {
        let bytes = (frame.function.len() + frame.file.len()) as u64;
        let before = stacks.frames().len();
        let id = stacks.intern(frame);
        if stacks.frames().len() > before {
            self.bytes += bytes;
        }
        if self.bytes > NAMES_MAX {
            return Err(line.too_much("bytes of names of frames", NAMES_MAX));
        }
        Ok(id)
    }
}
