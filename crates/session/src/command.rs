//! What the page asks of the engine, and what the engine says: the messages
//! between the two threads, as JSON text. Rare; everything frequent goes
//! through [`arenascope_telemetry::Shared`].

use super::config::RunConfig;
use super::manifest::Manifest;
use arenascope_telemetry::notice::Notice;
use serde::{Deserialize, Serialize};

/// What the engine is told to do, and what each answers with.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum Command {
    /// Begin a run: everything of the previous run is dropped first.
    /// Answers with the [`RunConfig`].
    Start {
        /// Scenario, seed, sizes and policies of the run.
        config: RunConfig,
    },
    /// End the run; what is live stays, to be looked at. Answers with `null`.
    Stop,
    /// Drop everything and zero every figure. Answers with `null`.
    Reset,
    /// Change the speed of the run in progress. Answers with `null`.
    SetSpeed {
        /// Scenario frames per 1/60 s.
        speed: f64,
    },
    /// Change limits of the budget. Answers with all limits.
    SetLimits {
        /// What to change, see [`super::limits`].
        limits: serde_json::Value,
    },
    /// Run the history again under other limits, and change nothing. Answers
    /// with a [`super::limits::WhatIfEntry`].
    WhatIf {
        /// What would be changed.
        limits: serde_json::Value,
    },
    /// What the browser says the page holds, for the budget's untracked row.
    /// Answers with `null`.
    NoteBrowserMemory {
        /// As reported; `None` where the browser reports nothing.
        bytes: Option<arenascope_units::Bytes>,
    },
    /// Answers with the snapshot document.
    Snapshot,
    /// Answers with the budget report as text.
    Report,
    /// Answers with a [`arenascope_telemetry::pool_detail::PoolDetail`].
    PoolDetail,
    /// Fault drill: destroy the GPU device as if the driver had. Answers with
    /// `null` once the loss is asked for; recovery shows in the metrics.
    LoseGpuDevice,
    /// Fault drill: destroy the WebNN context. Answers with `null` once the loss
    /// is asked for; recovery shows in the metrics.
    LoseNnContext,
}

/// Something to do for the recorder.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "do", rename_all = "snake_case")]
pub enum RecorderCommand {
    /// Answers with a [`RecordingEntry`] for each file, by name.
    Recordings,
    /// Write what memory holds of the newest run. Answers with its
    /// [`RecordingEntry`].
    Save,
    /// Read a file as the newest run. Answers with an [`Opened`].
    Open {
        /// The file, by the name of its [`RecordingEntry`].
        name: String,
    },
    /// Delete a file. Answers with `null`.
    Delete {
        /// The file, by the name of its [`RecordingEntry`].
        name: String,
    },
}

/// A recording in the browser's storage.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecordingEntry {
    /// Its name: when it began.
    pub name: String,
    /// The file's size; `None` where another tab is writing it.
    pub bytes: Option<u64>,
    /// Events in it, where that is known without reading it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub events: Option<u64>,
    /// Time of the run at its newest event, µs, where that is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub length_us: Option<u64>,
    /// What its run is, where the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
}

/// What opening a recording brought.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Opened {
    /// The file that was opened, by the name of its [`RecordingEntry`].
    pub name: String,
    /// Events that were read, up to the damage where there is any.
    pub events: u64,
    /// What is wrong with the rest of the file.
    pub damage: Option<String>,
    /// What its run is, where the file says it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub manifest: Option<Manifest>,
}

/// A command to the recorder with the number its answer will carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct RecorderCall {
    /// Chosen by the page, unique per page, engine calls included.
    pub id: u32,
    /// What the recorder is to do.
    pub command: RecorderCommand,
}

/// A command with the number its answer will carry.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Call {
    /// Chosen by the page, unique per page.
    pub id: u32,
    /// What the engine is to do.
    pub command: Command,
}

/// What a worker says to the page.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "say", rename_all = "snake_case")]
pub enum Message {
    /// The worker runs and takes commands.
    Ready {
        /// What the machine offers, as the worker found it.
        capabilities: arenascope_telemetry::capabilities::Capabilities,
    },
    /// The answer to a call: a JSON text, or why not.
    Answer {
        /// The number of the call that is answered.
        id: u32,
        /// JSON text, or a message for people.
        result: Result<String, String>,
    },
    /// A mutator's worker works as this mutator from now on.
    Registered {
        /// Its number on the board, from 0.
        number: u32,
    },
    /// A line for the console.
    Notice {
        /// The line for the console.
        notice: Notice,
    },
    /// Capabilities changed, for example after a device loss.
    Capabilities {
        /// What the machine offers from now on.
        capabilities: arenascope_telemetry::capabilities::Capabilities,
    },
    /// The worker cannot go on.
    Failed {
        /// Why the worker stopped, in the browser's words.
        reason: String,
    },
}
