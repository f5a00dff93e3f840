//! Events in words: what happened, how it went, and why.

use crate::budget::Pressure;
use crate::owner::{MemoryCategory, Tag};
use crate::pool::DestroyReason;
use crate::recording::Kind;
use crate::telemetry::event::{Event, Failure, NOBODY, Op, Role};
use crate::telemetry::refusal::{Refusal, RefusalReason};
use crate::units::Bytes;
use crate::workload::tags;

/// How it went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was refused, failed, or was lost.
    Failed,
    /// Nobody saw it, or saw it right: the recorder put it in, or put it right.
    Inferred,
}

impl Outcome {
    /// Every outcome, in the order of menus.
    pub const ALL: [Self; 3] = [Self::Done, Self::Failed, Self::Inferred];

    /// Of events of a kind.
    pub fn of(kind: Kind) -> Self {
        match kind.op() {
            op if op.is_failure() => Self::Failed,
            _ if kind.is_inferred() || kind.is_corrected() => Self::Inferred,
            _ => Self::Done,
        }
    }

    /// The name in menus and addresses.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Done => "done",
            Self::Failed => "failed",
            Self::Inferred => "inferred",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Done => "Done",
            Self::Failed => "Refused or failed",
            Self::Inferred => "Put in by the recorder",
        }
    }
}

/// The name of an operation for people.
pub const fn op_label(op: Op) -> &'static str {
    match op {
        Op::ArenaAllocate => "Allocate",
        Op::ArenaFree => "Free",
        Op::ArenaFailure => "Allocation failed",
        Op::ArenaReset => "Reset",
        Op::ArenaResize => "Resize",
        Op::PoolCreate => "Create resource",
        Op::PoolReuse => "Reuse resource",
        Op::PoolRelease => "Release resource",
        Op::PoolDestroy => "Destroy resource",
        Op::TensorCreate => "Create tensor",
        Op::TensorReuse => "Reuse tensor",
        Op::TensorRelease => "Release tensor",
        Op::TensorDestroy => "Destroy tensor",
        Op::NpuCharge => "Build graph",
        Op::NpuRelease => "Drop graph",
        Op::NnDispatch => "Run network",
        Op::Submit => "Submit",
        Op::Complete => "Complete",
        Op::DeviceLoss => "Device lost",
        Op::BudgetRefusal => "Budget refusal",
        Op::PressureChange => "Pressure",
        Op::RunStart => "Run start",
        Op::Lost => "Events lost",
    }
}

/// Operations as menus group them.
pub const OP_GROUPS: [(&str, &[Op]); 4] = [
    ("Arena", &[Op::ArenaAllocate, Op::ArenaFree, Op::ArenaResize, Op::ArenaFailure, Op::ArenaReset]),
    (
        "GPU",
        &[Op::PoolCreate, Op::PoolReuse, Op::PoolRelease, Op::PoolDestroy, Op::Submit, Op::Complete, Op::DeviceLoss],
    ),
    (
        "NPU",
        &[
            Op::TensorCreate,
            Op::TensorReuse,
            Op::TensorRelease,
            Op::TensorDestroy,
            Op::NpuCharge,
            Op::NpuRelease,
            Op::NnDispatch,
        ],
    ),
    ("Run and budget", &[Op::BudgetRefusal, Op::PressureChange, Op::RunStart, Op::Lost]),
];

/// The name of a thread by its ring: the engine opens the first.
pub fn thread_label(thread: u8) -> String {
    if thread == 0 { "Engine".into() } else { format!("Thread {thread}") }
}

/// Tags with a name, in order.
pub fn named_tags() -> impl Iterator<Item = Tag> {
    (0..u16::MAX).map(Tag).take_while(|tag| tags::name(*tag) != "?")
}

/// The category of a kind; `None` for what concerns nobody's memory.
pub fn category_of(kind: Kind) -> Option<MemoryCategory> {
    let is_nobodys = kind.owner() == NOBODY && kind.role() == Role::Notes;
    (!is_nobodys).then_some(kind.owner().category)
}

/// The name of a kind's tag; nothing for what concerns nobody's memory.
pub fn tag_label(kind: Kind) -> &'static str {
    if category_of(kind).is_none() { "" } else { tags::name(kind.owner().tag) }
}

/// Why, in a word or two; empty where there is nothing to say.
pub fn cause(kind: Kind) -> &'static str {
    if kind.is_inferred() {
        return "not seen";
    }
    if kind.is_corrected() {
        return "put right";
    }
    detail_words(kind.op(), kind.detail())
}

/// What a detail says of an operation.
pub fn detail_words(op: Op, detail: u8) -> &'static str {
    match op {
        Op::ArenaFailure => Failure::from_detail(detail).map_or("", failure_words),
        Op::BudgetRefusal => refusal_words(detail),
        Op::PoolDestroy => destroy_words(detail),
        Op::PressureChange => Pressure::ALL.get(usize::from(detail)).map_or("", |level| level.key()),
        _ => "",
    }
}

const fn failure_words(failure: Failure) -> &'static str {
    match failure {
        Failure::Full => RefusalReason::Full.label(),
        Failure::Fragmented => RefusalReason::Fragmented.label(),
        Failure::NoNodes => RefusalReason::OutOfNodes.label(),
        Failure::Invalid => RefusalReason::InvalidLayout.label(),
        Failure::Contended => RefusalReason::Contended.label(),
    }
}

const fn refusal_words(detail: u8) -> &'static str {
    match detail {
        0 => "category limit",
        1 => "total limit",
        2 => "error of the books",
        3 => "tag limit",
        4 => "heap limit",
        5 => "guaranteed to others",
        _ => "",
    }
}

fn destroy_words(detail: u8) -> &'static str {
    let Some(reason) = detail.checked_sub(1) else { return "new run" };
    match DestroyReason::ALL.get(usize::from(reason)) {
        Some(DestroyReason::Limit) => "idle limit",
        Some(DestroyReason::Surplus) => "surplus",
        Some(DestroyReason::Age) => "idle too long",
        Some(DestroyReason::Pressure) => "budget pressure",
        Some(DestroyReason::Outgrown) => "outgrown",
        Some(DestroyReason::OutOfMemory) => "out of memory",
        Some(DestroyReason::Overflow) => "class overflow",
        Some(DestroyReason::DeviceLoss) => "device lost",
        Some(DestroyReason::CreationFailed) => "creation failed",
        None => "",
    }
}

/// How it went, with its numbers: `fragmented · index 0.912 · largest 1.2 MiB`.
pub fn result_words(event: &Event, kind: Kind) -> String {
    let ran_out = |refusal: &Refusal| matches!(refusal.reason, RefusalReason::Full | RefusalReason::Fragmented);
    match Refusal::of(event).filter(ran_out) {
        Some(Refusal { index_thousandths, largest_free_bytes, .. }) => {
            let index = f64::from(index_thousandths) / 1e3;
            format!("{} · index {index:.3} · largest {}", cause(kind), Bytes::new(largest_free_bytes))
        }
        None => cause(kind).into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn every_operation_has_a_name_and_one_place_in_the_menu() {
        assert_eq!(Op::ALL.map(op_label).into_iter().collect::<BTreeSet<_>>().len(), Op::ALL.len());
        let listed: Vec<Op> = OP_GROUPS.iter().flat_map(|(_, ops)| ops.iter().copied()).collect();
        assert_eq!(listed.iter().collect::<BTreeSet<_>>(), Op::ALL.iter().collect());
        assert_eq!(listed.len(), Op::ALL.len());
    }

    #[test]
    fn every_detail_that_the_engine_writes_has_words() {
        let written = [(Op::ArenaFailure, 0..5), (Op::BudgetRefusal, 0..6), (Op::PoolDestroy, 0..10)];
        for (op, details) in written {
            let words: BTreeSet<_> = details.clone().map(|detail| detail_words(op, detail)).collect();
            assert_eq!(words.len(), details.len(), "{op:?}");
            assert!(!words.contains(""), "{op:?}");
            assert_eq!(detail_words(op, 200), "");
        }
        assert_eq!(detail_words(Op::PressureChange, 0), Pressure::ALL[0].key());
    }

    #[test]
    fn a_refusal_is_told_with_its_numbers() {
        let refusal =
            Refusal { reason: RefusalReason::Fragmented, index_thousandths: 912, largest_free_bytes: 3 << 19 };
        let (id, offset_bytes) = refusal.to_words();
        let event = Event { id, offset_bytes, detail: Failure::Fragmented as u8, ..Event::note(1, Op::ArenaFailure) };
        let kind = kind_of(&event);
        assert_eq!(result_words(&event, kind), "fragmented · index 0.912 · largest 1.5 MiB");
        assert_eq!(Outcome::of(kind), Outcome::Failed);
        let seen = Event::note(1, Op::ArenaFree);
        assert_eq!((result_words(&seen, kind_of(&seen)), Outcome::of(kind_of(&seen))), ("".into(), Outcome::Done));
        let unseen = Event { detail: crate::recording::INFERRED, ..seen };
        assert_eq!((cause(kind_of(&unseen)), Outcome::of(kind_of(&unseen))), ("not seen", Outcome::Inferred));
    }

    /// The kind as the recording has it.
    fn kind_of(event: &Event) -> Kind {
        let log = crate::recording::EventLog::default();
        let mut recorder = crate::recording::Recorder::new(&log);
        recorder.take(*event);
        recorder.publish();
        let mut reader = crate::recording::Reader::new(&log);
        reader.refresh();
        reader.kind(0).unwrap()
    }
}
