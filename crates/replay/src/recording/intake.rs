//! Takes in what any tool recorded, as far as it can be replayed.

use super::{DecodeError, Recorder, Recording};
use arenascope_trace::{Action, CannotTell, Event, Manifest, Sink, SpaceId, Stacks, Stopped};
use std::collections::{BTreeMap, HashMap};
use thiserror::Error;

/// What a replay cannot do without.
const NEEDED: [CannotTell; 3] = [CannotTell::Allocations, CannotTell::History, CannotTell::Frees];

/// What a source lacks that a replay cannot do without, each with the reason in the words
/// of its format.
///
/// ```
/// # use arenascope_replay::Intake;
/// # use arenascope_trace::{CannotTell, Sink};
/// let mut intake = Intake::default();
/// intake.manifest().lacks(CannotTell::Frees, "only what lives is in a snapshot");
/// assert!(intake.begin().is_err());
/// let lacking = intake.finish().unwrap_err();
/// assert!(lacking.reasons.contains_key(&CannotTell::Frees));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Error)]
#[error("{label}: what a replay needs is not in it: {}", listed(reasons))]
pub struct Lacking {
    /// The format's name for people.
    pub label: String,
    /// What is missing, and why.
    pub reasons: BTreeMap<CannotTell, String>,
}

/// `single allocations (only sums), more than one moment (…)`.
fn listed(reasons: &BTreeMap<CannotTell, String>) -> String {
    let each: Vec<_> = reasons.iter().map(|(&what, why)| format!("{} ({why})", missing(what))).collect();
    each.join(", ")
}

const fn missing(what: CannotTell) -> &'static str {
    match what {
        CannotTell::Allocations => "single allocations",
        CannotTell::History => "more than one moment",
        _ => "when memory is given back",
    }
}

/// A recording taken in, and what its source said beside.
///
/// ```
/// # use arenascope_replay::Intake;
/// let taken = Intake::default().finish()?;
/// assert!(taken.recording.is_empty() && taken.stopped.is_none());
/// # Ok::<(), arenascope_replay::Lacking>(())
/// ```
#[derive(Debug)]
pub struct Taken {
    /// The operations, all good.
    pub recording: Recording,
    /// What the source said of itself.
    pub manifest: Manifest,
    /// Address spaces in which something was allocated.
    pub spaces_used: usize,
    /// Events that the source says are missing; one where it does not say how many.
    pub events_lost: u64,
    /// What ended the intake early.
    pub stopped: Option<DecodeError>,
}

/// Takes in what any tool recorded: a [`Sink`]. Every allocation of every address space is
/// one of the same recording; a resize is a free and an allocation; what is requested to be
/// freed is freed once others may have it.
///
/// ```
/// use arenascope_formats::import;
/// use arenascope_replay::Intake;
/// use arenascope_units::Bytes;
/// let mut intake = Intake::default();
/// let csv = "buffer_id,start,end,size\n0,0,10,100\n1,5,15,50\n";
/// import::read(csv.as_bytes(), &mut intake)?;
/// let taken = intake.finish()?;
/// assert_eq!(taken.manifest.source.format, "minimalloc");
/// assert_eq!((taken.recording.len(), taken.recording.live_peak()), (4, Bytes::new(150)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Default)]
pub struct Intake {
    recorder: Recorder,
    manifest: Manifest,
    stacks: Stacks,
    /// The number of each allocation that lives.
    living: HashMap<u64, u64>,
    allocations: u64,
    /// A bit for each address space with an allocation.
    spaces_used: u64,
    events_lost: u64,
    stopped: Option<DecodeError>,
}

impl Intake {
    /// What has been taken in. [`Stopped`] of a reader is told here: why.
    ///
    /// # Errors
    /// [`Lacking`].
    ///
    /// ```
    /// # use arenascope_replay::Intake;
    /// assert!(Intake::default().finish()?.recording.is_empty());
    /// # Ok::<(), arenascope_replay::Lacking>(())
    /// ```
    pub fn finish(self) -> Result<Taken, Lacking> {
        let lacking = self.lacking();
        if !lacking.reasons.is_empty() {
            return Err(lacking);
        }
        let Self { recorder, manifest, spaces_used, events_lost, stopped, .. } = self;
        let spaces_used = spaces_used.count_ones() as usize;
        Ok(Taken { recording: recorder.finish(), manifest, spaces_used, events_lost, stopped })
    }

    fn lacking(&self) -> Lacking {
        let Manifest { source, cannot_tell, .. } = &self.manifest;
        let reasons = cannot_tell.iter().filter(|(what, _)| NEEDED.contains(what));
        let reasons = reasons.map(|(&what, why)| (what, why.clone())).collect();
        Lacking { label: source.label.clone(), reasons }
    }

    fn allocate(&mut self, id: u64, space: SpaceId, bytes: u64) -> Result<(), DecodeError> {
        // Of one number twice, the first ended unseen.
        if let Some(before) = self.living.insert(id, self.allocations) {
            self.recorder.free(before);
        }
        self.allocations += 1;
        self.spaces_used |= 1 << (space.0 % 64);
        self.recorder.allocate(bytes)
    }

    fn take(&mut self, action: Action) -> Result<(), DecodeError> {
        match action {
            Action::Allocate { id, space, bytes, .. } => self.allocate(id, space, bytes)?,
            Action::Free { id } => match self.living.remove(&id) {
                Some(number) => self.recorder.free(number),
                None => self.recorder.note_unknown(),
            },
            Action::Resize { id, bytes } => match self.living.get(&id) {
                Some(&number) => self.recorder.reallocate(number, bytes)?,
                None => self.recorder.note_unknown(),
            },
            Action::Lost { count } => self.events_lost += count.max(1),
            Action::FreeRequested { .. }
            | Action::Reserve { .. }
            | Action::Release { .. }
            | Action::Fail { .. }
            | Action::Mark { .. } => {}
        }
        Ok(())
    }
}

impl Sink for Intake {
    fn manifest(&mut self) -> &mut Manifest {
        &mut self.manifest
    }

    fn stacks(&mut self) -> &mut Stacks {
        &mut self.stacks
    }

    fn extent(&mut self, _: SpaceId, _: u64, _: u64) {}

    fn begin(&mut self) -> Result<(), Stopped> {
        if self.lacking().reasons.is_empty() { Ok(()) } else { Err(Stopped) }
    }

    fn event(&mut self, event: Event) -> Result<(), Stopped> {
        self.take(event.action).map_err(|error| {
            self.stopped = Some(error);
            Stopped
        })
    }
}

#[cfg(test)]
mod tests {
    use super::super::Operation;
    use super::*;
    use arenascope_trace::{CategoryId, Site, Totals};
    use arenascope_units::Bytes;
    use proptest::prelude::*;

    fn told(actions: impl IntoIterator<Item = Action>) -> Taken {
        let mut intake = Intake::default();
        for action in actions {
            intake.event(Event { time_us: 0, thread: 0, site: Site::NONE, action }).unwrap();
        }
        intake.finish().unwrap()
    }

    const fn allocate(id: u64, bytes: u64) -> Action {
        Action::Allocate { id, space: SpaceId((id % 3) as u8), address: 0, bytes, category: CategoryId(0) }
    }

    fn shown(recording: &Recording) -> String {
        let line = |operation| match operation {
            Operation::Allocate { slot, size } => format!("{}={size} ", slot.index()),
            Operation::Free { slot } => format!("{}! ", slot.index()),
        };
        recording.operations(0..usize::MAX).map(line).collect()
    }

    #[test]
    fn whatever_ids_are_they_name_allocations() {
        let far = u64::MAX;
        let free = |id| Action::Free { id };
        let taken = told([allocate(far, 10), allocate(7, 0), Action::FreeRequested { id: far }, free(far), free(far)]);
        assert_eq!(shown(&taken.recording), "0=10 1=1 0! ");
        assert_eq!((taken.recording.frees_unknown(), taken.recording.looks_numbered_from_one()), (1, false));
        assert_eq!(taken.spaces_used, 2);
    }

    #[test]
    fn a_number_that_lives_twice_ended_unseen() {
        let taken = told([allocate(1, 10), allocate(1, 20), Action::Free { id: 1 }]);
        assert_eq!(shown(&taken.recording), "0=10 0! 0=20 0! ");
    }

    #[test]
    fn resizes_and_losses_are_counted() {
        let resize = |id, bytes| Action::Resize { id, bytes };
        let lost = [0, 41].map(|count| Action::Lost { count });
        let taken = told([allocate(1, 10), resize(1, 30), resize(2, 5)].into_iter().chain(lost));
        assert_eq!(shown(&taken.recording), "0=10 0! 0=30 ");
        assert_eq!((taken.recording.reallocations(), taken.recording.frees_unknown()), (1, 1));
        assert_eq!(taken.events_lost, 42);
    }

    #[test]
    fn what_is_missing_is_named_before_any_event() {
        let mut intake = Intake::default();
        *intake.manifest() = Manifest::of("dhat", "DHAT");
        intake.manifest().lacks(CannotTell::Stacks, "of no importance");
        assert!(intake.begin().is_ok());
        intake.manifest().lacks(CannotTell::Allocations, "only sums");
        intake.manifest().lacks(CannotTell::History, "one moment");
        assert!(intake.begin().is_err());
        assert_eq!(
            intake.finish().unwrap_err().to_string(),
            "DHAT: what a replay needs is not in it: single allocations (only sums), more than one moment (one moment)"
        );
    }

    proptest! {
        /// Of sizes of at least one byte, as no bytes are taken as one.
        #[test]
        fn peaks_are_those_of_the_run(steps in prop::collection::vec((0_u64..12, any::<bool>(), 1_u64..100), 0..200)) {
            let actions = steps.iter().map(|&(id, is_free, bytes)| if is_free { Action::Free { id } } else { allocate(id, bytes) });
            let actions: Vec<_> = actions.collect();
            let mut totals = Totals::default();
            for &action in &actions {
                totals.event(Event { time_us: 0, thread: 0, site: Site::NONE, action }).unwrap();
            }
            let recording = told(actions).recording;
            prop_assert_eq!(recording.live_peak(), Bytes::new(totals.all.peak_bytes));
            prop_assert_eq!(recording.allocations(), totals.allocations);
            prop_assert_eq!(recording.allocations() - recording.frees(), totals.all.count);
            prop_assert_eq!(recording.frees_unknown(), totals.unmatched);
        }
    }
}
