//! Which row: a way to serve a workload, by a key that files and command lines write.

use crate::pytorch::settings::PyTorch;
use arenascope_arena::PolicyKind;
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// A way to serve a workload.
#[derive(Clone, Copy, Debug, PartialEq)]
#[non_exhaustive]
pub enum RowSpec {
    /// A placement policy of the arena, over addresses that nothing backs.
    Policy {
        /// Which.
        policy: PolicyKind,
        /// Whether a thread's cache stands before it.
        thread_cache: bool,
    },
    /// The best packing that knows every life beforehand, as far as it is found.
    Packing,
    /// PyTorch's caching allocator for CUDA: what it keeps reserved.
    PyTorch(PyTorch),
}

/// A key that names no row.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no row of the laboratory is called {key}")]
pub struct UnknownRow {
    /// What was written.
    pub key: String,
}

/// The key of the packing.
const PACKING: &str = "packing";
/// What the key of PyTorch's allocator begins with; its settings follow, each after a colon.
const PYTORCH: &str = "pytorch";
const SETTING: char = ':';
/// What stands behind a policy's key for one behind a thread's cache.
const CACHED: &str = "+cache";

impl RowSpec {
    /// Every row that runs without memory behind its addresses, in its usual settings, the
    /// packing last: it takes as long as it is given. Policies behind a thread's cache are
    /// left out: the cache keeps its records in the memory that it caches, and which blocks it
    /// holds follows from which threads ran when, of which a recording has the order at most.
    pub fn all() -> Vec<Self> {
        let bare = PolicyKind::ALL.map(|policy| Self::Policy { policy, thread_cache: false });
        let expandable = PyTorch { expandable_segments: true, ..PyTorch::default() };
        let baselines = [PyTorch::default(), expandable].map(Self::PyTorch);
        bare.into_iter().chain(baselines).chain([Self::Packing]).collect()
    }

    /// Its key: `best_fit`, `tlsf+cache`.
    pub fn key(self) -> String {
        match self {
            Self::Packing => PACKING.into(),
            Self::PyTorch(settings) => [vec![PYTORCH.into()], settings.keys()].concat().join(":"),
            Self::Policy { policy, thread_cache: false } => policy.key().into(),
            Self::Policy { policy, thread_cache: true } => format!("{}{CACHED}", policy.key()),
        }
    }

    /// The name for people.
    pub fn label(self) -> String {
        match self {
            Self::Packing => "Best packing".into(),
            Self::PyTorch(settings) => match settings.keys() {
                keys if keys.is_empty() => "PyTorch".into(),
                keys => format!("PyTorch, {}", keys.join(", ")),
            },
            Self::Policy { policy, thread_cache: false } => policy.label().into(),
            Self::Policy { policy, thread_cache: true } => format!("{}, thread cache", policy.label()),
        }
    }

    /// The row of a key.
    ///
    /// # Errors
    ///
    /// [`UnknownRow`] where there is none.
    pub fn from_key(key: &str) -> Result<Self, UnknownRow> {
        if key == PACKING {
            return Ok(Self::Packing);
        }
        let unknown = || UnknownRow { key: key.into() };
        let mut parts = key.split(SETTING);
        if parts.next() == Some(PYTORCH) {
            return PyTorch::from_keys(parts).map(Self::PyTorch).ok_or_else(unknown);
        }
        let (name, thread_cache) = match key.strip_suffix(CACHED) {
            Some(name) => (name, true),
            None => (key, false),
        };
        let policy = PolicyKind::from_key(name).ok_or_else(unknown)?;
        Ok(Self::Policy { policy, thread_cache })
    }
}

impl Serialize for RowSpec {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.key())
    }
}

impl<'de> Deserialize<'de> for RowSpec {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let key = String::deserialize(deserializer)?;
        Self::from_key(&key).map_err(serde::de::Error::custom)
    }
}
