//! What ends the program early, and with which exit code.

use super::name::Name;
use super::record::error::RecordError;
use super::serve::error::ServeError;
use arenascope::analysis::categories::rules::RulesError;
use arenascope::analysis::compare::SideError;
use arenascope::formats::import::ImportError;
use arenascope::formats::snapshot::SnapshotError;
use arenascope::gate::{self, MeasureError};
use arenascope::lab::TooMuch;
use arenascope::replay::{DecodeError, Lacking, ReplayError, TraceError};
use std::io::{self, Write};
use std::process::ExitCode;
use thiserror::Error;

/// Why there is no result, or only a part of one.
#[derive(Debug, Error)]
pub(crate) enum Failure {
    #[error("{0}: {1}")]
    Open(Name, #[source] io::Error),
    #[error("{0}: this is a directory; name a recording in it")]
    Directory(Name),
    /// Nothing could be read of it.
    #[error("{0}: {1}")]
    Decode(Name, #[source] DecodeError),
    /// The report is of what could be read of it.
    #[error("{0}: {1}; the {2} operations before it were replayed")]
    DecodePart(Name, #[source] DecodeError, usize),
    #[error("{0}: it is empty: nothing to replay")]
    Empty(Name),
    #[error("{0}: {1} frees, and no allocation that one of them gives back: nothing to replay")]
    OnlyFrees(Name, u64),
    /// Its format does not hold what a replay needs.
    #[error("{0}: {1}")]
    Lacking(Name, #[source] Lacking),
    /// An option that is of text alone.
    #[error("{0}: --first-index is for Alloc/Free text; this is {1}, which names its allocations")]
    NotNumbered(Name, String),
    /// It is no recording that is known, or a damaged one.
    #[error("{0}: {1}")]
    Import(Name, #[source] ImportError),
    /// A recording of ours that cannot be read.
    #[error("{0}: {1}")]
    Recording(Name, String),
    /// A line of the rules means nothing.
    #[error("{0}: {1}")]
    Rules(Name, #[source] RulesError),
    /// Rules are of the runs that others recorded.
    #[error("{0}: a recording of the engine has the engine's own categories; rules are for other tools' recordings")]
    OwnCategories(Name),
    /// It begins like a snapshot, and is none.
    #[error("{0}: {1}")]
    Snapshot(Name, #[source] SnapshotError),
    /// Runs that cannot be compared as asked.
    #[error(transparent)]
    Compare(SideError),
    /// A recording without an allocation.
    #[error("{0}: it tells of no allocation: nothing to serve")]
    NothingAllocated(Name),
    #[error("{0}: no heap is called {1}; there are {2}")]
    NoHeap(Name, String, String),
    #[error("{0}: {1}")]
    TooMuch(Name, #[source] TooMuch),
    #[error("{0}: this is no lab file: {1}")]
    NoLab(Name, String),
    /// Rows by name that came out otherwise than a lab file says.
    #[error("not as in the lab file: {0}")]
    LabDiffers(String),
    /// What was to be written could not be.
    #[error("{0}: {1}")]
    Convert(Name, String),
    /// Of several files some could not be read: each was said by itself.
    #[error("some files could not be read")]
    SomeFiles(u8),
    /// Rules that a run does not keep to: not a failure of this program.
    #[error("{0} of {1} rules do not hold")]
    RulesBroken(usize, usize),
    /// A rules file that cannot be read.
    #[error("{0}: {1}")]
    GateRules(Name, #[source] gate::RulesError),
    /// A rule that cannot be judged on a run.
    #[error("{0}: {1}")]
    Measure(Name, #[source] MeasureError),
    /// Whatever kept `check` from judging.
    #[error("{0}")]
    Unjudged(#[source] Box<Failure>),
    #[error(transparent)]
    Record(#[from] RecordError),
    #[error(transparent)]
    Serve(#[from] ServeError),
    #[error(transparent)]
    Replay(#[from] ReplayError),
    #[error("standard output: {0}")]
    Write(#[source] io::Error),
}

impl Failure {
    /// As [`Self::code`].
    pub(crate) fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code())
    }

    /// 2 where another file mends it, else 1.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::Decode(_, error) | Self::DecodePart(_, error, _) => match error {
                DecodeError::Trace(TraceError::Read { .. }) | DecodeError::TooMuchLive { .. } => 1,
                DecodeError::Trace(_) => 2,
            },
            Self::Import(_, ImportError::Read(_) | ImportError::Stopped(_)) => 1,
            Self::Import(..)
            | Self::Recording(..)
            | Self::Rules(..)
            | Self::Snapshot(..)
            | Self::Compare(_)
            | Self::OwnCategories(_)
            | Self::Empty(_)
            | Self::OnlyFrees(..)
            | Self::Lacking(..)
            | Self::NotNumbered(..)
            | Self::NothingAllocated(_)
            | Self::NoHeap(..)
            | Self::NoLab(..)
            | Self::GateRules(..)
            | Self::Measure(..)
            | Self::Unjudged(_) => 2,
            Self::Record(error) => error.code(),
            Self::Serve(error) => error.code(),
            Self::SomeFiles(code) => *code,
            Self::RulesBroken(..)
            | Self::TooMuch(..)
            | Self::LabDiffers(_)
            | Self::Open(..)
            | Self::Directory(_)
            | Self::Convert(..)
            | Self::Replay(_)
            | Self::Write(_) => 1,
        }
    }
}

/// Writes `text` to standard output. Whoever reads may have enough before the end,
/// as `head` does: that is no failure, and no panic as it is with `println!`.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Write(error)),
        _ => Ok(()),
    }
}
