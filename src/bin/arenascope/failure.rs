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

/// Writes `text` to standard output. Whoever reads may have enough before the end,
/// as `head` does: that is no failure, and no panic as it is with `println!`.
pub(crate) fn print(text: &str) -> Result<(), Failure> {
    let mut output = io::stdout().lock();
    match output.write_all(text.as_bytes()).and_then(|()| output.flush()) {
        Err(error) if error.kind() != io::ErrorKind::BrokenPipe => Err(Failure::Write(error)),
        _ => Ok(()),
    }
}
