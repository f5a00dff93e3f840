//! What surrounds the panels: toolbar, tabs, drawer, dialogs, banner, status bar; keys
//! and actions, and what is shown where the page cannot go on.

pub mod actions;
pub mod banner;
pub mod dialogs;
pub mod drawer;
pub mod failure;
mod isolation;
pub mod keyboard;
pub mod keys;
pub mod page;
pub mod panels;
pub mod status_bar;
pub mod tabs;
pub mod toolbar;
