//! Stacks of the tables as sites.

use super::tables::{Column, NONE, Tables};
use arenascope_trace::{Frame, FrameId, Site, Stacks};

/// Longest name of a function or a file, in letters.
const NAME_MAX: usize = 512;
/// Most bytes of all names: one text may be named by any number of frames.
const NAMES_MAX: usize = 1 << 27;

/// Finds the site of each stack of a thread, once.
pub(super) struct Sites<'t> {
    own: &'t Tables,
    shared: &'t Tables,
    sites: Vec<Option<Site>>,
    frames: Vec<Option<FrameId>>,
    /// Stacks whose prefix is not before them.
    pub(super) broken: u64,
}

/// A table of the thread, or that of all where it has none.
fn either<'t, T>(own: &'t Vec<T>, shared: &'t Vec<T>) -> &'t Vec<T> {
    if own.is_empty() { shared } else { own }
}

fn at(column: &Column, position: u32) -> Option<u32> {
    column.get(position as usize).copied().filter(|&found| found != NONE)
}

impl<'t> Sites<'t> {
    pub(super) fn new(own: &'t Tables, shared: &'t Tables) -> Self {
        let stacks = either(&own.stack_frame, &shared.stack_frame).len();
        let frames = either(&own.frame_func, &shared.frame_func).len();
        Self { own, shared, sites: vec![None; stacks], frames: vec![None; frames], broken: 0 }
    }

    /// The site of a stack; none of one that is not in the table. O(1) but for what is new.
    pub(super) fn site(&mut self, stack: u32, names: &mut Names, stacks: &mut Stacks) -> Site {
        // Up to what is known or to the root, then down again.
        let mut path = Vec::new();
        let (mut next, mut site) = (Some(stack), Site::NONE);
        while let Some(stack) = next {
            match self.sites.get(stack as usize) {
                None => break,
                Some(&Some(known)) => {
                    site = known;
                    break;
                }
                Some(None) => path.push(stack),
            }
            next = at(either(&self.own.stack_prefix, &self.shared.stack_prefix), stack);
            // A caller is before what it calls: else there could be a ring.
            if next.is_some_and(|prefix| prefix >= stack) {
                self.broken += 1;
                next = None;
            }
        }
        for stack in path.into_iter().rev() {
            let frame = at(either(&self.own.stack_frame, &self.shared.stack_frame), stack);
            let frame = self.frame(frame.unwrap_or(NONE), names, stacks);
            site = stacks.child(site, frame);
            self.sites[stack as usize] = Some(site);
        }
        site
    }

    fn frame(&mut self, frame: u32, names: &mut Names, stacks: &mut Stacks) -> FrameId {
        if let Some(&Some(known)) = self.frames.get(frame as usize) {
            return known;
        }
        let interned = stacks.intern(self.described(frame, names));
        if let Some(known) = self.frames.get_mut(frame as usize) {
            *known = Some(interned);
        }
        interned
    }

    fn described(&self, frame: u32, names: &mut Names) -> Frame {
        let (own, shared) = (self.own, self.shared);
        let strings = either(&own.strings, &shared.strings);
        let text = |position: Option<u32>| position.and_then(|position| strings.get(position as usize));
        let func = at(either(&own.frame_func, &shared.frame_func), frame);
        let of_func = |own, shared| func.and_then(|func| at(either(own, shared), func));
        let source = of_func(&own.func_source, &shared.func_source);
        let file = source.and_then(|source| at(either(&own.source_file, &shared.source_file), source));
        let file = file.or_else(|| of_func(&own.func_file, &shared.func_file));
        let line = at(either(&own.frame_line, &shared.frame_line), frame);
        let line = line.or_else(|| of_func(&own.func_line, &shared.func_line));
        Frame {
            function: names.take(text(of_func(&own.func_name, &shared.func_name)).map_or("(unknown)", |name| name)),
            file: names.take(text(file).map_or("", |file| file)),
            line: line.unwrap_or(0),
        }
    }
}

/// Counts what names take.
#[derive(Debug, Default)]
pub(super) struct Names {
    bytes: usize,
    /// Names that were left out.
    pub(super) left_out: u64,
}

impl Names {
    fn take(&mut self, name: &str) -> Box<str> {
        let end = name.char_indices().nth(NAME_MAX).map_or(name.len(), |(end, _)| end);
        if self.bytes + end > NAMES_MAX {
            self.left_out += 1;
            return "(left out)".into();
        }
        self.bytes += end;
        name[..end].into()
    }
}
