//! What threads wait on and tell each other by, without the arena: a lock, tickets,
//! a safepoint, seats, and what is left for another thread to find.

pub(crate) mod atomics;
pub(crate) mod inbox;
#[expect(unsafe_code, reason = "hands out a lock's value; see the SAFETY comments")]
pub(crate) mod lock;
pub(crate) mod registry;
pub(crate) mod remote;
pub(crate) mod safepoint;
pub(crate) mod ticket;
pub(crate) mod wait;
