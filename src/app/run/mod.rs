//! The settings of a run: their values as menus and as a link in the address bar.

pub mod moment_link;
pub mod page_link;
pub mod settings;
