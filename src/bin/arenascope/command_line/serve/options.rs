//! The arguments of `arenascope serve`, and the text of its `--help`.

use clap::Args;
use std::path::PathBuf;

/// What `--help` says below the options.
pub(crate) const SERVING: &str = "\
Every file is sent with the headers that DIR/_headers has for its path. Only programs of this
machine can connect, and only under its own names: 127.0.0.1 and localhost.

The address that is printed ends with a random token. Probes in other pages send what they
record to ws://127.0.0.1:PORT/relay?token=TOKEN; the page that is served receives it. Without the
token nobody sends, and no other page receives. docs/probe-protocol.md describes the messages.

Ctrl-C ends it. Exit codes: 0 ended; 1 the machine failed, the port is in use for one; 2 wrong
arguments, or no page in DIR.";

/// What to serve, and where.
#[derive(Debug, Args)]
pub(crate) struct ServeOptions {
    /// The port of 127.0.0.1; 0 is any that is free
    #[arg(long, value_name = "N", default_value_t = 8080)]
    pub(crate) port: u16,
    /// The built page, as `make build` leaves it
    #[arg(long, value_name = "DIR", default_value = "dist")]
    pub(crate) dir: PathBuf,
}
