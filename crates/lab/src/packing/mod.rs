//! The best packing that knows every life beforehand, as far as it is found.
//!
//! Better the longer it runs: at first greedy packings and sweeps over time, which on what
//! programs really do are within a part in a hundred of the bound; then, for problems that are
//! small enough, a search that ends with the optimum if it is let; for others, packings in
//! orders that are changed where the best one is too high.

mod greedy;
mod hunt;
mod improve;
mod instance;
mod packer;
mod search;
mod sections;
mod sweep;

pub(crate) use instance::Instance;
pub(crate) use packer::Packer;
