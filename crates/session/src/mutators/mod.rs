//! Threads that work on the arena beside the engine: the board where they find their
//! orders, what a run lends them, what one of them does, and the engine's end.

mod board;
mod engine;
mod mark;
mod mutator;
mod pool;
mod rates;

pub use board::{MutatorBoard, MutatorFigures};
pub use mutator::{Activity, Mutator};
pub(crate) use pool::MutatorPool;
pub(crate) use rates::Rates;
