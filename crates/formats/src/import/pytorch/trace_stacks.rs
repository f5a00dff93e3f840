//! Call stacks of the file as sites of the run.

use super::words::{TextId, Texts};
use arenascope_trace::{Frame, FrameId, Site, Stacks};
use std::collections::HashMap;

/// Most bytes of all frames' texts: a frame names its texts by number, and costs a file
/// hardly anything.
const TEXTS_MAX: usize = 1 << 27;
/// Frames in the stacks that are known by all of their frames.
const KNOWN_MAX: usize = 1 << 20;

/// Finds frames by their texts' numbers, and stacks by what they have in common with the
/// one before: the outer part of a program's stacks hardly changes.
#[derive(Default)]
pub(super) struct TraceStacks {
    frames: HashMap<(TextId, TextId, u32), FrameId>,
    text_bytes: usize,
    /// Stacks that were asked for: programs allocate at few places, and files before 2023
    /// write the stack of each entry in full.
    known: HashMap<Box<[FrameId]>, Site>,
    known_frames: usize,
    /// The stack that was asked for last, outermost first, with the site of each frame.
    last: Vec<(FrameId, Site)>,
}

impl TraceStacks {
    pub(super) fn frame(
        &mut self,
        name: TextId,
        file: TextId,
        line: u32,
        texts: &Texts,
        stacks: &mut Stacks,
    ) -> FrameId {
        if let Some(&known) = self.frames.get(&(name, file, line)) {
            return known;
        }
        let (function, file_text) = (texts.text(name), texts.text(file));
        self.text_bytes = self.text_bytes.saturating_add(function.len() + file_text.len());
        if self.text_bytes > TEXTS_MAX {
            return stacks.intern(Frame { function: "…".into(), ..Frame::default() });
        }
        let frame = stacks.intern(Frame { function: function.into(), file: file_text.into(), line });
        self.frames.insert((name, file, line), frame);
        frame
    }

    /// The site of a stack, as the file lists it: innermost first.
    pub(super) fn site(&mut self, innermost_first: &[FrameId], stacks: &mut Stacks) -> Site {
        if let Some(&known) = self.known.get(innermost_first) {
            return known;
        }
        let outermost_first = || innermost_first.iter().rev();
        let common = outermost_first().zip(&self.last).take_while(|(frame, (known, _))| *frame == known).count();
        self.last.truncate(common);
        for &frame in outermost_first().skip(common) {
            let parent = self.last.last().map_or(Site::NONE, |&(_, site)| site);
            self.last.push((frame, stacks.child(parent, frame)));
        }
        let site = self.last.last().map_or(Site::NONE, |&(_, site)| site);
        self.known_frames += innermost_first.len();
        if self.known_frames <= KNOWN_MAX {
            self.known.insert(innermost_first.into(), site);
        }
        site
    }
}
