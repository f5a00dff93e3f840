//! Why a recording could not be made, or ended early.

use crate::command_line::name::Name;
use std::io;
use thiserror::Error;

/// Why there is no recording, or why it ended before it should.
#[derive(Debug, Error)]
pub(crate) enum RecordError {
    #[error("no Chromium found; looked for: {}; name one with --chrome, or in the variable CHROME", .looked_for.join(", "))]
    NoBrowser { looked_for: Vec<String> },
    #[error("{program} could not be started: {error}")]
    Start { program: Name, error: io::Error },
    #[error("{program} ended before it could be talked to ({status}){}", said(.last_words))]
    EndedAtStart { program: Name, status: String, last_words: Vec<String> },
    #[error("{program} gave no DevTools address in {seconds} s{}", said(.last_words))]
    NoAddress { program: Name, seconds: u64, last_words: Vec<String> },
    #[error("no browser's DevTools at 127.0.0.1:{port} ({why}); start it with --remote-debugging-port={port}")]
    Join { port: u16, why: String },
    #[error("the browser's DevTools at {address} cannot be talked to: {why}")]
    Connect { address: String, why: String },
    #[error("the browser is gone: {why}")]
    Disconnected { why: String },
    #[error("the browser refuses {method}: {why}")]
    Refused { method: &'static str, why: String },
    #[error("{url} cannot be opened: {why}")]
    NotLoaded { url: String, why: String },
    #[error("{url} did not answer in {seconds} s; --patience waits longer")]
    NoAnswer { url: String, seconds: f64 },
    #[error("the page crashed ({how})")]
    Crashed { how: String },
    #[error("--until: {why}")]
    Expression { why: String },
    #[error("--until was not true in {seconds} s")]
    NotInTime { seconds: f64 },
    #[error("nothing was received: no script can run in {url}")]
    Nothing { url: String },
    #[error("{file}: {error}")]
    Write { file: Name, error: io::Error },
    #[error("the system refuses what this program runs on: {0}")]
    System(#[source] io::Error),
}

impl RecordError {
    /// 2 where other arguments mend it, else 1.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Expression { .. } => 2,
            _ => 1,
        }
    }
}

/// What a program wrote last before it ended, if anything.
fn said(last_words: &[String]) -> String {
    if last_words.is_empty() { String::new() } else { format!("; it said:\n  {}", last_words.join("\n  ")) }
}
