//! The whole run at a glance: usage by category, the overview strip with its brush, and what
//! is to be known of a file.

pub mod about;
pub mod brush;
pub mod recorded_usage;
pub mod strip;
pub mod usage_plot;
