//! The call stack of one event in words: the site in a line, and all frames as text to copy.

use super::birth::birth;
use crate::numbers::text::count;
use arenascope_recording::{Reader, Tables, is_allocator};
use arenascope_trace::{Frame, Site, Stacks};

/// The call stack that an event came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallStack {
    /// The event.
    event: u64,
    /// The event says nothing of it itself: the stack is that of its allocation, this event.
    allocated_by: Option<u64>,
    /// Function and place of each frame, the innermost first.
    frames: Vec<String>,
    /// Which of them is the site.
    site: usize,
}

/// Whether a run has call stacks at all. Where not, nothing is to be shown of them.
pub fn has_stacks(tables: Option<&Tables>) -> bool {
    tables.is_some_and(|tables| !tables.stacks.is_empty())
}

impl CallStack {
    /// Of an event; where it has none, of the allocation that it is about. `None` where
    /// neither has one. O(frames), and O(changes) of the allocation.
    pub fn of(reader: &Reader<'_>, tables: &Tables, event: u64) -> Option<Self> {
        let (born, site) = site_of(reader, event)?;
        let frames: Vec<&Frame> = tables.stacks.frames_of(site).collect();
        let site = frames.iter().position(|frame| !is_allocator(&frame.function)).unwrap_or(0);
        let allocated_by = (born != event).then_some(born);
        let frames: Vec<String> = frames.into_iter().map(frame_text).collect();
        (!frames.is_empty()).then_some(Self { event, allocated_by, frames, site })
    }

    /// Function and place of the innermost frame that is not the allocator's own; of the
    /// innermost where all are.
    pub fn site(&self) -> &str {
        &self.frames[self.site]
    }

    /// What stands before the site: whose stack it is.
    pub const fn label(&self) -> &'static str {
        if self.allocated_by.is_some() { "Allocated by" } else { "Called by" }
    }

    /// Function and place of each frame, the innermost first.
    pub fn frames(&self) -> &[String] {
        &self.frames
    }

    /// Whether a frame is the site.
    pub const fn is_site(&self, frame: usize) -> bool {
        frame == self.site
    }

    /// All of it as text to copy: what it is of, then a line for each frame, the innermost
    /// first.
    pub fn text(&self) -> String {
        let head = match self.allocated_by {
            Some(born) => format!("Event {}, of the allocation at event {}:", count(self.event), count(born)),
            None => format!("Event {}:", count(self.event)),
        };
        let lines = core::iter::once(head.as_str()).chain(self.frames.iter().map(String::as_str));
        lines.flat_map(|line| [line, "\n"]).collect()
    }
}

/// The site of the call stack of an event, or of its allocation, as [`CallStack::site`];
/// `None` where neither has a stack.
pub fn site_text(reader: &Reader<'_>, tables: &Tables, event: u64) -> Option<String> {
    let (_, site) = site_of(reader, event)?;
    owner_of(&tables.stacks, site).map(frame_text)
}

/// The first event of each call stack among some, in their order.
pub fn of_each_stack(reader: &Reader<'_>, events: &[u64]) -> Vec<u64> {
    let mut seen = Vec::new();
    let is_new = |event: &u64| {
        let site = site_of(reader, *event).map(|(_, site)| site);
        let is_new = site.is_some_and(|site| !seen.contains(&site));
        seen.extend(site.filter(|_| is_new));
        is_new
    };
    events.iter().copied().filter(is_new).collect()
}

/// The stack of an event, or of its allocation, with the event that says it.
fn site_of(reader: &Reader<'_>, event: u64) -> Option<(u64, Site)> {
    let said_by = |event| {
        let site = reader.kind(event)?.site();
        (site != Site::NONE.0).then_some((event, Site(site)))
    };
    said_by(event).or_else(|| said_by(birth(reader, event)))
}

fn owner_of(stacks: &Stacks, site: Site) -> Option<&Frame> {
    let is_owner = |frame: &&Frame| !is_allocator(&frame.function);
    stacks.frames_of(site).find(is_owner).or_else(|| stacks.frames_of(site).next())
}

/// `load_level (level.cpp:20)`.
fn frame_text(frame: &Frame) -> String {
    let function = if frame.function.is_empty() { "(no name)" } else { &frame.function };
    match (frame.file.is_empty(), frame.line) {
        (true, _) => function.into(),
        (false, 0) => format!("{function} ({})", frame.file),
        (false, line) => format!("{function} ({}:{line})", frame.file),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Import};
    use arenascope_trace::{Action, Event, Sink, Space};
    use std::sync::Arc;

    /// Two allocations: one of `main > load > malloc`, freed by nobody known, and one of
    /// `malloc` alone, freed by `main`.
    fn log() -> (EventLog, Arc<Tables>) {
        let log = EventLog::default();
        let mut import = Import::new(&log, |_| true);
        *import.manifest() = arenascope_trace::Manifest::of("test", "Test");
        let space = import.manifest().add_space(Space { granule_bytes: 1, ..Space::default() });
        let category = import.manifest().category("Heap");
        let frame = |function: &str, file: &str, line| Frame { function: function.into(), file: file.into(), line };
        let frames = [frame("main", "main.cpp", 10), frame("load", "level.cpp", 0), frame("malloc", "", 0)];
        let [main, load, malloc] = frames.map(|frame| import.stacks().intern(frame));
        let deep = import.stacks().stack([main, load, malloc]);
        let [flat, outer] = [malloc, main].map(|frame| import.stacks().stack([frame]));
        import.begin().unwrap();
        let allocate = |id| Action::Allocate { id, space, address: 0, bytes: 64, category };
        let told = [
            (allocate(1), deep),
            (allocate(2), flat),
            (Action::Free { id: 1 }, Site::NONE),
            (Action::Free { id: 2 }, outer),
            (Action::Mark { marker: 0 }, Site::NONE),
            (allocate(3), deep),
        ];
        for (time_us, (action, site)) in (0..).zip(told) {
            import.event(Event { time_us, thread: 0, site, action }).unwrap();
        }
        import.finish();
        let tables = log.tables().unwrap();
        (log, tables)
    }

    /// The stack of the event that was told as the `nth`: the first event begins the run.
    fn stack(nth: u64) -> Option<CallStack> {
        let (log, tables) = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        CallStack::of(&reader, &tables, nth + 1)
    }

    #[test]
    fn the_site_is_the_innermost_frame_that_does_not_allocate() {
        let deep = stack(0).unwrap();
        assert_eq!((deep.label(), deep.site()), ("Called by", "load (level.cpp)"));
        assert_eq!(deep.frames(), ["malloc", "load (level.cpp)", "main (main.cpp:10)"]);
        assert!(deep.is_site(1) && !deep.is_site(0));
        assert_eq!(stack(1).unwrap().site(), "malloc");
    }

    #[test]
    fn what_has_no_stack_has_that_of_its_allocation() {
        let freed = stack(2).unwrap();
        assert_eq!((freed.label(), freed.site()), ("Allocated by", "load (level.cpp)"));
        let own = stack(3).unwrap();
        assert_eq!((own.label(), own.site()), ("Called by", "main (main.cpp:10)"));
        assert_eq!(stack(4), None);
    }

    #[test]
    fn text_says_what_it_is_of_and_all_frames() {
        let frames = "malloc\nload (level.cpp)\nmain (main.cpp:10)\n";
        assert_eq!(stack(0).unwrap().text(), format!("Event 1:\n{frames}"));
        assert_eq!(stack(2).unwrap().text(), format!("Event 3, of the allocation at event 1:\n{frames}"));
    }

    #[test]
    fn each_stack_is_named_once() {
        let (log, tables) = log();
        let mut reader = Reader::new(&log);
        reader.refresh();
        assert!(has_stacks(Some(&tables)) && !has_stacks(Some(&Tables::default())) && !has_stacks(None));
        assert_eq!(of_each_stack(&reader, &[5, 1, 6, 2, 3]), [1, 2]);
        assert_eq!(site_text(&reader, &tables, 3).as_deref(), Some("load (level.cpp)"));
    }
}
