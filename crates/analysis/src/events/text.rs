//! Events in words: what happened, how it went, and why.

use crate::run::names::Names;
use crate::timeline::text::limit_change_text;
use arenascope_budget::Pressure;
use arenascope_pool::DestroyReason;
use arenascope_recording::Kind;
use arenascope_telemetry::event::{Event, FailureReason, NOBODY, Op, Role};
use arenascope_telemetry::refusal::ArenaRefusal;
use arenascope_units::Bytes;
use arenascope_units::owner::MemoryCategory;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// Whether what an event tells of was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
pub enum Outcome {
    /// What was asked for was done.
    Done,
    /// It was refused, failed, or was lost.
    Failed,
    /// Nobody saw it, or saw it right: the recorder put it in, or put it right.
    Inferred,
}

impl Outcome {
    /// Every outcome, in the order of menus.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// Of events of a kind.
    pub fn of(kind: Kind) -> Self {
        match kind.op() {
            op if op.is_failure() => Self::Failed,
            _ if kind.is_inferred() || kind.is_corrected() => Self::Inferred,
            _ => Self::Done,
        }
    }

    /// The name in menus and addresses.
    pub fn key(self) -> &'static str {
        self.into()
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
        Op::LimitChange => "Limit change",
        Op::RunStart => "Run start",
        Op::Lost => "Events lost",
        Op::Allocate => "Allocate (no address)",
        Op::Free => "Free (no address)",
        Op::Resize => "Resize (no address)",
        Op::FreeRequest => "Free requested (no address)",
        Op::ArenaFreeRequest => "Free requested",
        Op::Reserve => "Reserve",
        Op::Release => "Release",
        Op::Mark => "Mark",
        Op::Capacity => "Address space grew",
    }
}

/// Operations as menus group them.
pub const OP_GROUPS: [(&str, &[Op]); 5] = [
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
    ("Run and budget", &[Op::BudgetRefusal, Op::PressureChange, Op::LimitChange, Op::RunStart, Op::Lost]),
    (
        "Other tools",
        &[
            Op::Allocate,
            Op::Free,
            Op::Resize,
            Op::FreeRequest,
            Op::ArenaFreeRequest,
            Op::Reserve,
            Op::Release,
            Op::Mark,
            Op::Capacity,
        ],
    ),
];

/// The name of a thread by its ring, as everywhere on the page: the engine opens the first.
pub fn thread_label(thread: u8, names: &Names) -> String {
    crate::run::threads::thread_name(thread, names)
}

/// The category of a kind; `None` for what concerns nobody's memory.
pub fn category_of(kind: Kind) -> Option<MemoryCategory> {
    let is_nobodys = kind.owner() == NOBODY && kind.role() == Role::Notes;
    (!is_nobodys).then_some(kind.owner().category)
}

/// The name of a kind's tag; nothing for what concerns nobody's memory.
pub fn tag_label(kind: Kind, names: &Names) -> &str {
    if category_of(kind).is_none() { "" } else { names.tag(kind.owner().tag) }
}

/// Why, in a word or two; empty where there is nothing to say.
pub fn cause(kind: Kind) -> &'static str {
    if kind.is_inferred() {
        return "not seen";
    }
    if kind.is_corrected() {
        return "put right";
    }
    detail_text(kind.op(), kind.detail())
}

/// What a detail says of an operation.
pub fn detail_text(op: Op, detail: u8) -> &'static str {
    match op {
        Op::ArenaFailure => FailureReason::from_detail(detail).map_or("", FailureReason::label),
        Op::BudgetRefusal => refusal_text(detail),
        Op::PoolDestroy => destroy_text(detail),
        Op::PressureChange => Pressure::ALL.get(usize::from(detail)).map_or("", |level| level.key()),
        _ => "",
    }
}

const fn refusal_text(detail: u8) -> &'static str {
    match detail {
        0 => "category limit",
        1 => "total limit",
        2 => "error of the accounting",
        3 => "tag limit",
        4 => "heap limit",
        5 => "guaranteed to others",
        _ => "",
    }
}

fn destroy_text(detail: u8) -> &'static str {
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
pub fn result_text(event: &Event, kind: Kind, names: &Names) -> String {
    if event.op == Op::LimitChange {
        return limit_change_text(event, names);
    }
    let ran_out = |refusal: &ArenaRefusal| matches!(refusal.reason, FailureReason::Full | FailureReason::Fragmented);
    match ArenaRefusal::of(event).filter(ran_out) {
        Some(ArenaRefusal { index_thousandths, largest_free_bytes, .. }) => {
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
            let words: BTreeSet<_> = details.clone().map(|detail| detail_text(op, detail)).collect();
            assert_eq!(words.len(), details.len(), "{op:?}");
            assert!(!words.contains(""), "{op:?}");
            assert_eq!(detail_text(op, 200), "");
        }
        assert_eq!(detail_text(Op::PressureChange, 0), Pressure::ALL[0].key());
    }

    #[test]
    fn a_refusal_is_told_with_its_numbers() {
        let refusal =
            ArenaRefusal { reason: FailureReason::Fragmented, index_thousandths: 912, largest_free_bytes: 3 << 19 };
        let (id, offset_bytes) = refusal.to_words();
        let event =
            Event { id, offset_bytes, detail: FailureReason::Fragmented as u8, ..Event::note(1, Op::ArenaFailure) };
        let kind = kind_of(&event);
        assert_eq!(result_text(&event, kind, &Names::engine()), "fragmented · index 0.912 · largest 1.5 MiB");
        assert_eq!(Outcome::of(kind), Outcome::Failed);
        let seen = Event::note(1, Op::ArenaFree);
        assert_eq!(
            (result_text(&seen, kind_of(&seen), &Names::engine()), Outcome::of(kind_of(&seen))),
            ("".into(), Outcome::Done)
        );
        let unseen = Event { detail: arenascope_recording::INFERRED, ..seen };
        assert_eq!((cause(kind_of(&unseen)), Outcome::of(kind_of(&unseen))), ("not seen", Outcome::Inferred));
    }

    /// The kind as the recording has it.
    fn kind_of(event: &Event) -> Kind {
        let log = arenascope_recording::EventLog::default();
        let mut recorder = arenascope_recording::Recorder::new(&log);
        recorder.take(*event);
        recorder.publish();
        let mut reader = arenascope_recording::Reader::new(&log);
        reader.refresh();
        reader.kind(0).unwrap()
    }
}
