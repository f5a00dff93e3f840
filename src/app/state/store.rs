//! The page's state: signals, all of them written and read on the page thread
//! only. The engine's figures arrive here at 4 Hz; charts read them in place.

use super::place::{ArenaPart, Dialog, DrawerTab, Tab};
use crate::analysis::budget::limit_steps::LimitSteps;
use crate::analysis::events::query::EventQuery;
use crate::analysis::leaks::lifetimes::Lifetimes;
use crate::analysis::leaks::marks::Mark;
use crate::analysis::moment::figures::{Past, Told};
use crate::analysis::run::names::Names;
use crate::app::attach::state::AttachState;
use crate::app::budget::state::FileLimits;
use crate::app::compare::state::CompareState;
use crate::app::events::state::EventsState;
use crate::app::exports::state::Exports;
use crate::app::lab::state::LabState;
use crate::app::leaks::found::Found;
use crate::app::runs::state::{Runs, ShownRun};
use crate::app::selection::selected::Selected;
use crate::app::snapshots::shelf::Shelf;
use crate::app::stacks::state::StacksState;
use crate::app::theme::choice::Theme;
use crate::app::throughput::state::Throughput;
use crate::app::timeline::state::TimelineState;
use crate::platform::engine::Engine;
use crate::platform::failure::StartError;
use crate::session::config::RunConfig;
use crate::telemetry::capabilities::Capabilities;
use crate::telemetry::metrics::Metrics;
use crate::telemetry::notice::Level;
use leptos::prelude::*;
use std::sync::Arc;

/// The shared memory that charts draw from, given as a context once the engine
/// is up.
#[derive(Clone, Copy)]
pub struct SharedMemory(pub &'static crate::telemetry::Shared);

/// The running engine; empty before it is up. It holds workers, so it stays on
/// the thread that made it.
#[derive(Clone, Copy)]
pub struct EngineSlot(pub RwSignal<Option<Engine>, LocalStorage>);

/// How far the engine is.
#[derive(Clone, Debug, PartialEq)]
pub enum Phase {
    /// Workers start, adapters are asked for.
    Launching,
    /// Commands are taken.
    Ready,
    /// It did not start, or it stopped.
    Failed(StartError),
}

/// One line of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts from 1 and never repeats.
    pub number: u64,
    /// Time of day at arrival: `12:04:31.208`.
    pub clock: String,
    /// The run that was shown then: counts from 1; 0 before the first.
    pub run: u32,
    /// Time of that run, µs; `None` before the first.
    pub time_us: Option<u64>,
    /// How much it matters.
    pub level: Level,
    /// What happened, in a sentence.
    pub text: String,
    /// The panel that shows it, where the line leads to one.
    pub panel: Option<Tab>,
}

/// The page's state. A handful of keys into the reactive arena: cheap to copy.
#[derive(Clone, Copy)]
pub struct Store {
    /// How far the engine is.
    pub phase: RwSignal<Phase>,
    /// The connection to the engine's worker, once it is there.
    pub engine: EngineSlot,
    /// What the toolbar says; applies at the next start.
    pub chosen: RwSignal<RunConfig>,
    /// What the run in progress, or the last one, was started with.
    pub applied: RwSignal<Option<RunConfig>>,
    /// The newest figures that the engine published.
    pub metrics: RwSignal<Metrics>,
    /// The figures of the selected moment; `None` while the page is live.
    pub past: RwSignal<Option<Arc<Past>>>,
    /// The file that was opened last as a run, if one was since the page's last start.
    pub opened: RwSignal<Option<String>>,
    /// The runs that are open, and which of them is shown.
    pub runs: Runs,
    /// The runs that are being written as files.
    pub exports: Exports,
    /// What the Compare panel lays beside each other.
    pub compare: CompareState,
    /// What the Lab panel was asked.
    pub lab: LabState,
    /// Pages that could be attached, and those that are.
    pub attach: AttachState,
    /// Which run is shown, counted since the page opened, and what it is: 0 before the first.
    pub run: RwSignal<ShownRun>,
    /// What that run calls its categories, tags and heaps.
    pub names: RwSignal<Arc<Names>>,
    /// Whether a run is in progress.
    pub running: RwSignal<bool>,
    /// Events per second, over the last second.
    pub events_per_second: RwSignal<Option<f64>>,
    /// What the machine offers.
    pub capabilities: RwSignal<Capabilities>,
    /// The console, oldest first. Whoever follows it hears of new lines at 4 Hz.
    pub lines: RwSignal<Vec<Arc<Line>>>,
    /// The panel on screen.
    pub tab: RwSignal<Tab>,
    /// The part of the Arena panel on screen.
    pub arena_part: RwSignal<ArenaPart>,
    /// Whether the drawer is open.
    pub drawer_open: RwSignal<bool>,
    /// What the drawer shows.
    pub drawer_tab: RwSignal<DrawerTab>,
    /// A thread that needs attention, in words; `None` while none does.
    pub alert: RwSignal<Option<String>>,
    /// A snapshot is being made.
    pub snapshot_busy: RwSignal<bool>,
    /// Snapshots of this page session.
    pub shelf: RwSignal<Shelf>,
    /// What the Events panel is asked for.
    pub events: EventsState,
    /// Marks that were set by hand, between which leaks are looked for.
    pub leak_marks: RwSignal<Vec<Mark>>,
    /// How long things lived, as far as the Leaks panel had counted when it was left.
    pub lifetimes: StoredValue<Lifetimes>,
    /// Who takes memory in this run and does not give it back.
    pub leaks: RwSignal<Found>,
    /// What the Stacks panel looks at.
    pub stacks: StacksState,
    /// Limits that were changed by hand in this run.
    pub limit_steps: RwSignal<LimitSteps>,
    /// Limits that were typed for runs without a budget, by what they limit.
    pub file_limits: RwSignal<FileLimits>,
    /// What all panels look at: a moment, a span of time, a part of the memory.
    pub selected: Selected,
    /// How the timeline is drawn.
    pub timeline: TimelineState,
    /// The throughput measurement.
    pub throughput: Throughput,
    /// The dialog that is open.
    pub dialog: RwSignal<Option<Dialog>>,
    /// Whether keys that are one character act.
    pub character_keys: RwSignal<bool>,
    /// The moment that the address asked for, µs since a run's start, until it was shown.
    pub link_moment_us: RwSignal<Option<u64>>,
    /// Bumped where the window must be measured or colours read again.
    pub theme: RwSignal<Theme>,
}

impl Store {
    /// The state of a page that has just opened.
    pub fn new() -> Self {
        Self {
            phase: RwSignal::new(Phase::Launching),
            engine: EngineSlot(RwSignal::new_local(None)),
            chosen: RwSignal::new(RunConfig::default()),
            applied: RwSignal::new(None),
            metrics: RwSignal::new(Metrics::default()),
            past: RwSignal::new(None),
            opened: RwSignal::new(None),
            runs: Runs::new(),
            exports: Exports::new(),
            compare: CompareState::new(),
            lab: LabState::new(),
            attach: AttachState::new(),
            file_limits: RwSignal::default(),
            names: RwSignal::new(Arc::new(Names::engine())),
            run: RwSignal::new(ShownRun::default()),
            running: RwSignal::new(false),
            events_per_second: RwSignal::new(None),
            capabilities: RwSignal::new(Capabilities::default()),
            lines: RwSignal::new(Vec::new()),
            tab: RwSignal::new(Tab::Overview),
            arena_part: RwSignal::new(ArenaPart::Space),
            drawer_open: RwSignal::new(true),
            drawer_tab: RwSignal::new(DrawerTab::Console),
            alert: RwSignal::new(None),
            snapshot_busy: RwSignal::new(false),
            shelf: RwSignal::new(Shelf::default()),
            events: EventsState::new(),
            leak_marks: RwSignal::default(),
            lifetimes: StoredValue::new(Lifetimes::since(0)),
            leaks: RwSignal::default(),
            stacks: StacksState::new(),
            limit_steps: RwSignal::default(),
            selected: Selected::new(),
            timeline: TimelineState::new(),
            throughput: Throughput::new(),
            dialog: RwSignal::new(None),
            character_keys: RwSignal::new(true),
            link_moment_us: RwSignal::new(None),
            theme: RwSignal::new(Theme::System),
        }
    }

    /// The store of this page, from the context that [`crate::app::shell::page`] gives.
    ///
    /// # Panics
    /// Outside a component of the page.
    pub fn expect() -> Self {
        expect_context::<Self>()
    }

    /// A figure of now that is told apart from other changes: what depends on it runs
    /// again only where it changed.
    pub fn figure<T: PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Metrics) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| self.metrics.with(&read))
    }

    /// As [`Self::figure`], of the selected moment where there is one: `read` is given
    /// what is told of that, all else unset.
    pub fn shown<T: PartialEq + Send + Sync + 'static>(
        self,
        read: impl Fn(&Metrics) -> T + Send + Sync + 'static,
    ) -> Memo<T> {
        Memo::new(move |_| {
            self.past.with(|past| match past {
                Some(past) => read(&past.metrics),
                None => self.metrics.with(&read),
            })
        })
    }

    /// As [`Self::shown`], in words, as [`Past::say`] says a figure that `told` tells.
    pub fn told(self, told: Told, read: impl Fn(&Metrics) -> String + Send + Sync + 'static) -> Memo<String> {
        let shown = self.shown(read);
        Memo::new(move |_| {
            let text = shown.get();
            self.past.with(|past| match past {
                Some(past) => past.say(told, text),
                None => text,
            })
        })
    }

    /// Shows the Events panel with what a query finds.
    pub fn show_events(self, query: EventQuery) {
        self.events.ask(query);
        self.tab.set(Tab::Events);
    }

    /// The engine's time at what is shown, µs, without subscribing to it.
    pub fn shown_us(self) -> u64 {
        self.past.with_untracked(|past| match past {
            Some(past) => past.metrics.time_us,
            None => self.metrics.with_untracked(|metrics| metrics.time_us),
        })
    }

    /// Engine time after which nothing is shown, µs: the selected moment.
    pub fn shown_until(self) -> Memo<u64> {
        Memo::new(move |_| self.past.with(|past| past.as_ref().map_or(u64::MAX, |past| past.metrics.time_us)))
    }

    /// Whether a figure is known of what is shown.
    pub fn tells(self, told: Told) -> bool {
        self.past.with(|past| past.as_ref().is_none_or(|past| past.tells(told)))
    }

    /// Whether a figure is known of what is shown, exactly.
    pub fn is_exact(self, told: Told) -> bool {
        self.past.with(|past| past.as_ref().is_none_or(|past| past.is_exact(told)))
    }

    /// True where commands reach the engine.
    pub fn is_ready(self) -> bool {
        self.phase.with(|phase| *phase == Phase::Ready)
    }
}

impl Default for Store {
    fn default() -> Self {
        Self::new()
    }
}
