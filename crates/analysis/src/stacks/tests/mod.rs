//! The graph against models that are naive on purpose, over random runs.

mod counts;
mod graphs;
mod model;
pub(crate) mod run;
