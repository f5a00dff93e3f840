//! What can happen, and what it means for what lives.

use arenascope_units::owner::Heap;
use strum::{EnumCount, IntoStaticStr, VariantArray};

/// What happened. New operations go to the end: their numbers are in files.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr, EnumCount, VariantArray)]
#[strum(serialize_all = "snake_case")]
#[repr(u8)]
pub enum Op {
    /// The arena gave a range.
    ArenaAllocate,
    /// The arena took a range back.
    ArenaFree,
    /// The arena refused; the detail is a [`FailureReason`], the rest of why is in the number
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
    /// total, 2 for an error of its accounting, 3 at the tag, 4 at the heap, 5 where what
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
    /// A run began: nothing lives. The number is the run's, see
    /// [`RunNumber`](super::run::RunNumber); 0 in recordings made before runs had one. Offset
    /// and size are where the arena's payload begins and the arena's capacity. Times
    /// count from here.
    RunStart,
    /// A ring was full: as many events as the size says are missing here.
    Lost,
    /// The pool of tensors created one.
    TensorCreate,
    /// The pool of tensors reused one.
    TensorReuse,
    /// A tensor was given back.
    TensorRelease,
    /// A tensor was destroyed.
    TensorDestroy,
    /// A limit of the budget was changed by hand or by a script: one event for each bound,
    /// see [`LimitChanged`](super::limit_change::LimitChanged).
    LimitChange,
    /// Memory was taken in a space without addresses, as another tool recorded it.
    Allocate,
    /// It was given back.
    Free,
    /// It lives on with the size that the event says.
    Resize,
    /// It was given back by its holder, and cannot be taken by others yet.
    FreeRequest,
    /// The same of a range with an address.
    ArenaFreeRequest,
    /// A range of an address space got memory behind it: a segment, a block.
    Reserve,
    /// It lost it again.
    Release,
    /// Something worth a mark: the number is the text's in the run's manifest.
    Mark,
    /// The address spaces of the run take more room: the size is that of all.
    Capacity,
}

/// What an event does to the thing that its number names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It begins to live in this heap.
    Begins(Heap),
    /// It lives on, changed.
    Changes(Heap),
    /// It ends: what it held is free.
    Ends(Heap),
    /// Nothing lives or dies.
    Notes,
}

impl Op {
    /// Every operation, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// Position in [`Self::ALL`], which is also the number in records and files.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// What it does to the thing that its number names. The end of everything at
    /// once ([`Self::ArenaReset`], [`Self::RunStart`]) names nothing.
    pub const fn role(self) -> Role {
        match self {
            Self::ArenaAllocate => Role::Begins(Heap::Arena),
            Self::ArenaResize | Self::ArenaFreeRequest => Role::Changes(Heap::Arena),
            Self::ArenaFree => Role::Ends(Heap::Arena),
            Self::PoolCreate | Self::Allocate => Role::Begins(Heap::Device),
            Self::PoolReuse | Self::PoolRelease | Self::Resize | Self::FreeRequest => Role::Changes(Heap::Device),
            Self::PoolDestroy | Self::Free => Role::Ends(Heap::Device),
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
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// Why the arena refused: the detail of an [`Op::ArenaFailure`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, EnumCount, VariantArray)]
#[repr(u8)]
pub enum FailureReason {
    /// Too little is free in all.
    Full,
    /// Enough is free, in pieces too small.
    Fragmented,
    /// The table of ranges is full.
    OutOfNodes,
    /// The request makes no sense.
    InvalidLayout,
    /// Another thread held the arena for too long.
    Contended,
}

impl FailureReason {
    /// Every reason, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name for people: `out of nodes`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::Fragmented => "fragmented",
            Self::OutOfNodes => "out of nodes",
            Self::InvalidLayout => "invalid request",
            Self::Contended => "contended",
        }
    }

    /// The reason that a detail stands for.
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
        for (detail, cause) in (0..).zip(FailureReason::ALL) {
            assert_eq!(FailureReason::from_detail(detail), Some(cause));
        }
    }
}
