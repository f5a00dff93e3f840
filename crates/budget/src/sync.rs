//! The atomics and the lock that the budget is built on: those of the standard
//! library, or loom's, which try every interleaving of a model.

#[cfg(not(loom))]
mod primitives {
    pub(in super::super) use core::sync::atomic::{AtomicU64, Ordering};
    pub(in super::super) use std::sync::Mutex;
}

#[cfg(loom)]
mod primitives {
    pub(in super::super) use loom::sync::Mutex;
    pub(in super::super) use loom::sync::atomic::{AtomicU64, Ordering};
}

pub(super) use primitives::*;
