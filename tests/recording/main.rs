//! The recording against simple models of it: state, figures, order, losses.

mod columns;
mod model;
mod program;
mod queries;
mod spill;
mod threads;
mod travel;
