//! Everything a person can do, each under one name, one key and one reason why
//! not: the toolbar, the keyboard, the key list and the command palette all
//! read this table.

use super::dialogs::Dialog;
use super::link;
use super::snapshots;
use super::store::{ArenaPart, DrawerTab, Phase, Store, Tab};
use super::throughput;
use super::view::View;
use crate::platform::engine::Engine;
use crate::recording::Reader;
use leptos::prelude::*;

/// Something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start a run with the toolbar's settings, or stop the one in progress.
    StartOrStop,
    /// Drop everything and zero every figure.
    Reset,
    /// Freeze the view, or let it go on.
    Pause,
    /// Show the newest moment again, instead of an earlier one.
    Live,
    /// Mark the moment that is shown.
    Mark,
    /// Look again at what was looked at before.
    Undo,
    /// Take back an undo.
    Redo,
    /// Take a snapshot and save it.
    Snapshot,
    /// Show a panel.
    Show(Tab),
    /// Open or close the drawer.
    Drawer,
    /// Open the drawer at one of its parts.
    ShowDrawer(DrawerTab),
    /// Empty the console.
    ClearConsole,
    /// System, light, dark.
    Theme,
    /// Show the keys.
    Keys,
    /// Show the command palette.
    Commands,
    /// Measure the policies, or stop measuring.
    Throughput,
    /// Fault drill.
    LoseGpuDevice,
    /// Fault drill.
    LoseNnContext,
}

/// Keys of the panels, in the order of the tabs.
const DIGITS: [&str; Tab::ALL.len()] = ["1", "2", "3", "4", "5", "6", "7", "8"];

impl Action {
    /// Every action, in the order of the key list and the palette.
    pub const ALL: [Self; 27] = [
        Self::StartOrStop,
        Self::Reset,
        Self::Pause,
        Self::Live,
        Self::Mark,
        Self::Undo,
        Self::Redo,
        Self::Snapshot,
        Self::Show(Tab::Overview),
        Self::Show(Tab::Timeline),
        Self::Show(Tab::Arena),
        Self::Show(Tab::GpuPool),
        Self::Show(Tab::Budget),
        Self::Show(Tab::Events),
        Self::Show(Tab::Leaks),
        Self::Show(Tab::Snapshots),
        Self::Drawer,
        Self::ShowDrawer(DrawerTab::Console),
        Self::ShowDrawer(DrawerTab::Report),
        Self::ShowDrawer(DrawerTab::Problems),
        Self::ClearConsole,
        Self::Theme,
        Self::Keys,
        Self::Commands,
        Self::Throughput,
        Self::LoseGpuDevice,
        Self::LoseNnContext,
    ];

    /// The key, as it is written on the page; none for rare actions.
    pub const fn key(self) -> Option<&'static str> {
        match self {
            Self::StartOrStop => Some("S"),
            Self::Reset => Some("R"),
            Self::Pause => Some("Space"),
            Self::Live => Some("L"),
            Self::Mark => Some("M"),
            Self::Undo => Some("Ctrl+Z"),
            Self::Redo => Some("Ctrl+Shift+Z"),
            Self::Snapshot => Some("Shift+S"),
            Self::Show(tab) => Some(DIGITS[tab.place()]),
            Self::Drawer => Some("`"),
            Self::Theme => Some("T"),
            Self::Keys => Some("?"),
            Self::Commands => Some("Ctrl+K"),
            Self::ShowDrawer(_) | Self::ClearConsole | Self::Throughput | Self::LoseGpuDevice | Self::LoseNnContext => {
                None
            }
        }
    }

    /// What it does, in a few words, as things are now.
    pub fn title(self, store: Store) -> String {
        match self {
            Self::StartOrStop if store.running.get() => "Stop the run".into(),
            Self::StartOrStop => "Start a run with the settings of the toolbar".into(),
            Self::Reset => "Reset: drop everything and zero every figure".into(),
            Self::Pause => "Pause or resume the view; the engine goes on".into(),
            Self::Live => "Back to live: show the newest moment".into(),
            Self::Mark => "Mark the moment that is shown, or now".into(),
            Self::Undo => "Undo the last change of what is looked at".into(),
            Self::Redo => "Redo it".into(),
            Self::Snapshot => "Take a snapshot and save it as a file".into(),
            Self::Show(tab) => format!("Show {}", tab.label()),
            Self::Drawer => "Open or close the drawer".into(),
            Self::ShowDrawer(part) => format!("Show the drawer's {}", part.label().to_lowercase()),
            Self::ClearConsole => "Clear the console".into(),
            Self::Theme => format!("Change the theme to {}", store.theme.get().next().label().to_lowercase()),
            Self::Keys => "Show the keys".into(),
            Self::Commands => "Find a command".into(),
            Self::Throughput if store.throughput.progress.with(Option::is_some) => {
                "Cancel the throughput measurement".into()
            }
            Self::Throughput => "Measure the throughput of every policy on this machine".into(),
            Self::LoseGpuDevice => "Simulate GPU device loss".into(),
            Self::LoseNnContext => "Simulate WebNN context loss".into(),
        }
    }

    /// Title and key: the tooltip. Says why not where it cannot be done.
    pub fn tooltip(self, store: Store) -> String {
        let title = self.blocked(store).map_or_else(|| self.title(store), str::to_owned);
        match self.key() {
            Some(key) => format!("{title} ({key})"),
            None => title,
        }
    }

    /// Why it cannot be done now; `None` where it can.
    pub fn blocked(self, store: Store) -> Option<&'static str> {
        let needs_engine = matches!(
            self,
            Self::StartOrStop | Self::Reset | Self::Snapshot | Self::LoseGpuDevice | Self::LoseNnContext
        );
        match store.phase.get() {
            Phase::Launching if needs_engine => return Some("The engine is starting"),
            Phase::Failed(_) if needs_engine => return Some("There is no engine: see the panel"),
            _ => {}
        }
        match self {
            Self::Snapshot if store.snapshot_busy.get() => Some("A snapshot is being made"),
            Self::Live if store.selected.moment.get().is_none() => Some("This is live"),
            Self::Undo if !store.selected.can_undo() => Some("Nothing to undo"),
            Self::Redo if !store.selected.can_redo() => Some("Nothing to redo"),
            Self::ClearConsole if store.lines.with(Vec::is_empty) => Some("The console is empty"),
            _ => None,
        }
    }

    /// Does it, unless it is blocked.
    pub fn run(self, store: Store, view: View) {
        if untrack(|| self.blocked(store)).is_some() {
            return;
        }
        match self {
            Self::StartOrStop => start_or_stop(store),
            Self::Reset => link::spawn(store, async move { link::reset(store).await }),
            Self::Pause => view.paused.update(|paused| *paused = !*paused),
            Self::Live => store.selected.go_live(),
            Self::Mark => mark(store),
            Self::Undo => store.selected.undo(),
            Self::Redo => store.selected.redo(),
            Self::Snapshot => link::spawn(store, async move { snapshots::take_and_save(store).await }),
            Self::Show(tab) => store.tab.set(tab),
            Self::Drawer => store.drawer_open.update(|open| *open = !*open),
            Self::ShowDrawer(part) => {
                store.drawer_tab.set(part);
                store.drawer_open.set(true);
            }
            Self::ClearConsole => store.lines.set(Vec::new()),
            Self::Theme => store.theme.update(|theme| *theme = theme.next()),
            Self::Keys => store.dialog.set(Some(Dialog::Keys)),
            Self::Commands => store.dialog.set(Some(Dialog::Commands)),
            Self::Throughput => {
                store.tab.set(Tab::Arena);
                store.arena_part.set(ArenaPart::Threads);
                throughput::begin_or_cancel(store);
            }
            Self::LoseGpuDevice => link::spawn(store, async move { link::lose_gpu_device(store).await }),
            Self::LoseNnContext => link::spawn(store, async move { link::lose_nn_context(store).await }),
        }
    }
}

/// Marks the moment that is shown, or the newest.
fn mark(store: Store) {
    if let Some(log) = store.engine.0.with_untracked(|engine| engine.as_ref().map(Engine::event_log)) {
        let mut reader = Reader::new(log);
        reader.refresh();
        let position = store.selected.moment.get_untracked().unwrap_or(reader.events().end);
        let time_us = position.checked_sub(1).and_then(|event| reader.time_us(event)).unwrap_or(0);
        store.selected.select(|selection| selection.mark(position, time_us));
    }
}

fn start_or_stop(store: Store) {
    if store.running.get_untracked() {
        link::spawn(store, async move { link::stop(store).await });
    } else {
        let config = store.chosen.get_untracked();
        link::spawn(store, async move { link::start(store, config).await.map(drop) });
    }
}
