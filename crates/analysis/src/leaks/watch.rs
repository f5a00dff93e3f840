//! The search for leaks beside a run that goes on: a few chunks and one step of the
//! search in each turn at least, and all that is left at once where events make room
//! faster than that. So each search ends, whatever the rate of events.

use super::growth::Finding;
use super::marks::Marks;
use super::search::{LeakSearch, NotKept};
use crate::recordings::flow::Counted;
use crate::recordings::flow_index::FlowIndex;
use arenascope_recording::Reader;

/// Chunks that a turn takes in at least: 65 536 events.
const CHUNKS_LEAST: usize = 4;

/// What a finished search found, and of which part of the run it speaks.
#[derive(Clone, Debug, PartialEq)]
pub struct Searched {
    /// The marks between which it looked.
    pub marks: Marks,
    /// Events between the first mark and the third.
    pub events: u64,
    /// Suspects first, then everybody else by growth.
    pub findings: Vec<Finding>,
    /// Where the recording of the run began when the search did, µs since the run's start;
    /// `None` where nothing of the run had made room.
    pub kept_since_us: Option<u64>,
}

/// How far a search is.
#[derive(Clone, Debug, PartialEq)]
pub enum Progress {
    /// Nothing is searched for.
    Idle,
    /// It goes on; the part that is done, from 0 to 1.
    Searching(f64),
    /// It ended, with what it found.
    Done(Searched),
    /// Marks that were set by hand made room for newer events.
    Gone(NotKept),
}

/// The search, and what it knows of the run from searches before.
#[derive(Clone, Debug)]
pub struct LeakWatch {
    flows: FlowIndex,
    search: Option<Going>,
    /// The last search was overtaken by events that made room: the next goes at once.
    is_overtaken: bool,
}

/// A search that goes on.
#[derive(Clone, Debug)]
struct Going {
    search: LeakSearch,
    whose: Whose,
    /// Where the recording of the run began when the search did, where not with the run.
    kept_since_us: Option<u64>,
}

impl Going {
    fn new(reader: &Reader<'_>, search: LeakSearch, whose: Whose) -> Self {
        let run = reader.run();
        let is_whole = run.start <= reader.run_start();
        Self { search, whose, kept_since_us: if is_whole { None } else { reader.time_us(run.start) } }
    }
}

/// Who chose the marks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Whose {
    /// The run's own: newer ones are as good.
    OfRun,
    /// Set by hand: they stay where they are.
    ByHand,
}

impl Default for LeakWatch {
    fn default() -> Self {
        Self { flows: FlowIndex::new(Counted::Held), search: None, is_overtaken: false }
    }
}

impl LeakWatch {
    /// True while a search goes on.
    pub const fn is_searching(&self) -> bool {
        self.search.is_some()
    }

    /// Begins a search between marks that were set by hand, in place of one that goes on;
    /// none where there is no time between them.
    pub fn begin(&mut self, reader: &Reader<'_>, marks: Marks) {
        let search = LeakSearch::new(reader, marks);
        self.search = search.map(|search| Going::new(reader, search, Whose::ByHand));
    }

    /// As [`Self::begin`], between the marks of the newest run.
    pub fn begin_of_run(&mut self, reader: &Reader<'_>) {
        let search = LeakSearch::of_run(reader, reader.run());
        self.search = search.map(|search| Going::new(reader, search, Whose::OfRun));
    }

    /// Takes one turn: chunks first, then steps of the search, for as long as
    /// `has_time`, and some whether it has or not. O(4 chunks + alive), or all of a
    /// search where the last was overtaken.
    pub fn advance(&mut self, reader: &Reader<'_>, mut has_time: impl FnMut() -> bool) -> Progress {
        let Some(going) = &mut self.search else {
            self.flows.advance(reader, reader.run().start, CHUNKS_LEAST);
            return Progress::Idle;
        };
        let (search, whose) = (&mut going.search, going.whose);
        if let Err(gone) = search.check_kept(reader) {
            return self.overtaken(reader, gone, whose);
        }
        let (first, end) = (search.first().position, search.marks().0[2].position);
        let mut is_known = self.flows.advance(reader, first, CHUNKS_LEAST);
        while !is_known && (self.is_overtaken || has_time()) {
            is_known = self.flows.advance(reader, first, 1);
        }
        if !is_known {
            return Progress::Searching(self.flows.progress(first..end) / 2.0);
        }
        loop {
            match search.step(reader, &self.flows) {
                Ok(true) => break,
                Ok(false) if self.is_overtaken || has_time() => {}
                Ok(false) => return Progress::Searching(0.5 + search.progress() / 2.0),
                Err(gone) => return self.overtaken(reader, gone, whose),
            }
        }
        let done = searched(going);
        (self.search, self.is_overtaken) = (None, false);
        Progress::Done(done)
    }

    /// A mark made room: the marks of the run move on, and all is done in the next turn.
    fn overtaken(&mut self, reader: &Reader<'_>, gone: NotKept, whose: Whose) -> Progress {
        self.search = None;
        if whose == Whose::ByHand {
            return Progress::Gone(gone);
        }
        self.is_overtaken = true;
        self.begin_of_run(reader);
        self.advance(reader, || false)
    }
}

fn searched(going: &Going) -> Searched {
    Searched {
        marks: *going.search.marks(),
        events: going.search.events(),
        findings: going.search.findings(),
        kept_since_us: going.kept_since_us,
    }
}
