//! The recording against simple models of it: state, figures, order, losses, files.

mod keeping;
mod manifest;
mod memory;
mod model;
mod program;
mod spill;
mod threads;
mod travel;
