//! What cannot be used: fragmentation and waste over time, who keeps free bytes apart, and the heat map of free space
//! that is too small for a request.

pub mod heat_grid;
pub mod heat_text;
pub mod pinning;
pub mod plot;
pub mod waste_plot;
