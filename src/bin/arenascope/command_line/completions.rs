//! `arenascope completions SHELL`.

use super::arguments::Arguments;
use super::failure::{Failure, print};
use clap::CommandFactory;
use clap_complete::{Shell, generate};

/// Prints the script for a shell.
pub(crate) fn print_for(shell: Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    generate(shell, &mut Arguments::command(), "arenascope", &mut script);
    print(&String::from_utf8_lossy(&script))
}
