//! The arguments of `arenascope check`, and the text of its `--help`.

use arenascope::gate::Format;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::PathBuf;

/// What `--help` says below the options.
pub(crate) const CHECKING: &str = "\
Rules are TOML; docs/gate.md explains every key, public/memory-rules.schema.json is their JSON
Schema. `arenascope check --init RUN -o memory.toml` writes first ones that the run keeps to.

A rule with worse_than_baseline_at_most compares with the recordings of --baseline. From three of
them on, what chance does is learned too, and a run must lie beyond it to fail.

Exit codes: 0 every rule holds; 1 one does not; 2 wrong arguments, rules or recordings, or a rule
that cannot be judged on them.";

/// What to judge, and by what.
#[derive(Debug, Args)]
pub(crate) struct CheckOptions {
    /// The recording; `-` is standard input
    pub(crate) run: PathBuf,
    /// The rules
    #[arg(long, value_name = "FILE", required_unless_present = "init")]
    pub(crate) rules: Option<PathBuf>,
    /// An earlier recording to compare with; may be repeated
    #[arg(long, value_name = "RUN")]
    pub(crate) baseline: Vec<PathBuf>,
    /// How the verdict is written
    #[arg(long, value_name = "FORMAT", default_value = "text", value_parser = formats())]
    pub(crate) format: Format,
    /// Write first rules that the recording keeps to, instead of judging
    #[arg(long, conflicts_with_all = ["rules", "baseline", "format"])]
    pub(crate) init: bool,
    /// The file to write; without it, standard output
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn formats() -> impl TypedValueParser<Value = Format> {
    // Of the keys alone, so that every one is a format.
    PossibleValuesParser::new(Format::keys()).map(|key| key.parse().unwrap_or_default())
}
