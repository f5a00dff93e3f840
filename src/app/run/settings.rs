//! The settings of a run as menus: their values as text, as the address bar
//! and `<option>` hold them, and the way back.

use crate::app::engine::console;
use crate::app::engine::rpc;
use crate::app::state::store::Store;
use crate::session::config::{self, ArgumentError, Choice, RunConfig};
use crate::units::Bytes;
use crate::workload::mutator::MUTATORS_MAX;
use leptos::prelude::*;
use serde_json::Value;

/// One entry of a menu.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// As [`crate::analysis::run::page_link`] writes it.
    pub value: String,
    /// The name for people.
    pub label: String,
    /// One sentence for its tooltip.
    pub description: String,
}

/// A menu of the toolbar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Menu {
    /// What is done.
    Scenario,
    /// How the arena places.
    Policy,
    /// How the pool matches.
    PoolMode,
    /// The arena's size.
    Arena,
    /// Frames per 1/60 s.
    Speed,
    /// Threads beside the engine.
    Mutators,
}

impl Menu {
    /// The menus always in sight, in their order.
    pub const FRONT: [Self; 4] = [Self::Scenario, Self::Policy, Self::Arena, Self::Speed];
    /// The menus behind "More".
    pub const MORE: [Self; 2] = [Self::PoolMode, Self::Mutators];

    /// The name of the argument it sets.
    pub const fn argument(self) -> &'static str {
        match self {
            Self::Scenario => "scenario",
            Self::Policy => "policy",
            Self::PoolMode => "pool_mode",
            Self::Arena => "arena_bytes",
            Self::Speed => "speed",
            Self::Mutators => "mutators",
        }
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Scenario => "Scenario",
            Self::Policy => "Policy",
            Self::PoolMode => "Pool mode",
            Self::Arena => "Arena",
            Self::Speed => "Speed",
            Self::Mutators => "Mutators",
        }
    }

    /// The label where room is scarce: a part of [`Self::label`].
    pub const fn word(self) -> &'static str {
        match self {
            Self::PoolMode => "Pool",
            other => other.label(),
        }
    }

    /// What the setting is, in a sentence.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Scenario => "What the engine does.",
            Self::Policy => "How the arena places allocations.",
            Self::PoolMode => "How the GPU pool matches requests with buffers it has.",
            Self::Arena => "Size of the shared arena, metadata included.",
            Self::Speed => "Scenario frames per 1/60 s. Applies at once.",
            Self::Mutators => "Threads that work on the same arena beside the engine.",
        }
    }

    /// How a value reads that no menu has; a script or a link may set one.
    pub fn reading(self, value: &str) -> String {
        match self {
            Self::Arena => value.parse().map_or_else(|_| value.to_owned(), |bytes| Bytes::new(bytes).to_string()),
            Self::Speed => value.parse().map_or_else(|_| value.to_owned(), |speed: f64| format!("{speed}×")),
            _ => value.to_owned(),
        }
    }

    /// True where a change needs a new run.
    pub const fn needs_start(self) -> bool {
        !matches!(self, Self::Speed)
    }

    /// What may be chosen.
    pub fn entries(self) -> Vec<Entry> {
        match self {
            Self::Scenario => config::scenarios().iter().map(entry_of).collect(),
            Self::Policy => config::policies().iter().map(entry_of).collect(),
            Self::PoolMode => config::pool_modes().iter().map(entry_of).collect(),
            Self::Arena => {
                config::ARENA_SIZES.iter().map(|size| number(size.get().into(), &whole_mib(*size))).collect()
            }
            Self::Mutators => (0..=MUTATORS_MAX).map(|count| number(count.into(), &count.to_string())).collect(),
            Self::Speed => config::SPEEDS.iter().map(|speed| number((*speed).into(), &format!("{speed}×"))).collect(),
        }
    }
}

fn entry_of(choice: &Choice) -> Entry {
    Entry { value: choice.key.into(), label: choice.label.into(), description: choice.description.into() }
}

fn number(value: Value, label: &str) -> Entry {
    Entry { value: value.to_string(), label: label.into(), description: String::new() }
}

fn whole_mib(size: Bytes) -> String {
    format!("{} MiB", size.get() >> 20)
}

/// Changes one setting of the toolbar; a speed also reaches the run in progress.
///
/// # Errors
/// A value that is not allowed; the setting keeps what it had.
pub fn choose(store: Store, name: &str, text: &str) -> Result<(), ArgumentError> {
    let arguments =
        Value::Object([(name.to_owned(), crate::analysis::run::page_link::value_of(text))].into_iter().collect());
    let changed = store.chosen.with_untracked(|config| config.with_arguments(&arguments))?;
    let speed = changed.speed;
    store.chosen.set(changed);
    if name == "speed" && store.running.get_untracked() {
        console::spawn(store, async move { rpc::set_speed(store, speed).await });
    }
    Ok(())
}

/// True where the toolbar asks for another run than the one in progress.
pub fn differs(store: Store, argument: &str) -> bool {
    let chosen = store.chosen.with(|config| crate::analysis::run::page_link::text_of(config, argument));
    store.running.get()
        && store.applied.with(|applied| {
            applied.as_ref().is_some_and(|run| crate::analysis::run::page_link::text_of(run, argument) != chosen)
        })
}

/// The configuration that a script or the toolbar asks for, over the defaults.
///
/// # Errors
/// The first argument that cannot be used.
pub fn from_arguments(arguments: &Value) -> Result<RunConfig, ArgumentError> {
    RunConfig::default().with_arguments(arguments)
}
