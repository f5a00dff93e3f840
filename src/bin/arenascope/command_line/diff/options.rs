//! The arguments of `arenascope diff`.

use arenascope::analysis::compare::align::Align;
use arenascope::analysis::compare::moment::Moment;
use clap::Args;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use std::path::{Path, PathBuf};

/// What `--help` says below the options.
pub(crate) const COMPARING: &str = "\
Each file is a recording of any known tool, packed or not, or a snapshot of the page. The older
one, by what the files say themselves, is `before`, whichever is named first; where they do not
say, the first is. One file with two moments compares these.

Moments: `end`, a time since the run's start (`1.5s`, `20ms`, `300us`), `event:1000`, `frame:12`,
`marker:TEXT`, or `marker:TEXT#2` for the second of that text. Given once, --at is of both; given
twice, of the first file and of the second.

Things of one run are the same by their birth. Of two runs, owners are the same by category and
label, stacks by their functions, places by owner and size.

Exit codes: 0 done, whatever differs; 1 a file or the machine failed; 2 wrong arguments, a moment
that a run does not have, or a file that is none of these or is damaged.";

/// What to compare, and how.
#[derive(Debug, Args)]
pub(crate) struct DiffOptions {
    /// Two recordings or snapshots, or one recording at two moments; `-` is a recording on
    /// standard input
    #[arg(required = true, num_args = 1..=2, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// The moment that is compared: at most one for each file
    #[arg(long, value_name = "MOMENT")]
    at: Vec<Moment>,
    /// By what the two usage curves are laid beside each other
    #[arg(long, value_name = "WAY", default_value = "time", value_parser = ways())]
    pub(super) align: Align,
    /// Rows of each table
    #[arg(long, value_name = "COUNT", default_value_t = 15)]
    pub(super) rows: usize,
    /// The result as JSON, as the page's `arenascope.compare(…)` gives it
    #[arg(long, conflicts_with = "markdown")]
    pub(super) json: bool,
    /// The result as Markdown, for a review
    #[arg(long)]
    pub(super) markdown: bool,
}

fn ways() -> impl TypedValueParser<Value = Align> {
    // Of the keys alone, so that every one is a way.
    PossibleValuesParser::new(Align::ALL.map(Align::key)).map(|key| Align::from_key(&key).unwrap_or_default())
}

impl DiffOptions {
    /// The first file and the second, which may be one.
    pub(super) fn files(&self) -> (&Path, &Path) {
        let first = self.files.first().map_or(Path::new("-"), PathBuf::as_path);
        (first, self.files.get(1).map_or(first, PathBuf::as_path))
    }

    /// Whether both are the same file, which is then read once.
    pub(super) fn is_one_file(&self) -> bool {
        let (first, second) = self.files();
        let real = |path: &Path| std::fs::canonicalize(path).ok();
        first == second || real(first).is_some_and(|path| Some(path) == real(second))
    }

    /// The moments of both.
    pub(super) fn moments(&self) -> [Moment; 2] {
        let first = self.at.first().cloned().unwrap_or_default();
        let second = self.at.get(1).cloned().unwrap_or_else(|| first.clone());
        [first, second]
    }
}
