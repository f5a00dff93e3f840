//! Where to jump: to failed allocations, refusals by the budget, changes of pressure,
//! losses, starts of runs.

use arenascope_recording::{Kind, Reader};
use arenascope_telemetry::event::Op;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landmark {
    /// An allocation that the arena refused.
    FailedAllocation,
    /// A reservation that the budget refused: the arena was not asked.
    BudgetRefusal,
    /// A change of the budget's pressure.
    Pressure,
    /// Missing events, or an end that nobody saw.
    Loss,
    /// A loss of the GPU device.
    DeviceLoss,
    /// A limit of the budget that was changed by hand or by a script.
    LimitChange,
    /// The start of a run.
    Run,
}

/// Which way a jump goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Way {
    /// To earlier events.
    Back,
    /// To later ones.
    On,
}

impl Landmark {
    /// Those that are worth a mark on a chart of one run.
    pub const MARKED: [Self; 6] =
        [Self::FailedAllocation, Self::BudgetRefusal, Self::Pressure, Self::Loss, Self::DeviceLoss, Self::LimitChange];

    /// Its name within a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::FailedAllocation => "failed allocation",
            Self::BudgetRefusal => "refusal by the budget",
            Self::Pressure => "change of pressure",
            Self::Loss => "loss",
            Self::DeviceLoss => "lost device",
            Self::LimitChange => "change of limits",
            Self::Run => "start of a run",
        }
    }

    /// Whether an event of this kind is one.
    pub fn is_at(self, kind: Kind) -> bool {
        match self {
            Self::FailedAllocation => kind.op() == Op::ArenaFailure,
            Self::BudgetRefusal => kind.op() == Op::BudgetRefusal,
            Self::Pressure => kind.op() == Op::PressureChange,
            Self::Loss => kind.op() == Op::Lost || kind.is_inferred(),
            Self::DeviceLoss => kind.op() == Op::DeviceLoss,
            Self::LimitChange => kind.op() == Op::LimitChange,
            Self::Run => kind.op() == Op::RunStart,
        }
    }

    /// The first one at or after an event. O(events passed over).
    pub fn next(self, reader: &Reader<'_>, from: u64) -> Option<u64> {
        reader.scan(from..u64::MAX, |kind| self.is_at(kind)).next()
    }

    /// The first one of the newest run. O(events passed over).
    pub fn first(self, reader: &Reader<'_>) -> Option<u64> {
        let run = reader.run();
        reader.scan(run, |kind| self.is_at(kind)).next()
    }

    /// The one of the newest run that is next to a moment: after it, or before the event
    /// that it is just after. O(events passed over).
    pub fn beside(self, reader: &Reader<'_>, moment: u64, way: Way) -> Option<u64> {
        let found = match way {
            Way::On => self.next(reader, moment),
            // The moment is after its event: the one before is looked for.
            Way::Back => self.previous(reader, moment.saturating_sub(1)),
        };
        found.filter(|event| reader.run().contains(event))
    }

    /// The last one before an event. O(events passed over).
    pub fn previous(self, reader: &Reader<'_>, before: u64) -> Option<u64> {
        reader.scan(0..before, |kind| self.is_at(kind)).next_back()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_recording::{EventLog, Recorder};
    use arenascope_telemetry::event::Event;

    #[test]
    fn failed_allocations_and_refusals_by_the_budget_are_told_apart() {
        let ops = [Op::RunStart, Op::BudgetRefusal, Op::ArenaFailure, Op::BudgetRefusal, Op::ArenaFailure, Op::Submit];
        let log = EventLog::default();
        let mut recorder = Recorder::new(&log);
        (0..).zip(ops).for_each(|(time_us, op)| recorder.take(Event::note(time_us, op)));
        recorder.publish();
        let mut reader = Reader::new(&log);
        reader.refresh();
        let all = |landmark: Landmark| reader.scan(0..u64::MAX, move |kind| landmark.is_at(kind)).collect::<Vec<_>>();
        assert_eq!(all(Landmark::FailedAllocation), [2, 4]);
        assert_eq!(all(Landmark::BudgetRefusal), [1, 3]);
        let failed = Landmark::FailedAllocation;
        assert_eq!(
            (failed.first(&reader), failed.next(&reader, 3), failed.previous(&reader, 4)),
            (Some(2), Some(4), Some(2))
        );
        assert_eq!(Landmark::DeviceLoss.first(&reader), None);
        // Just after the failure at 4 the one before is at 2; there is none after.
        assert_eq!((failed.beside(&reader, 5, Way::Back), failed.beside(&reader, 5, Way::On)), (Some(2), None));
        assert_eq!((failed.beside(&reader, 0, Way::On), failed.beside(&reader, 3, Way::Back)), (Some(2), None));
    }
}
