//! A global allocator that tells what it does.
//!
//! [`Profiled`] stands before any allocator, and writes every allocation, free and
//! reallocation, with its address, into a ring in its own memory. Arenascope's probe finds
//! the ring of a wasm module by the export `arenascope_ring_ptr`, and drains it; natively
//! [`Profiled::take`] does.
//!
//! ```
//! use arenascope_alloc::{Kind, Profiled};
//! use std::alloc::System;
//!
//! #[global_allocator]
//! static ALLOCATOR: Profiled<System> = Profiled::new(System);
//!
//! while ALLOCATOR.take().is_some() {}
//! let numbers = Box::new([7_u8; 1000]);
//! let told = ALLOCATOR.take().unwrap();
//! assert_eq!((told.kind, told.bytes), (Kind::Allocate, 1000));
//! assert_eq!(told.address, numbers.as_ptr() as u64);
//! ```
//!
//! It allocates nothing itself, waits for nobody, and asks no clock. An operation is 32
//! bytes; what finds no room in the ring is counted, and goes on unrecorded. The layout of
//! the ring is part of the probe's protocol, version 1; `include/arenascope_ring.h` is the
//! same ring for C and C++.
//!
//! Threads: any number may allocate. Each operation is recorded while the calling thread
//! alone has the memory (a free before it is handed back, an allocation after it was got), so
//! that nobody's memory is told to be somebody else's. Where there can be several threads, a
//! reallocation is therefore told as a free and an allocation.

#![no_std]

#[cfg(any(test, feature = "threads", loom))]
extern crate std;

mod atomics;
mod operation;
#[expect(unsafe_code, reason = "hands memory of another allocator on; see the SAFETY comments")]
mod profiled;
mod ring;
#[cfg_attr(not(feature = "threads"), path = "thread/one.rs")]
#[cfg_attr(feature = "threads", path = "thread/numbered.rs")]
mod thread;

pub use operation::{Kind, Operation};
pub use profiled::Profiled;
#[cfg(not(loom))]
pub use profiled::arenascope_ring_ptr;
