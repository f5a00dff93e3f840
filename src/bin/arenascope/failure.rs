//! What ends the program early, and with which exit code.

use crate::arguments::UsageError;
use arenascope::formats::alloc_trace::TraceError;
use arenascope::replay::{DecodeError, ReplayError};
use std::fmt;
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;

/// Why there is no result.
#[derive(Debug)]
pub(crate) enum Failure {
    /// The arguments say nothing that can be done.
    Usage(UsageError),
    /// The file cannot be opened.
    Open(PathBuf, io::Error),
    /// The file is no recording, or could not be read to its end.
    Decode(PathBuf, DecodeError),
    /// The replay could not be run.
    Replay(ReplayError),
    /// Standard output is gone.
    Write(io::Error),
}

impl Failure {
    /// 2 where the caller can mend it by other arguments or another file.
    pub(crate) fn exit_code(&self) -> ExitCode {
        match self {
            Self::Usage(_) | Self::Decode(_, DecodeError::Trace(TraceError::Malformed { .. })) => ExitCode::from(2),
            // Whoever reads has enough, as `head` does: no failure.
            Self::Write(error) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(error) => write!(f, "{error}\nTry `arenascope --help`."),
            Self::Open(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Decode(path, error) => write!(f, "{}: {error}", path.display()),
            Self::Replay(error) => error.fmt(f),
            Self::Write(error) => write!(f, "standard output: {error}"),
        }
    }
}

impl From<UsageError> for Failure {
    fn from(error: UsageError) -> Self {
        Self::Usage(error)
    }
}

/// Writes `text` to standard output; `println!` would panic on a closed pipe.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    output.write_all(text.as_bytes()).and_then(|()| output.flush()).map_err(Failure::Write)
}
