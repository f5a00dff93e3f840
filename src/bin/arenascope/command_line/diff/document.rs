//! A file that is compared: a recording in memory, or a snapshot.

use crate::command_line::failure::Failure;
use crate::command_line::load::{self, log};
use crate::command_line::name::Name;
use arenascope::formats::import::Format;
use arenascope::formats::snapshot::{self, FIRST_KEYS_BYTES, looks_like};
use arenascope::recording::EventLog;
use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::LazyLock;

/// What a file is.
pub(super) enum Document {
    /// A recording.
    Run(Box<EventLog>),
    /// A snapshot.
    Snapshot(Box<snapshot::Document>),
}

/// A file that was read.
pub(super) struct Opened {
    pub(super) document: Document,
    pub(super) name: String,
    /// Why the rest of it cannot be read.
    damage: Option<String>,
}

/// What a snapshot has for events.
static NOTHING: LazyLock<EventLog> = LazyLock::new(EventLog::default);

impl Opened {
    /// The file at `path`; `-` is a recording on standard input.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let name = Name::of(path);
        if is_snapshot(path) {
            let text = std::fs::read(path).map_err(|error| Failure::Open(name.clone(), error))?;
            let document = snapshot::read(&text).map_err(|error| Failure::Snapshot(name.clone(), error))?;
            return Ok(Self { document: Document::Snapshot(document.into()), name: name.to_string(), damage: None });
        }
        let log = log();
        let damage = load::Opened::new(path)?.load(&log)?;
        Ok(Self { document: Document::Run(log.into()), name: name.to_string(), damage })
    }

    /// Its events: none of a snapshot.
    pub(super) fn log(&self) -> &EventLog {
        match &self.document {
            Document::Run(log) => log,
            Document::Snapshot(_) => &NOTHING,
        }
    }

    /// Says what could not be read.
    pub(super) fn warn(&self) {
        if let Some(damage) = &self.damage {
            eprintln!("arenascope: {}: the rest cannot be read: {damage}", self.name);
        }
    }
}

/// By its first bytes, or JSON that nobody else knows: the snapshots' reader says best what is
/// wrong with it. What cannot be opened is none, and said to be so by whoever reads it.
fn is_snapshot(path: &Path) -> bool {
    let mut first = Vec::new();
    let opened = File::open(path).and_then(|file| file.take(FIRST_KEYS_BYTES as u64).read_to_end(&mut first));
    let is_json = first.trim_ascii_start().starts_with(b"{");
    opened.is_ok() && (looks_like(&first) || is_json && Format::of(&first).is_none())
}
