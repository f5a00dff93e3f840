//! Who allocates, by call stack: a graph of frames whose widths are exact proportions.
//!
//! ```text
//! events, state ─▶ site_count ─▶ weighed ─▶ tree ─▶ layout ─▶ pixels
//!                    sums by       by node    what     blocks of
//!                    stack         of the     is       a row, wider
//! stacks ─▶ functions ─▶ skeleton ─┘          seen     than half a pixel
//! ```
//!
//! Each step goes on in slices, and is done again only where what it depends on changed.

pub mod asked;
mod birth;
pub mod call_stack;
pub mod colours;
pub mod functions;
pub mod graph;
pub mod layout;
pub mod measure;
pub mod search;
pub mod site_count;
pub mod skeleton;
pub mod steps;
pub mod sums;
pub mod table;
#[cfg(test)]
pub(crate) mod tests;
pub mod text;
pub mod tree;
pub mod weighed;
pub mod why_none;
