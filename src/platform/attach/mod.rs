//! Pages that run the probe: how they are found, and how what they tell comes here.
//!
//! ```text
//! a page of this origin ── BroadcastChannel ─┐
//! opener, embedding page ── MessagePort ─────┼─▶ Link ─▶ Receiver ─▶ attached worker ─▶ EventLog
//! any page ── `arenascope serve` ── WebSocket ┘
//! ```
//!
//! The messages are those of `docs/probe-protocol.md`.

pub mod channel;
pub mod link;
mod message;
pub mod receiver;
pub mod relay;
pub mod windows;
