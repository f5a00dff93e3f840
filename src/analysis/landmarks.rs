//! Where to jump: the next failure, change of pressure, loss, start of a run.

use crate::recording::{Kind, Reader};
use crate::telemetry::event::Op;

/// What is looked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Landmark {
    /// A refusal by the arena or the budget.
    Failure,
    /// A change of the budget's pressure.
    Pressure,
    /// Missing events, or an end that nobody saw.
    Loss,
    /// A lost device.
    DeviceLoss,
    /// The start of a run.
    Run,
}

impl Landmark {
    /// Those that are worth a mark on a chart of one run.
    pub const MARKED: [Self; 4] = [Self::Failure, Self::Pressure, Self::Loss, Self::DeviceLoss];

    /// Its name within a sentence.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Failure => "failure",
            Self::Pressure => "change of pressure",
            Self::Loss => "loss",
            Self::DeviceLoss => "lost device",
            Self::Run => "start of a run",
        }
    }

    /// Whether an event of this kind is one.
    pub fn is_at(self, kind: Kind) -> bool {
        match self {
            Self::Failure => matches!(kind.op(), Op::ArenaFailure | Op::BudgetRefusal),
            Self::Pressure => kind.op() == Op::PressureChange,
            Self::Loss => kind.op() == Op::Lost || kind.is_inferred(),
            Self::DeviceLoss => kind.op() == Op::DeviceLoss,
            Self::Run => kind.op() == Op::RunStart,
        }
    }

    /// The first one at or after an event. O(events passed over).
    pub fn next(self, reader: &Reader<'_>, from: u64) -> Option<u64> {
        reader.scan(from..u64::MAX, |kind| self.is_at(kind)).next()
    }

    /// The last one before an event. O(events passed over).
    pub fn previous(self, reader: &Reader<'_>, before: u64) -> Option<u64> {
        reader.scan(0..before, |kind| self.is_at(kind)).next_back()
    }
}
