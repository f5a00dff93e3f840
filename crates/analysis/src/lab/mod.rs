//! The laboratory's panel: what was asked of a heap, its table, its picture of time × address,
//! and its chart of memory against speed.

pub mod drawing;
pub mod front;
pub mod headline;
pub mod summary;
pub mod table;
pub mod told;
