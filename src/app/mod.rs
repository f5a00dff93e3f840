//! The page: toolbar, overview strip, panels, drawer, status bar. It shows
//! and asks; what it shows is computed in [`crate::analysis`] and published by
//! the engine, what it asks goes to the engine as commands.
//!
//! One folder for each thing that the page shows; in [`crate::analysis`], the folder
//! of the same name computes it.
//!
//! | folder | what it is |
//! |---|---|
//! | [`shell`] | what surrounds the panels: toolbar, tabs, drawer, dialogs, status bar; actions and keys |
//! | [`overview`] | the Overview panel, and the overview strip above all panels |
//! | [`timeline`] | the Timeline panel, and the ways to a moment |
//! | [`arena`] | the Arena panel, whose parts are the next five |
//! | [`map`] | where every byte of the arena is, and what blocks a request |
//! | [`fragmentation`] | what cannot be used, and the heat map of free space |
//! | [`refusals`] | what the arena refused |
//! | [`threads`] | who works on the arena |
//! | [`throughput`] | the measurement that the Arena panel shows |
//! | [`pool`] | the GPU Pool panel |
//! | [`budget`] | the Budget panel: limits, pressure, what-if, the report |
//! | [`events`] | the Events panel |
//! | [`leaks`] | the Leaks panel |
//! | [`stacks`] | the Stacks panel: call stacks as a graph of frames, and the table behind it |
//! | [`lab`] | the Lab panel: what other policies, and the best packing, would have done |
//! | [`compare`] | the Compare panel: two runs, two moments or snapshots side by side |
//! | [`snapshots`] | the Snapshots panel |
//! | [`recordings`] | the page's reader of every event; recordings in the browser's storage |
//! | [`selection`], [`moment`] | what all panels look at; the figures of an earlier moment |
//! | [`exports`] | a run as a file of another tool, or of our own |
//! | [`runs`] | the runs that are open: the engine's, and those of files |
//! | [`run`] | the settings of a run, as menus and as a link |
//! | [`engine`] | the engine: launch, commands, the pulse that reads its figures |
//! | [`scripting`] | `window.arenascope` |
//! | [`chart`], [`widgets`] | what charts and panels are made of |
//! | [`canvas`] | what is drawn on: canvases, layers, pointers |
//! | [`theme`] | light or dark, and the colours that canvases are drawn with |
//! | [`frames`] | the animation-frame loop and the executor, and what drawing costs |
//! | [`state`] | the page's state: a handful of signals |
//! | [`browser`] | files, the clipboard, what is remembered for the next visit |

pub mod arena;
pub mod attach;
pub mod browser;
pub mod budget;
pub mod canvas;
pub mod categories;
pub mod chart;
pub mod compare;
pub mod engine;
pub mod events;
pub mod exports;
pub mod fragmentation;
pub mod frames;
pub mod lab;
pub mod leaks;
pub mod map;
pub mod moment;
pub mod overview;
pub mod pool;
pub mod recordings;
pub mod refusals;
pub mod run;
pub mod runs;
pub mod scripting;
pub mod selection;
pub mod shell;
pub mod snapshots;
pub mod stacks;
pub mod state;
pub mod theme;
pub mod threads;
pub mod throughput;
pub mod timeline;
pub mod widgets;

use frames::{executor, frame_loop};
use shell::{failure, page};

/// Builds the page into the document's body and starts the engine. Called once
/// by the module's entry on the first thread.
pub fn mount() {
    executor::install();
    failure::show_panics();
    frame_loop::start();
    leptos::mount::mount_to_body(page::Page);
}
