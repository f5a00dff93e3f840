//! The threads' tier of the arena: pages of 64 KiB that a thread takes from the
//! placement tier as one range and divides by itself, without a lock.
//!
//! ```text
//! page   | header | slots, upwards →      …      ← records, downwards |
//! ```
//!
//! A record says what an allocation is: where, how long, whose, of which generation.
//! That of a small allocation stands for a slot of its own page, cut when it was first
//! needed; that of a larger one stands for a range of the placement tier that the
//! thread keeps ([`Record::node`]). Both are filled, freed and found again in the same
//! way: what is freed lies in a list of its size and serves the next request of it.
//!
//! Pages of mixed sizes, and not one size each: a program of a few dozen allocations
//! needs one page and not twenty, and nothing is set up before it is used. What it costs:
//! slots do not join. A page goes back once none of its records is live, which a
//! sweep finds out ([`sweep`]); nothing is counted for it on the way.

pub(crate) mod audit;
pub(crate) mod cache;
pub(crate) mod counts;
#[expect(unsafe_code, reason = "turns a page's bytes into records, and hands out caches; see the SAFETY comments")]
pub(crate) mod memory;
pub(crate) mod name;
pub(crate) mod pages;
pub(crate) mod record;
pub(crate) mod sweep;
pub(crate) mod tier;
