//! What surrounds the panels: the status bar's words for what the machine offers.

pub mod capabilities;
