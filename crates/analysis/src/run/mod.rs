//! A run: its settings as a link to the page, and what it calls its own.

mod addresses;
pub mod labels;
pub mod names;
pub mod page_link;
pub mod threads;
