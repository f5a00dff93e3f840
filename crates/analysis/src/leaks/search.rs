//! The search for growth without release between three marks, in steps. How many
//! there are does not depend on how much was recorded: the state at four moments,
//! then what came and went in each of sixteen pieces of time. So it ends, whatever
//! the rate of events.
//!
//! Everything grows while a run warms up. So one of a whole run is made of two: a suspect
//! must have been one also when the run was half as long.

use super::growth::{BIRTHS, Cleared, EXAMPLES, Finding, PIECES, Record};
use super::marks::{Mark, Marks, holdings};
use crate::recordings::flow::{Account, Counted, Flows, hands_out};
use crate::recordings::flow_index::FlowIndex;
use arenascope_recording::{AliveThing, Cursor, Reader, State};
use arenascope_telemetry::event::Op;
use arenascope_units::owner::Heap;
use core::ops::Range;
use std::collections::{BTreeMap, BTreeSet};
use thiserror::Error;

/// The borders at which the state is looked at: the marks, and the middle between the
/// second and the third.
const LOOKS: [usize; 4] = [0, BIRTHS, BIRTHS + PIECES / 4, PIECES];
/// Steps of a search between three marks; one of a whole run takes twice as many.
pub const STEPS: usize = LOOKS.len() + PIECES;

/// A mark of a search is no longer kept: its events made room for newer ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
#[error(
    "the mark at {:.2} s is no longer kept: the recording begins with event {first}",
    seconds(*.time_us)
)]
pub struct NotKept {
    /// When that was, µs since the run's start.
    pub time_us: u64,
    /// The oldest event that is kept.
    pub first: u64,
}

fn seconds(time_us: u64) -> f64 {
    time_us as f64 / 1e6
}

/// Nobody is accused before this time of a run: an engine that starts takes and does not give back
/// (the game loop's scene fills within 1.5 s).
const WARM_UP_US: u64 = 2_000_000;

/// A search between three marks.
#[derive(Clone, Debug)]
pub struct LeakSearch {
    marks: Marks,
    /// The pieces of time lie between these.
    borders: [Mark; PIECES + 1],
    records: BTreeMap<Account, Record>,
    done: usize,
    /// The same of the run when it was half as long: its steps come first.
    before: Option<Box<Self>>,
}

impl LeakSearch {
    /// A search that has looked at nothing; `None` where there is no time between
    /// the marks.
    pub fn new(reader: &Reader<'_>, marks: Marks) -> Option<Self> {
        let borders = marks.is_in_order().then(|| borders(reader, &marks))?;
        Some(Self { marks, borders, records: BTreeMap::new(), done: 0, before: None })
    }

    /// A search in a range of events of one run, between the marks of the range; `None`
    /// where there is too little of it to have a half.
    pub fn of_run(reader: &Reader<'_>, range: Range<u64>) -> Option<Self> {
        let marks = Marks::of_run(reader, range.clone())?;
        let (start_us, end_us) = (reader.time_us(range.start)?, marks.0[2].time_us);
        let half = reader.position_within(range.clone(), start_us + end_us.saturating_sub(start_us) / 2);
        let before = Self::new(reader, Marks::of_run(reader, range.start..half)?)?;
        Some(Self { before: Some(Box::new(before)), ..Self::new(reader, marks)? })
    }

    /// The marks that it searches between.
    pub const fn marks(&self) -> &Marks {
        &self.marks
    }

    /// Takes the next step: looks at what is alive at one moment, or at what came and
    /// went in one piece of time. True when all are taken. O(alive + chunk) where
    /// `flows` has taken in the full chunks since the first mark.
    ///
    /// # Errors
    /// [`NotKept`] where a mark made room meanwhile; nothing is changed, and the search
    /// cannot be finished.
    pub fn step(&mut self, reader: &Reader<'_>, flows: &FlowIndex) -> Result<bool, NotKept> {
        if let Some(before) = self.before.as_mut().filter(|before| before.done < STEPS) {
            return before.step(reader, flows).map(|_| false);
        }
        match (LOOKS.get(self.done), self.done.checked_sub(LOOKS.len())) {
            (Some(border), _) => self.look(reader, *border)?,
            (None, Some(piece)) if piece < PIECES => self.count(reader, flows, piece)?,
            _ => return Ok(true),
        }
        self.done += 1;
        Ok(self.done == STEPS)
    }

    /// Takes all the steps that are left.
    ///
    /// # Errors
    /// As [`Self::step`].
    pub fn finish(&mut self, reader: &Reader<'_>, flows: &FlowIndex) -> Result<(), NotKept> {
        while !self.step(reader, flows)? {}
        Ok(())
    }

    /// How far it is, from 0 to 1.
    pub fn progress(&self) -> f64 {
        let before = self.before.as_ref().map(|before| before.done);
        let steps = STEPS * if before.is_some() { 2 } else { 1 };
        (self.done + before.unwrap_or(0)) as f64 / steps as f64
    }

    /// The earliest mark that it still needs.
    pub fn first(&self) -> Mark {
        let before = self.before.as_ref().filter(|before| before.done < STEPS);
        before.map_or(self.marks.0[0], |before| before.first())
    }

    /// Checks that the earliest mark that it still needs is kept.
    ///
    /// # Errors
    /// [`NotKept`] where it did, and no step is left that looks at it.
    pub fn check_kept(&self, reader: &Reader<'_>) -> Result<(), NotKept> {
        let first = self.first();
        if self.done == 0 && first.position < reader.events().start {
            return Err(not_kept(reader, first));
        }
        Ok(())
    }

    /// Events between the first mark and the third.
    pub const fn events(&self) -> u64 {
        self.marks.0[2].position - self.marks.0[0].position
    }

    /// Everybody who took or gave back: suspects first, then by growth. O(owners).
    pub fn findings(&self) -> Vec<Finding> {
        let times = self.borders.map(|border| border.time_us);
        let of = |(account, record): (&Account, &Record)| record.finding(*account, &times);
        let mut findings: Vec<Finding> = self.records.iter().filter(|(_, record)| record.is_active()).map(of).collect();
        if let Some(before) = &self.before {
            let suspected: BTreeSet<Account> = before.suspects().collect();
            let is_warming_up = times[PIECES] < WARM_UP_US;
            let is_new = |finding: &&mut Finding| is_warming_up || !suspected.contains(&(finding.heap, finding.owner));
            let new = findings.iter_mut().filter(|finding| finding.is_suspect()).filter(is_new);
            new.for_each(|finding| finding.verdict = Err(Cleared::TooNew));
        }
        findings.sort_by_key(|finding| (!finding.is_suspect(), core::cmp::Reverse(finding.growth_bytes)));
        findings
    }

    fn suspects(&self) -> impl Iterator<Item = Account> {
        let suspects = self.findings().into_iter().filter(Finding::is_suspect);
        suspects.map(|finding| (finding.heap, finding.owner))
    }

    fn look(&mut self, reader: &Reader<'_>, border: usize) -> Result<(), NotKept> {
        let mark = self.borders[border];
        let mut cursor = Cursor::new();
        let state = cursor.seek(reader, mark.position).ok_or_else(|| not_kept(reader, mark))?;
        for (account, holding) in holdings(state) {
            let record = self.records.entry(account).or_default();
            match border {
                0 => record.held_at[0] = holding,
                BIRTHS => record.held_at[1] = holding,
                PIECES => record.held_at[2] = holding,
                _ => {}
            }
        }
        if border > BIRTHS {
            self.survivors(reader, state, border == PIECES);
        }
        Ok(())
    }

    /// Of what was taken between the first two marks, what is held in a state.
    fn survivors(&mut self, reader: &Reader<'_>, state: &State, is_last: bool) {
        for heap in Heap::ALL {
            for thing in state.of(heap).iter().filter(|thing| thing.is_held) {
                let Some(taken) = taken_with(reader, thing) else { continue };
                let after = self.borders[..=BIRTHS].partition_point(|border| border.position <= taken);
                let piece = after.checked_sub(1).filter(|piece| *piece < BIRTHS);
                let Some(piece) = piece else { continue };
                let record = self.records.entry((heap, thing.owner)).or_default();
                if is_last { record.survive(piece, taken) } else { record.settled += 1 }
            }
        }
    }

    fn count(&mut self, reader: &Reader<'_>, flows: &FlowIndex, piece: usize) -> Result<(), NotKept> {
        let [from, to] = [self.borders[piece], self.borders[piece + 1]];
        if from.position < reader.events().start {
            return Err(not_kept(reader, from));
        }
        let flows: Flows = flows.between(reader, from.position..to.position);
        for (account, flow) in flows.by_account() {
            self.records.entry(account).or_default().flows[piece] = flow;
        }
        Ok(())
    }
}

fn not_kept(reader: &Reader<'_>, mark: Mark) -> NotKept {
    NotKept { time_us: mark.time_us, first: reader.events().start }
}

/// The suspects in a range of events of one run, most bytes first; none where the
/// range has no time in it, or is no longer kept. O(events).
pub fn suspects(reader: &Reader<'_>, range: Range<u64>) -> Vec<Finding> {
    let Some(mut search) = LeakSearch::of_run(reader, range) else { return Vec::new() };
    if search.finish(reader, &FlowIndex::new(Counted::Held)).is_err() {
        return Vec::new();
    }
    search.findings().into_iter().filter(Finding::is_suspect).collect()
}

/// Eight pieces of equal time on either side of the second mark.
fn borders(reader: &Reader<'_>, marks: &Marks) -> [Mark; PIECES + 1] {
    let [first, second, third] = marks.0;
    core::array::from_fn(|border| {
        let (from, to, part) = if border < BIRTHS { (first, second, border) } else { (second, third, border - BIRTHS) };
        match part {
            0 => from,
            BIRTHS => to,
            _ => {
                let time_us = from.time_us + (to.time_us - from.time_us) * part as u64 / BIRTHS as u64;
                let position = reader.position_within(from.position..to.position, time_us);
                Mark { position, time_us }
            }
        }
    })
}

/// The event with which the holder of something got it. O(resizes since).
fn taken_with(reader: &Reader<'_>, thing: &AliveThing) -> Option<u64> {
    let mut at = thing.event;
    loop {
        match reader.kind(at)?.op() {
            Op::ArenaResize | Op::Resize | Op::ArenaFreeRequest | Op::FreeRequest => at = reader.previous(at)?,
            op => return hands_out(op).then_some(at),
        }
    }
}

impl Record {
    fn survive(&mut self, piece: usize, taken: u64) {
        self.held += 1;
        self.births |= 1 << piece;
        self.examples.push(taken);
        self.examples.sort_unstable();
        self.examples.truncate(EXAMPLES);
    }

    fn is_active(&self) -> bool {
        self.flows.iter().any(|flow| flow.came + flow.went > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Import};
    use arenascope_trace::{Action, Event, Frame, Manifest, Sink, Space};

    /// A run that others recorded, of memory with or without addresses: `load` keeps 12 KiB of
    /// each round, `draw` gives back 4 KiB.
    fn leaking(has_addresses: bool) -> EventLog {
        let log = EventLog::default();
        let mut import = Import::new(&log, |_| true);
        *import.manifest() = Manifest::of("test", "Test");
        let space = import.manifest().add_space(Space { has_addresses, granule_bytes: 1, ..Space::default() });
        let category = import.manifest().category("Heap");
        let sites = ["load", "draw"].map(|name| {
            let frame = import.stacks().intern(Frame { function: name.into(), ..Frame::default() });
            import.stacks().stack([frame])
        });
        import.extent(space, 0, 1 << 30);
        import.begin().unwrap();
        for round in 0..800 {
            let [kept, given_back] = [2 * round, 2 * round + 1];
            let allocate = |id, bytes| Action::Allocate {
                id,
                space,
                address: if id == kept { id << 14 } else { 1 << 29 },
                bytes,
                category,
            };
            let told = [
                (allocate(kept, 12 << 10), sites[0]),
                (Action::Resize { id: kept, bytes: 8 << 10 }, sites[1]),
                (allocate(given_back, 4 << 10), sites[1]),
                (Action::FreeRequested { id: given_back }, sites[0]),
                (Action::Free { id: given_back }, sites[0]),
            ];
            for (action, site) in told {
                import.event(Event { time_us: round * 10_000, thread: 0, site, action }).unwrap();
            }
        }
        import.finish();
        log
    }

    #[test]
    fn what_others_keep_is_found_with_addresses_and_without() {
        for (has_addresses, heap) in [(true, Heap::Arena), (false, Heap::Device)] {
            let log = leaking(has_addresses);
            let mut reader = Reader::new(&log);
            reader.refresh();
            let found = suspects(&reader, reader.run());
            let names: Vec<_> = found.iter().map(|finding| (finding.heap, finding.owner.tag.0)).collect();
            assert_eq!(names, [(heap, 0)], "{found:?}");
            assert_eq!((found[0].held, found[0].taken), (300, 300));
            let kinds: Vec<_> = found[0].examples.iter().map(|index| reader.kind(*index).unwrap().op()).collect();
            assert!(!kinds.is_empty() && kinds.into_iter().all(hands_out));
            // What is resized has its new size, and what is given back is gone.
            let mut search = LeakSearch::of_run(&reader, reader.run()).unwrap();
            search.finish(&reader, &FlowIndex::new(Counted::Held)).unwrap();
            let growth = |tag| search.findings().iter().find(|it| it.owner.tag.0 == tag).map(|it| it.growth_bytes);
            assert_eq!((growth(0), growth(1)), (Some(600 * (8 << 10)), Some(0)));
        }
    }
}
