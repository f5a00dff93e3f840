//! Everything a person can do, each under one name, one key and one reason why
//! not: the toolbar, the keyboard, the key list and the command palette all
//! read this table.

use crate::analysis::timeline::landmarks::Landmark;
use crate::app::categories;
use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::moment::clock;
use crate::app::recordings;
use crate::app::run::moment_link;
use crate::app::runs;
use crate::app::snapshots;
use crate::app::state::place::{ArenaPart, Dialog, DrawerTab, Tab};
use crate::app::state::store::{Phase, Store};
use crate::app::throughput;
use crate::app::timeline::jumps::{self, Jump};
use crate::platform::runs::RunSlot;
use crate::recording::Reader;
use leptos::prelude::*;
use wasm_bindgen::JsCast;
use web_sys::HtmlElement;

/// Something that a button, a key or the palette does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Start a run with the toolbar's settings, or stop the one in progress.
    StartOrStop,
    /// Drop the run in progress and start one with the toolbar's settings.
    Restart,
    /// Drop everything and zero every figure; asks first where something would be lost.
    Reset,
    /// Stop the page's clock, or let it go on.
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
    /// Keep the run in the browser's storage.
    KeepRecording,
    /// Show the recordings in the browser's storage, to open one.
    Recordings,
    /// Open files: recordings of any known tool, snapshots.
    OpenFile,
    /// Save the run that is shown as a file.
    Export,
    /// Record the memory of another page.
    Attach,
    /// Change the categories of the run that is shown, by rules.
    Categories,
    /// Show the next open run.
    NextRun,
    /// Close the run that is shown, if that is a file's.
    CloseRun,
    /// Compare the two newest snapshots.
    Compare,
    /// Go to an event worth a mark.
    Jump(Landmark, Jump),
    /// Show who takes and does not give back, one after the other.
    NextLeak,
    /// Copy an address that shows this run, this panel and this moment.
    CopyLink,
    /// Show a panel.
    Show(Tab),
    /// Open or close the drawer.
    Drawer,
    /// Open the drawer at one of its parts.
    ShowDrawer(DrawerTab),
    /// Empty the console.
    ClearConsole,
    /// Change colours: system, light, dark, in turn.
    Theme,
    /// Show the keys.
    Keys,
    /// Show the command palette.
    Commands,
    /// Measure the policies, or stop measuring.
    Throughput,
    /// Fault drill: lose the WebGPU device.
    LoseGpuDevice,
    /// Fault drill: lose the WebNN context.
    LoseNnContext,
}

impl Action {
    /// Every action, in the order of the key list and the palette.
    pub const ALL: [Self; 51] = [
        Self::StartOrStop,
        Self::Restart,
        Self::Reset,
        Self::Pause,
        Self::Live,
        Self::Mark,
        Self::Undo,
        Self::Redo,
        Self::Snapshot,
        Self::KeepRecording,
        Self::Recordings,
        Self::OpenFile,
        Self::Export,
        Self::Attach,
        Self::Categories,
        Self::NextRun,
        Self::CloseRun,
        Self::Compare,
        Self::Jump(Landmark::FailedAllocation, Jump::First),
        Self::Jump(Landmark::FailedAllocation, Jump::Next),
        Self::Jump(Landmark::FailedAllocation, Jump::Previous),
        Self::Jump(Landmark::BudgetRefusal, Jump::First),
        Self::Jump(Landmark::BudgetRefusal, Jump::Next),
        Self::Jump(Landmark::BudgetRefusal, Jump::Previous),
        Self::Jump(Landmark::LimitChange, Jump::Next),
        Self::Jump(Landmark::LimitChange, Jump::Previous),
        Self::Jump(Landmark::DeviceLoss, Jump::First),
        Self::NextLeak,
        Self::CopyLink,
        Self::Show(Tab::Overview),
        Self::Show(Tab::Timeline),
        Self::Show(Tab::Arena),
        Self::Show(Tab::GpuPool),
        Self::Show(Tab::Budget),
        Self::Show(Tab::Events),
        Self::Show(Tab::Leaks),
        Self::Show(Tab::Stacks),
        Self::Show(Tab::Snapshots),
        Self::Show(Tab::Compare),
        Self::Show(Tab::Lab),
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

    /// What it does, in a few words, as things are now.
    pub fn title(self, store: Store) -> String {
        match self {
            Self::StartOrStop if store.running.get() => "Stop the run".into(),
            Self::StartOrStop => "Start a run with the settings of the toolbar".into(),
            Self::Restart => "Restart with the settings of the toolbar".into(),
            Self::CopyLink => "Copy a link to this run, panel and moment".into(),
            Self::Reset => "Reset: drop everything and zero every figure".into(),
            Self::Pause if store.selected.clock.get().is_live() => {
                "Pause: everything stands still at this moment; the engine goes on".into()
            }
            Self::Pause => "Go on: show the newest moment again".into(),
            Self::Live => "Back to live: show the newest moment".into(),
            Self::Mark => "Mark the moment that is shown, or now".into(),
            Self::Undo => "Undo the last step: what is looked at, or limits that were applied".into(),
            Self::Redo => "Redo it".into(),
            Self::Snapshot => "Take a snapshot and save it as a file".into(),
            Self::KeepRecording => "Keep this run: write its recording to the browser's storage".into(),
            Self::Recordings => "Open a recording that is kept in this browser".into(),
            Self::OpenFile => "Open a file: a recording of any known tool, or a snapshot".into(),
            Self::Export => "Save this run as a file: Perfetto, Firefox, PyTorch, CSV, our own …".into(),
            Self::Attach => "Attach a page: record the memory of WebGPU, WebNN and wasm in it".into(),
            Self::Categories => "Change the categories of this file, by rules".into(),
            Self::NextRun => "Show the next open run".into(),
            Self::CloseRun => "Close the run that is shown".into(),
            Self::Compare => "Compare two snapshots".into(),
            Self::Jump(landmark, jump) => format!("Go to the {} {}", jump.label(), landmark.label()),
            Self::NextLeak => "Go to the next leak".into(),
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

    /// Why it cannot be done now; `None` where it can.
    pub fn blocked(self, store: Store) -> Option<&'static str> {
        let needs_engine = matches!(
            self,
            Self::StartOrStop
                | Self::Restart
                | Self::Reset
                | Self::Snapshot
                | Self::LoseGpuDevice
                | Self::LoseNnContext
        );
        match store.phase.get() {
            Phase::Launching if needs_engine => return Some("The engine is starting"),
            Phase::Failed(_) if needs_engine => return Some("There is no engine: see the panel"),
            _ => {}
        }
        match self {
            Self::Restart if !store.running.get() => Some("No run is in progress: Start begins one"),
            Self::Snapshot if store.snapshot_busy.get() => Some("A snapshot is being made"),
            Self::Snapshot => snapshots::commands::refused(store),
            Self::KeepRecording | Self::Jump(..) if store.run.with(|run| run.number == 0) => {
                Some("Nothing is recorded yet")
            }
            Self::Export if store.run.with(|run| run.number == 0) => Some("Nothing is recorded yet"),
            Self::Categories => categories::applying::subject(store).err(),
            Self::NextRun if store.runs.open.with(Vec::is_empty) => Some("Only the engine's run is open"),
            Self::CloseRun if store.runs.shown.get() == RunSlot::ENGINE => Some("The engine's run cannot be closed"),
            Self::Compare if store.shelf.with(|shelf| shelf.entries.len() < 2) => {
                Some("Two snapshots are needed: take or open them")
            }
            Self::NextLeak if store.leaks.with(|leaks| leaks.suspects.is_empty()) => {
                Some("No leak was found in this run")
            }
            Self::Live if store.selected.moment.get().is_none() => Some("This is live"),
            Self::Undo if !store.selected.can_undo() => Some("Nothing to undo"),
            Self::Redo if !store.selected.can_redo() => Some("Nothing to redo"),
            Self::ClearConsole if store.lines.with(Vec::is_empty) => Some("The console is empty"),
            _ => None,
        }
    }

    /// Does it, unless it is blocked.
    pub fn run(self, store: Store) {
        if untrack(|| self.blocked(store)).is_some() {
            return;
        }
        match self {
            Self::StartOrStop => start_or_stop(store),
            Self::Restart => start(store),
            Self::Reset => ask_or_reset(store),
            Self::CopyLink => moment_link::copy(store),
            Self::Pause => clock::pause_or_go_on(store),
            Self::Live => go_live(store),
            Self::Mark => mark(store),
            Self::Undo => store.selected.undo(),
            Self::Redo => store.selected.redo(),
            Self::Snapshot => console::spawn(store, async move { snapshots::commands::take_and_save(store).await }),
            Self::KeepRecording => recordings::list::keep_run(store),
            Self::Recordings => show_and_focus(store, Tab::Snapshots, ".recordings-card .card-body"),
            Self::OpenFile => runs::file_input::choose(),
            Self::Export => store.dialog.set(Some(Dialog::Export)),
            Self::Attach => store.dialog.set(Some(Dialog::Attach)),
            Self::Categories => store.dialog.set(Some(Dialog::Categories)),
            Self::NextRun => runs::showing::show_next(store, 1),
            Self::CloseRun => runs::showing::close(store, store.runs.shown.get_untracked()),
            Self::Compare => show_and_focus(store, Tab::Snapshots, "select[aria-label=Before]"),
            Self::Jump(landmark, jump) => jumps::go(store, landmark, jump),
            Self::NextLeak => next_leak(store),
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
                throughput::measurement::begin_or_cancel(store);
            }
            Self::LoseGpuDevice => console::spawn(store, async move { rpc::lose_gpu_device(store).await }),
            Self::LoseNnContext => console::spawn(store, async move { rpc::lose_nn_context(store).await }),
        }
    }
}

/// What is live is the engine: its run is shown.
fn go_live(store: Store) {
    runs::showing::show(store, RunSlot::ENGINE);
    store.selected.go_live();
}

/// Marks the moment that is shown, or the newest.
fn mark(store: Store) {
    if store.is_ready() {
        let mut reader = Reader::new(store.runs.shown_log());
        reader.refresh();
        let position = store.selected.moment.get_untracked().unwrap_or(reader.events().end);
        let time_us = position.checked_sub(1).and_then(|event| reader.time_us(event)).unwrap_or(0);
        store.selected.select(|selection| selection.mark(position, time_us));
    }
}

/// Shows a panel with the focus on one of its parts, once that is there.
fn show_and_focus(store: Store, tab: Tab, selector: &'static str) {
    store.tab.set(tab);
    request_animation_frame(move || {
        let part = document().query_selector(selector).ok().flatten();
        if let Some(part) = part.and_then(|part| part.dyn_into::<HtmlElement>().ok()) {
            // Focus cannot fail on an element of the page.
            let _ = part.focus();
        }
    });
}

/// Shows the Leaks panel at the moment by which the next suspect had taken something that
/// it still holds; after the last comes the first.
fn next_leak(store: Store) {
    store.tab.set(Tab::Leaks);
    let mut taken =
        store.leaks.with_untracked(|leaks| leaks.suspects.iter().map(|(_, event)| event + 1).collect::<Vec<_>>());
    taken.sort_unstable();
    let moment = store.selected.moment.get_untracked().unwrap_or(0);
    if let Some(next) = taken.iter().find(|taken| **taken > moment).or(taken.first()) {
        store.selected.set_moment(*next);
    }
}

fn start_or_stop(store: Store) {
    if store.running.get_untracked() {
        console::spawn(store, async move { rpc::stop(store).await });
    } else {
        start(store);
    }
}

fn start(store: Store) {
    runs::showing::show(store, RunSlot::ENGINE);
    let config = store.chosen.get_untracked();
    console::spawn(store, async move { rpc::start(store, config).await.map(drop) });
}

/// A run that was worth watching is not dropped by one key: what is recorded of it would
/// stay out of reach, and undo does not bring a run back.
fn ask_or_reset(store: Store) {
    const ASKED_FROM_US: u64 = 1_000_000;
    if store.metrics.with_untracked(|metrics| metrics.time_us) >= ASKED_FROM_US {
        store.dialog.set(Some(Dialog::Reset));
    } else {
        console::spawn(store, async move { rpc::reset(store).await });
    }
}
