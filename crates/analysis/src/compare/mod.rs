//! Two runs side by side: what differs between them, or between two moments of one.
//!
//! ```text
//! run + moment ─▶ Side ─┐
//!                       ├─▶ Comparison ─▶ rows in words, charts; JSON for scripts
//! snapshot ─────▶ Side ─┘
//! ```
//!
//! A [`side::Side`] is all that is compared of one document, counted once: O(events of the
//! run). A [`comparison::Comparison`] is plain data of bounded size, the same for the page,
//! for `arenascope diff` and for `arenascope.compare(…)`.

pub mod about;
pub mod align;
pub mod change;
pub mod comparison;
pub mod fate;
pub mod figure;
pub mod findings;
pub mod flame;
pub mod lifetimes;
pub mod link;
pub mod moment;
mod of_run;
mod of_snapshot;
pub mod places;
pub mod sections;
pub mod side;
pub mod stacks;
pub mod strip;
pub mod table;
#[cfg(test)]
mod tests;
pub mod text;
pub mod usage;
pub mod usage_plot;
pub mod warning;
mod watched;

pub use comparison::{Comparison, Input, Told, compare};
pub use of_run::{RunOf, SideError};
pub use side::Side;
pub use watched::Watch;
