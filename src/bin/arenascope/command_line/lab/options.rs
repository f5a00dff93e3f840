//! The arguments of `arenascope lab`.

use arenascope::analysis::numbers::typed::{self, Quantity};
use arenascope::lab::{RowSpec, Settings};
use clap::Args;
use std::path::PathBuf;

/// What `--help` says below the options.
pub(crate) const SERVING: &str = "\
The recording is of any known tool that tells the size and the life of each allocation, or one
of Arenascope. Each row serves the same requests in the same order: `packing` knows every life
beforehand, a policy of the arena places over addresses that nothing backs, and `pytorch` is a
model of PyTorch's caching allocator; settings stand behind a colon, as in
`pytorch:expandable_segments:max_split_size_mb=128`. The bound is the peak of live bytes, with
less of which nobody can do.

`--json` writes a lab file: settings, rows and results. `--again LAB` takes settings and rows
from one, serves them again and fails where a figure came out otherwise; times, and packings,
which are better the longer they are searched, are left out of that.

Ctrl-C ends the rows that go on; what is done is printed.

Exit codes: 0 done, whatever the rows refused; 1 a file or the machine failed, or a figure of a
lab file came out otherwise; 2 wrong arguments, or a file that is no recording, is damaged, or
tells of no allocation.";

/// What to serve, and how.
#[derive(Debug, Args)]
pub(crate) struct LabOptions {
    /// The recording; `-` is standard input
    pub(crate) file: PathBuf,
    /// Rows, by key; without them, all
    #[arg(long, value_name = "KEY,…", value_delimiter = ',', value_parser = row)]
    pub(crate) policies: Vec<RowSpec>,
    /// The heap: its number from 0, or its name; without it, the one that most was asked of
    #[arg(long, value_name = "HEAP")]
    pub(crate) heap: Option<String>,
    /// How much memory there is, `192MiB`; without it, as much as anyone could want
    #[arg(long, value_name = "SIZE", value_parser = size)]
    budget: Option<u64>,
    /// How long a packing is searched; it may end before
    #[arg(long, value_name = "SECONDS", default_value_t = 5.0, value_parser = seconds)]
    packing_seconds: f64,
    /// Take settings, rows and heap from a lab file, and compare with its figures
    #[arg(long, value_name = "LAB", conflicts_with_all = ["policies", "heap", "budget", "packing_seconds"])]
    pub(crate) again: Option<PathBuf>,
    /// The result as JSON: a lab file
    #[arg(long, conflicts_with = "markdown")]
    pub(crate) json: bool,
    /// The result as Markdown, for a review
    #[arg(long)]
    pub(crate) markdown: bool,
}

/// Longest search of a packing, seconds.
const SECONDS_MAX: f64 = 86_400.0;

fn row(text: &str) -> Result<RowSpec, String> {
    let known = || RowSpec::all().into_iter().map(RowSpec::key).collect::<Vec<_>>().join(", ");
    RowSpec::from_key(text).map_err(|error| format!("{error}; there are {}", known()))
}

fn size(text: &str) -> Result<u64, String> {
    match typed::read(text, Quantity::Bytes) {
        Ok(0) => Err("a budget of nothing serves nobody".into()),
        Ok(bytes) => Ok(bytes),
        Err(refusal) => Err(refusal.to_string()),
    }
}

fn seconds(text: &str) -> Result<f64, String> {
    let seconds = text.parse().ok().filter(|seconds| (0.0..=SECONDS_MAX).contains(seconds));
    seconds.ok_or(format!("a number from 0 to {SECONDS_MAX} is expected"))
}

impl LabOptions {
    pub(super) fn settings(&self) -> Settings {
        let (budget_bytes, packing_seconds) = (self.budget, self.packing_seconds);
        Settings { budget_bytes, packing_seconds, keeps_addresses: false, ..Settings::default() }
    }

    pub(super) fn rows(&self) -> Vec<RowSpec> {
        if self.policies.is_empty() { RowSpec::all() } else { self.policies.clone() }
    }
}
