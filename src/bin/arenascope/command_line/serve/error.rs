//! Why the page cannot be served.

use super::headers::HeadersError;
use crate::command_line::name::Name;
use std::io;
use thiserror::Error;

/// Why there is no server, or no more.
#[derive(Debug, Error)]
pub(crate) enum ServeError {
    #[error("{dir}: no index.html; `make build` builds the page into dist/, --dir names another folder")]
    NoPage { dir: Name },
    #[error("{file}: {error}")]
    NoHeaders { file: Name, error: io::Error },
    #[error("{file}: {error}")]
    Headers { file: Name, error: HeadersError },
    #[error("127.0.0.1:{port}: {error}; --port names another")]
    Bind { port: u16, error: io::Error },
    #[error("the system refuses what this program runs on: {0}")]
    System(#[source] io::Error),
    #[error("no random numbers, so no token: {0}")]
    Chance(String),
}

impl ServeError {
    /// 2 where other arguments mend it, else 1.
    pub(crate) const fn code(&self) -> u8 {
        match self {
            Self::NoPage { .. } | Self::NoHeaders { .. } | Self::Headers { .. } => 2,
            Self::Bind { .. } | Self::System(_) | Self::Chance(_) => 1,
        }
    }
}
