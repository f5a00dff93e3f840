//! The recording against simple models of it: state, figures, order, losses.

mod columns;
mod model;
mod program;
mod queries;
mod spill;
mod table;
mod threads;
mod travel;
