//! What happened, in plain words: the lines of the console.

use serde::{Deserialize, Serialize};

/// How much a notice matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    /// Something worth knowing happened; nothing is wrong.
    Info,
    /// Something is not as asked; the run goes on.
    Warning,
    /// Something that was asked for was not done.
    Error,
}

/// One line of the console. Rare: at most a few a second, see
/// [`arenascope_session`].
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notice {
    /// Engine time since the run's start, µs.
    pub time_us: u64,
    /// How much it matters.
    pub level: Level,
    /// What happened, with numbers, and what to do where something can be done.
    pub text: String,
}
