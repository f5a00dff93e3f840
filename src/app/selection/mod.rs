//! What is looked at on all panels at once, with its chip and the totals of a span of time.

pub(crate) mod chart_source;
pub mod chip;
pub mod selected;
pub mod totals;
