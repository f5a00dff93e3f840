//! Where on the page one is: its panels, their parts, the drawer, the dialogs.

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
    /// Who allocates, by call stack.
    Stacks,
    /// Documents taken and opened.
    Snapshots,
    /// Two runs, two moments or snapshots side by side.
    Compare,
    /// What other policies, and the best packing, would have done.
    Lab,
}

impl Tab {
    /// Every tab, in order.
    pub const ALL: [Self; 11] = [
        Self::Overview,
        Self::Timeline,
        Self::Arena,
        Self::GpuPool,
        Self::Budget,
        Self::Events,
        Self::Leaks,
        Self::Stacks,
        Self::Snapshots,
        Self::Compare,
        Self::Lab,
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
            Self::Stacks => "stacks",
            Self::Snapshots => "snapshots",
            Self::Compare => "compare",
            Self::Lab => "lab",
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
            Self::Stacks => "Stacks",
            Self::Snapshots => "Snapshots",
            Self::Compare => "Compare",
            Self::Lab => "Lab",
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

/// A dialog that can be open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Dialog {
    /// The list of keys.
    Keys,
    /// The command palette.
    Commands,
    /// Whether the run may be dropped.
    Reset,
    /// As which file the run is saved.
    Export,
    /// How another page is attached.
    Attach,
    /// The rules of categories.
    Categories,
}

impl Dialog {
    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Keys => "Keys",
            Self::Commands => "Commands",
            Self::Reset => "Reset",
            Self::Export => "Export",
            Self::Attach => "Attach a page",
            Self::Categories => "Categories by rules",
        }
    }
}
