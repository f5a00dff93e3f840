//! The command line of Arenascope: the same core as the page, natively.
//!
//! `arenascope replay FILE` runs a recording against the placement policies.
//! Results go to standard output, everything else to standard error. Exit codes:
//! 0 done, 1 the file or the machine failed, 2 wrong arguments or a line that is
//! no operation.

mod arguments;
mod failure;
mod json;
mod progress;
mod replay;
mod report;
mod table;

use arguments::Command;
use failure::Failure;
use std::process::ExitCode;

fn main() -> ExitCode {
    match run(std::env::args_os().skip(1)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("arenascope: {failure}");
            failure.exit_code()
        }
    }
}

fn run(arguments: impl Iterator<Item = std::ffi::OsString>) -> Result<(), Failure> {
    match arguments::parse(arguments)? {
        Command::Help => failure::print(&arguments::help()),
        Command::Version => failure::print(&format!("arenascope {}\n", env!("CARGO_PKG_VERSION"))),
        Command::Replay(options) => replay::run(&options),
    }
}
