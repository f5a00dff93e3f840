//! The page's state: signals, all of them written and read on the page thread
//! only. The engine's figures arrive here at 4 Hz; charts read them in place.

use super::events::EventsState;
use super::selection::Selected;
use super::snapshots::Shelf;
use super::throughput::Throughput;
use super::timeline::TimelineState;
use crate::analysis::leak_marks::Mark;
use crate::analysis::lifetimes::Lifetimes;
use crate::analysis::past::{Past, Told};
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

/// The panels, in the order of the tabs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tab {
    /// Charts, map and budget at one look.
    Overview,
    /// Every event over time; any moment of it.
    Timeline,
    /// The shared arena.
    Arena,
    /// The GPU buffer pool.
    GpuPool,
    /// Usage against limits.
    Budget,
    /// Every event of the run.
    Events,
    /// Who takes and does not give back, and how long things live.
    Leaks,
    /// Documents taken and opened.
    Snapshots,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 8] = [
        Self::Overview,
        Self::Timeline,
        Self::Arena,
        Self::GpuPool,
        Self::Budget,
        Self::Events,
        Self::Leaks,
        Self::Snapshots,
    ];

    /// Its place in [`Self::ALL`].
    pub const fn place(self) -> usize {
        self as usize
    }

    /// The name in the address bar.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Overview => "overview",
            Self::Timeline => "timeline",
            Self::Arena => "arena",
            Self::GpuPool => "gpu-pool",
            Self::Budget => "budget",
            Self::Events => "events",
            Self::Leaks => "leaks",
            Self::Snapshots => "snapshots",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Overview => "Overview",
            Self::Timeline => "Timeline",
            Self::Arena => "Arena",
            Self::GpuPool => "GPU pool",
            Self::Budget => "Budget",
            Self::Events => "Events",
            Self::Leaks => "Leaks",
            Self::Snapshots => "Snapshots",
        }
    }

    /// The tab of that key.
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|tab| tab.key() == key)
    }
}

/// The parts of the Arena panel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ArenaPart {
    /// Where every byte is.
    Space,
    /// What cannot be used.
    Fragmentation,
    /// What was refused.
    Refusals,
    /// Who works on it.
    Threads,
}

impl ArenaPart {
    /// Every part, in order.
    pub const ALL: [Self; 4] = [Self::Space, Self::Fragmentation, Self::Refusals, Self::Threads];

    /// The name in the page's ids.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Space => "space",
            Self::Fragmentation => "fragmentation",
            Self::Refusals => "refusals",
            Self::Threads => "threads",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Space => "Space",
            Self::Fragmentation => "Fragmentation",
            Self::Refusals => "Refusals",
            Self::Threads => "Threads",
        }
    }

    /// What is there, for the tooltip.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Space => "Where every byte is",
            Self::Fragmentation => "Free space that cannot be used, and used space that nobody asked for",
            Self::Refusals => "Failed allocations, refused calls by kind, guards",
            Self::Threads => "Who works on the arena, and how fast it can be on this machine",
        }
    }
}

/// The parts of the drawer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DrawerTab {
    /// Everything that happened.
    Console,
    /// The budget report as text.
    Report,
    /// Warnings and errors.
    Problems,
}

impl DrawerTab {
    /// Every part, in order.
    pub const ALL: [Self; 3] = [Self::Console, Self::Report, Self::Problems];

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Console => "Console",
            Self::Report => "Report",
            Self::Problems => "Problems",
        }
    }
}

/// One line of the console.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Counts from 1 and never repeats.
    pub number: u64,
    /// Wall clock at arrival: `12:04:31.208`.
    pub clock: String,
    /// Engine time, where the engine spoke.
    pub engine_us: Option<u64>,
    /// How much it matters.
    pub level: Level,
    /// What happened.
    pub text: String,
}

/// The page's state. A handful of keys into the reactive arena: cheap to copy.
#[derive(Clone, Copy)]
pub struct Store {
    /// How far the engine is.
    pub phase: RwSignal<Phase>,
    /// The engine itself.
    pub engine: EngineSlot,
    /// What the toolbar says; applies at the next start.
    pub chosen: RwSignal<RunConfig>,
    /// What the run in progress, or the last one, was started with.
    pub applied: RwSignal<Option<RunConfig>>,
    /// The newest figures.
    pub metrics: RwSignal<Metrics>,
    /// The figures of the selected moment; `None` while the page is live.
    pub past: RwSignal<Option<Arc<Past>>>,
    /// The file that was opened last as a run, if one was since the page's last start.
    pub opened: RwSignal<Option<String>>,
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
    /// What all panels look at: a moment, a span of time, a part of the memory.
    pub selected: Selected,
    /// How the timeline is drawn.
    pub timeline: TimelineState,
    /// The throughput measurement.
    pub throughput: Throughput,
    /// The dialog that is open.
    pub dialog: RwSignal<Option<super::dialogs::Dialog>>,
    /// Bumped where the window must be measured or colours read again.
    pub theme: RwSignal<super::theme::Theme>,
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
            running: RwSignal::new(false),
            events_per_second: RwSignal::new(None),
            capabilities: RwSignal::new(Capabilities::default()),
            lines: RwSignal::new(Vec::new()),
            tab: RwSignal::new(Tab::Overview),
            arena_part: RwSignal::new(ArenaPart::Space),
            drawer_open: RwSignal::new(true),
            drawer_tab: RwSignal::new(DrawerTab::Console),
            snapshot_busy: RwSignal::new(false),
            shelf: RwSignal::new(Shelf::default()),
            events: EventsState::new(),
            leak_marks: RwSignal::default(),
            lifetimes: StoredValue::new(Lifetimes::since(0)),
            selected: Selected::new(),
            timeline: TimelineState::new(),
            throughput: Throughput::new(),
            dialog: RwSignal::new(None),
            theme: RwSignal::new(super::theme::Theme::System),
        }
    }

    /// The store of this page, from the context that [`super::page`] gives.
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

    /// As [`Self::shown`], in words; a dash where `told` does not tell it of the moment.
    pub fn told(self, told: Told, read: impl Fn(&Metrics) -> String + Send + Sync + 'static) -> Memo<String> {
        let shown = self.shown(read);
        Memo::new(move |_| if self.tells(told) { shown.get() } else { "–".into() })
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
