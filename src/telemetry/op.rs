//! What can happen, and what it means for what lives.

use crate::owner::Heap;

/// What happened. New operations go to the end: their numbers are in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Op {
    /// The arena gave a range.
    ArenaAllocate,
    /// The arena took a range back.
    ArenaFree,
    /// The arena refused; the detail is a [`Failure`], the rest of why is in the number
    /// and the offset, see [`super::refusal`].
    ArenaFailure,
    /// The arena was reset: every range is gone.
    ArenaReset,
    /// The pool created a resource.
    PoolCreate,
    /// The pool reused one.
    PoolReuse,
    /// A resource was given back.
    PoolRelease,
    /// A resource was destroyed; the detail is the position of the reason in
    /// `pool::DestroyReason::ALL`, plus one; 0 where a new run dropped it.
    PoolDestroy,
    /// The budget refused; the detail is 0 at the category's limit, 1 at the
    /// total, 2 for an error of its books, 3 at the tag, 4 at the heap, 5 where what
    /// is free is guaranteed to others.
    BudgetRefusal,
    /// Work was submitted to the GPU; the number is the submission's.
    Submit,
    /// A neural network ran.
    NnDispatch,
    /// A range grew or shrank where it lies; offset and size are the new ones.
    ArenaResize,
    /// A graph was charged for its constants on the neural-network device.
    NpuCharge,
    /// They were given back.
    NpuRelease,
    /// The budget's pressure changed, in total; the detail is the new level, 0 the
    /// lowest, the size what is claimed, the offset the limit.
    PressureChange,
    /// The GPU device was lost; its resources are destroyed one by one.
    DeviceLoss,
    /// The GPU has finished a submission and all before it.
    Complete,
    /// A run began: nothing lives. Offset and size are where the arena's payload
    /// begins and the arena's capacity. Times count from here.
    RunStart,
    /// A ring was full: as many events as the size says are missing here.
    Lost,
    /// The pool of tensors created one.
    TensorCreate,
    /// It reused one.
    TensorReuse,
    /// A tensor was given back.
    TensorRelease,
    /// A tensor was destroyed.
    TensorDestroy,
}

/// What an event does to the thing that its number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It begins to live in this heap.
    Begins(Heap),
    /// It lives on, changed.
    Changes(Heap),
    /// It ends.
    Ends(Heap),
    /// Nothing lives or dies.
    Notes,
}

impl Op {
    /// Every operation, in order.
    pub const ALL: [Self; 23] = [
        Self::ArenaAllocate,
        Self::ArenaFree,
        Self::ArenaFailure,
        Self::ArenaReset,
        Self::PoolCreate,
        Self::PoolReuse,
        Self::PoolRelease,
        Self::PoolDestroy,
        Self::BudgetRefusal,
        Self::Submit,
        Self::NnDispatch,
        Self::ArenaResize,
        Self::NpuCharge,
        Self::NpuRelease,
        Self::PressureChange,
        Self::DeviceLoss,
        Self::Complete,
        Self::RunStart,
        Self::Lost,
        Self::TensorCreate,
        Self::TensorReuse,
        Self::TensorRelease,
        Self::TensorDestroy,
    ];

    /// Position in [`Self::ALL`].
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What it does to the thing that its number names. The end of everything at
    /// once ([`Self::ArenaReset`], [`Self::RunStart`]) names nothing.
    pub const fn role(self) -> Role {
        match self {
            Self::ArenaAllocate => Role::Begins(Heap::Arena),
            Self::ArenaResize => Role::Changes(Heap::Arena),
            Self::ArenaFree => Role::Ends(Heap::Arena),
            Self::PoolCreate => Role::Begins(Heap::Device),
            Self::PoolReuse | Self::PoolRelease => Role::Changes(Heap::Device),
            Self::PoolDestroy => Role::Ends(Heap::Device),
            Self::NpuCharge | Self::TensorCreate => Role::Begins(Heap::Npu),
            Self::TensorReuse | Self::TensorRelease => Role::Changes(Heap::Npu),
            Self::NpuRelease | Self::TensorDestroy => Role::Ends(Heap::Npu),
            _ => Role::Notes,
        }
    }

    /// True where something was refused or went wrong.
    pub const fn is_failure(self) -> bool {
        matches!(self, Self::ArenaFailure | Self::BudgetRefusal | Self::DeviceLoss | Self::Lost)
    }

    /// The name in files: `arena_allocate`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::ArenaAllocate => "arena_allocate",
            Self::ArenaFree => "arena_free",
            Self::ArenaFailure => "arena_failure",
            Self::ArenaReset => "arena_reset",
            Self::PoolCreate => "pool_create",
            Self::PoolReuse => "pool_reuse",
            Self::PoolRelease => "pool_release",
            Self::PoolDestroy => "pool_destroy",
            Self::BudgetRefusal => "budget_refusal",
            Self::Submit => "submit",
            Self::NnDispatch => "nn_dispatch",
            Self::ArenaResize => "arena_resize",
            Self::NpuCharge => "npu_charge",
            Self::NpuRelease => "npu_release",
            Self::PressureChange => "pressure_change",
            Self::DeviceLoss => "device_loss",
            Self::Complete => "complete",
            Self::RunStart => "run_start",
            Self::Lost => "lost",
            Self::TensorCreate => "tensor_create",
            Self::TensorReuse => "tensor_reuse",
            Self::TensorRelease => "tensor_release",
            Self::TensorDestroy => "tensor_destroy",
        }
    }
}

/// Why the arena refused: the detail of an [`Op::ArenaFailure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Failure {
    /// Too little is free in all.
    Full,
    /// Enough is free, in pieces too small.
    Fragmented,
    /// The table of ranges is full.
    NoNodes,
    /// The request makes no sense.
    Invalid,
    /// Another thread held the arena for too long.
    Contended,
}

impl Failure {
    /// Every cause, in order.
    pub const ALL: [Self; 5] = [Self::Full, Self::Fragmented, Self::NoNodes, Self::Invalid, Self::Contended];

    /// The cause that a detail stands for.
    pub fn from_detail(detail: u8) -> Option<Self> {
        Self::ALL.get(usize::from(detail)).copied()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    #[test]
    fn operations_are_numbered_in_order_and_named_once() {
        for (index, op) in Op::ALL.into_iter().enumerate() {
            assert_eq!(op.index(), index);
        }
        assert_eq!(Op::ALL.into_iter().map(Op::key).collect::<BTreeSet<_>>().len(), Op::ALL.len());
        for (detail, cause) in (0..).zip(Failure::ALL) {
            assert_eq!(Failure::from_detail(detail), Some(cause));
        }
    }
}
