//! What all charts are made of: windows of time, axes and their ticks, exact pixel
//! columns, the plot itself as plain data, and the table behind it.

pub mod axis_range;
pub mod colour;
pub mod columns;
pub mod log_bars;
pub mod plot;
pub mod rate_axis;
pub mod straighten;
pub mod svg;
pub mod ticks;
pub mod window;
pub mod window_table;
