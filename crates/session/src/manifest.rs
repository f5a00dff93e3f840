//! What a run is, in words that outlive it: a file of it begins with this.

use super::config::RunConfig;
use serde::{Deserialize, Serialize};

/// What a run is.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Manifest {
    /// Version of the program that recorded it: `0.1.0`.
    pub version: String,
    /// When it began, ms since 1970; `None` where the session had no wall clock.
    pub begun_ms: Option<u64>,
    /// What defines it.
    pub config: RunConfig,
}

impl Manifest {
    /// Of a run that begins at `begun_ms`.
    pub fn of(config: &RunConfig, begun_ms: Option<u64>) -> Self {
        Self { version: env!("CARGO_PKG_VERSION").into(), begun_ms, config: config.clone() }
    }

    /// Reads one; `None` where the text is none, as in a file that another version wrote.
    pub fn from_text(text: &str) -> Option<Self> {
        serde_json::from_str(text).ok()
    }

    /// As JSON text.
    pub fn to_text(&self) -> String {
        // Of plain fields: it cannot fail.
        serde_json::to_string(self).unwrap_or_default()
    }
}
