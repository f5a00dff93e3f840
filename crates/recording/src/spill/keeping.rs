//! The newest run as a file that grows with it: what to write next, and when the file
//! is whole. Knows no storage: it plans one task, and is told whether that was done.

use super::{chunk_end, frame, frame_within, header, preamble, preamble_frames};
use crate::log::FileState;
use crate::reader::Reader;
use thiserror::Error;

/// Events wait no longer than this for their chunk to fill: so much a crash may cost. A
/// run that says nothing for as long is given its end mark, and its file is closed.
const PAUSE_MS: f64 = 1_000.0;

/// What is to be done next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Task {
    /// Make a new file.
    Create,
    /// Open the file again: its run goes on.
    Reopen,
    /// Write these bytes there, and end the file behind them. What lies before is
    /// never written again, so a crash or a full storage takes nothing that is there.
    Write {
        /// Where, in bytes from the file's start.
        at: u64,
        /// The bytes to write.
        bytes: Vec<u8>,
    },
    /// Close the file: everything is in it.
    Close,
}

/// Memory dropped events before they were written: the file ends before them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error("memory dropped {missing} events before they were written: choose a larger recording_bytes")]
pub struct FellBehind {
    /// Events that the file lacks.
    pub missing: u64,
}

/// The run that is kept as a file, if one is.
#[derive(Debug, Default)]
pub struct Keeping {
    run: Option<Kept>,
    /// The run that could not be written, or is not to be, and what it has.
    passed_over: Option<(u64, FileState)>,
}

#[derive(Debug)]
struct Kept {
    /// The event with which the run began, kept in memory or not: tells it from others.
    run_start: u64,
    /// The next event that the file does not have.
    next: u64,
    /// Where its frame goes.
    at: u64,
    state: State,
    /// Time of the newest event that the file has, µs.
    time_us: u64,
    /// All of these once the task in progress is done.
    planned: Planned,
    wrote_ms: f64,
}

/// How far the file is after a task.
#[derive(Clone, Copy, Debug)]
struct Planned {
    next: u64,
    at: u64,
    state: State,
    time_us: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    /// To be made before the next bytes are written.
    Wanted,
    Open,
    /// Open, with its end mark.
    Ended,
    /// With its end mark.
    Closed,
}

impl Keeping {
    /// The first event of the run that is kept as a file.
    pub fn run_start(&self) -> Option<u64> {
        self.run.as_ref().map(|kept| kept.run_start)
    }

    /// Leaves the run that begins there alone from now on: it cannot be written further.
    /// Its file is what is written so far, and `state` says why.
    pub fn give_up(&mut self, run_start: u64, state: FileState) {
        (self.run, self.passed_over) = (None, Some((run_start, state)));
    }

    /// Leaves the run that begins there alone: it came from a file.
    pub fn pass_over(&mut self, run_start: u64) {
        (self.run, self.passed_over) = (None, Some((run_start, FileState::None)));
    }

    /// What became of the run that begins there.
    pub fn file(&self, run_start: u64) -> FileState {
        match (&self.run, self.passed_over) {
            (Some(kept), _) if kept.run_start == run_start => match kept.state {
                State::Ended | State::Closed => FileState::Whole,
                State::Wanted | State::Open => FileState::Growing,
            },
            (_, Some((passed_over, state))) if passed_over == run_start => state,
            _ => FileState::None,
        }
    }

    /// Where the file has to end that could not be written further.
    pub fn whole_bytes(&self) -> u64 {
        self.run.as_ref().map_or(0, |kept| kept.at)
    }

    /// The task of [`Self::plan`] was carried out.
    pub fn done(&mut self) {
        if let Some(kept) = &mut self.run {
            let Planned { next, at, state, time_us } = kept.planned;
            (kept.next, kept.at, kept.state, kept.time_us) = (next, at, state, time_us);
        }
    }

    /// What is to be done at `now_ms` for the newest run, which is to be kept where that
    /// `is_wanted`; `None` where there is nothing. After each task [`Self::done`], or
    /// [`Self::give_up`].
    ///
    /// # Errors
    /// [`FellBehind`]: the run cannot be written further.
    pub fn plan(&mut self, reader: &Reader<'_>, is_wanted: bool, now_ms: f64) -> Result<Option<Task>, FellBehind> {
        let (run, run_start) = (reader.run(), reader.run_start());
        if let Some(kept) = &mut self.run {
            let is_over = kept.run_start != run_start || !is_wanted;
            let end = if kept.run_start == run_start { run.end } else { run_start };
            if let Some(task) = kept.plan(reader, end, is_over, now_ms)? {
                return Ok(Some(task));
            }
            if !is_over {
                return Ok(None);
            }
            self.run = None;
        }
        if !is_wanted || run.is_empty() || self.passed_over.is_some_and(|passed_over| passed_over.0 == run_start) {
            return Ok(None);
        }
        let (next, state, time_us) = (run.start, State::Wanted, 0);
        let planned = Planned { next, at: 0, state: State::Open, time_us };
        self.run = Some(Kept { run_start, next, at: 0, state, time_us, planned, wrote_ms: now_ms });
        Ok(Some(Task::Create))
    }
}

impl Kept {
    fn plan(&mut self, reader: &Reader<'_>, end: u64, is_over: bool, now_ms: f64) -> Result<Option<Task>, FellBehind> {
        let has_more = self.next < end;
        let task = match (self.state, has_more) {
            (State::Wanted, _) => Some((Task::Create, State::Open)),
            (State::Closed, true) => Some((Task::Reopen, State::Open)),
            (State::Closed, false) => return Ok(None),
            (State::Ended, false) => Some((Task::Close, State::Closed)),
            // The next frame takes the place of the end mark.
            (State::Ended, true) | (State::Open, _) => None,
        };
        if let Some((task, state)) = task {
            self.planned = Planned { state, ..self.now() };
            return Ok(Some(task));
        }
        if self.at == 0 {
            return Ok(Some(self.begin(reader)));
        }
        let missing = reader.events().start.saturating_sub(self.next);
        if missing > 0 {
            return Err(FellBehind { missing });
        }
        let is_due = is_over || now_ms - self.wrote_ms >= PAUSE_MS;
        if has_more {
            let is_full = reader.sealed(self.next).is_some();
            return Ok(if is_due || is_full { self.frame(reader, end, now_ms) } else { None });
        }
        if !is_due {
            return Ok(None);
        }
        // Written without moving on: a run that goes on writes over it.
        self.planned = Planned { state: State::Ended, ..self.now() };
        Ok(Some(Task::Write { at: self.at, bytes: frame::of_end(self.next, self.time_us) }))
    }

    const fn now(&self) -> Planned {
        Planned { next: self.next, at: self.at, state: self.state, time_us: self.time_us }
    }

    /// The header, what the run is, and what was alive where the run's beginning is no longer kept.
    fn begin(&mut self, reader: &Reader<'_>) -> Task {
        let before = preamble(reader, self.next);
        let mut bytes = header().to_vec();
        // A run that has begun since has another manifest by now.
        let manifest = reader.manifest().filter(|_| reader.run_start() == self.run_start);
        bytes.extend(manifest.iter().flat_map(|text| frame::of_manifest(text)));
        preamble_frames(self.next, &before).iter().for_each(|frame| bytes.extend(frame));
        let time_us = before.last().map_or(0, |event| event.time_us);
        self.planned = Planned { at: bytes.len() as u64, state: State::Open, time_us, ..self.now() };
        Task::Write { at: 0, bytes }
    }

    fn frame(&mut self, reader: &Reader<'_>, end: u64, now_ms: f64) -> Option<Task> {
        let bytes = frame_within(reader, self.next..end)?;
        let next = chunk_end(self.next).min(end);
        let time_us = reader.event(next - 1).map_or(self.time_us, |event| event.time_us);
        self.planned = Planned { next, at: self.at + bytes.len() as u64, state: State::Open, time_us };
        self.wrote_ms = now_ms;
        Some(Task::Write { at: self.at, bytes })
    }
}
