//! `arenascope info FILE` says what a recording is, `convert` writes it as another tool's
//! file, `diff` lays two side by side, `check` holds one against rules, `state` says who
//! holds memory at a moment, `replay` runs it against the placement
//! policies, `lab` says what the best could have done with it.
//! `arenascope record URL` makes one of any page, `serve` serves the profiler's own page.
//!
//! Results go to standard output, everything else to standard error. Exit codes: 0 done,
//! 1 the file or the machine failed, 2 wrong arguments, or a file that is no recording, lacks
//! what is asked of it, or stops being one: of text, what came before that is replayed.

mod advice;
mod arguments;
mod check;
mod completions;
mod convert;
mod diff;
mod failure;
mod goal;
mod info;
mod intake;
mod interruption;
mod json;
mod lab;
mod load;
mod loaded;
mod markdown;
mod name;
mod progress;
mod record;
mod replay;
mod report;
mod rules;
mod serve;
mod source;
mod state;
mod table;

use arguments::{Arguments, Command};
use clap::Parser;
use std::process::ExitCode;

/// Does what the arguments of the process ask for.
pub(crate) fn main() -> ExitCode {
    let arguments = match Arguments::try_parse() {
        Ok(arguments) => arguments,
        Err(error) => return answer(&error),
    };
    let done = match &arguments.command {
        Command::Replay(options) => replay::run(options),
        Command::Info(options) => info::run(options),
        Command::Convert(options) => convert::run(options),
        Command::Diff(options) => diff::run(options),
        Command::Check(options) => check::run(options),
        Command::State(options) => state::run(options),
        Command::Lab(options) => lab::run(options),
        Command::Record(options) => record::run(options),
        Command::Serve(options) => serve::run(options),
        Command::Completions { shell } => completions::print_for(*shell),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("arenascope: {failure}");
            failure.exit_code()
        }
    }
}

/// Prints help, version or what is wrong with the arguments. Whoever reads may be gone.
fn answer(error: &clap::Error) -> ExitCode {
    let _ = error.print();
    u8::try_from(error.exit_code()).map_or(ExitCode::FAILURE, ExitCode::from)
}
