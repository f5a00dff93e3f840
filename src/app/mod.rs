//! The page: toolbar, overview strip, panels, drawer, status bar. It shows
//! and asks; what it shows is computed in [`crate::analysis`] and published by
//! the engine, what it asks goes to the engine as commands.
//!
//! | file | what it is |
//! |---|---|
//! | [`store`] | the page's state: a handful of signals |
//! | [`selection`], [`recording`] | what is looked at, with undo; the page's reader of every event |
//! | [`map_look`], [`past`] | what the arena map looks at; the figures of an earlier moment |
//! | [`link`] | the engine: launch, commands, the pulse that reads its figures |
//! | [`actions`] | everything a person can do, under one name and key each |
//! | [`toolbar`], [`tabs`], [`panels`], [`drawer`], [`status_bar`], [`moment_bar`], [`selection_chip`] | what is on screen |
//! | [`charts`], [`frame`], [`executor`], [`signals`], [`view`], [`palette`] | drawing, and what it costs |
//! | [`timeline`] | the timeline's window, and the ways to a moment |
//! | [`events`] | what the Events panel is asked for |
//! | [`throughput`] | the measurement that the Arena panel shows |
//! | [`scripting`], [`scripting_recording`] | `window.arenascope` |
//! | [`failure`] | what is shown where the engine or the page cannot go on |

pub mod actions;
pub mod address;
pub mod banner;
pub mod charts;
pub mod dialogs;
pub mod drawer;
pub mod events;
pub mod executor;
pub mod failure;
pub mod files;
pub mod frame;
pub mod keyboard;
pub mod link;
pub mod map_look;
pub mod moment_bar;
pub mod page;
pub mod palette;
pub mod panels;
pub mod past;
pub mod recording;
pub mod runs;
pub mod scripting;
pub mod scripting_recording;
pub mod selection;
pub mod selection_chip;
pub mod signals;
pub mod snapshots;
pub mod status_bar;
pub mod storage;
pub mod store;
pub mod tabs;
pub mod theme;
pub mod throughput;
pub mod timeline;
pub mod toolbar;
pub mod view;
pub mod widgets;

/// Builds the page into the document's body and starts the engine. Called once
/// by the module's entry on the first thread.
pub fn mount() {
    executor::install();
    failure::show_panics();
    frame::start();
    leptos::mount::mount_to_body(page::Page);
}
