//! What an allocator did.

/// What was done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Memory was taken, or refused: then the address is 0.
    Allocate,
    /// It was given back.
    Free,
    /// It has another size, and maybe another address; refused, the address is 0 and the
    /// old one stays.
    Reallocate,
}

impl Kind {
    pub(crate) const fn number(self) -> u32 {
        match self {
            Self::Allocate => 1,
            Self::Free => 2,
            Self::Reallocate => 3,
        }
    }

    pub(crate) const fn of(number: u32) -> Option<Self> {
        match number {
            1 => Some(Self::Allocate),
            2 => Some(Self::Free),
            3 => Some(Self::Reallocate),
            _ => None,
        }
    }
}

/// One operation of an allocator.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Operation {
    /// What was done.
    pub kind: Kind,
    /// Which thread did it: numbered in the order in which they first allocate, from 0, with
    /// the feature `threads`; else 0.
    pub thread: u32,
    /// The address; the new one of a reallocation.
    pub address: u64,
    /// The old address of a reallocation, else 0.
    pub old_address: u64,
    /// Bytes that were asked for; 0 of a free.
    pub bytes: u64,
}
