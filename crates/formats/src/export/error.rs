//! Why a run could not be written.

use arenascope_trace::{Event, Run, Stopped};
use std::io;
use thiserror::Error;

/// Why a run could not be written.
#[derive(Debug, Error)]
pub enum ExportError {
    /// Somebody ended it.
    #[error(transparent)]
    Stopped(#[from] Stopped),
    /// What is written to failed.
    #[error("it could not be written: {0}")]
    Write(#[from] io::Error),
    /// The run holds nothing that the target could show.
    #[error("it cannot be written: {why}")]
    Cannot {
        /// In the words of the target.
        why: String,
    },
}

/// Tells every event of a run to what may fail for more reasons than [`Stopped`].
pub(super) fn each(run: &dyn Run, mut take: impl FnMut(&Event) -> Result<(), ExportError>) -> Result<(), ExportError> {
    let mut failed = None;
    let told = run.each(&mut |event| {
        take(event).map_err(|error| {
            failed = Some(error);
            Stopped
        })
    });
    failed.map_or(Ok(()), Err)?;
    Ok(told?)
}
