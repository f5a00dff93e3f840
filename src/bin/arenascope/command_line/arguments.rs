//! The arguments, and the text of `--help`.

use super::check::options::{CHECKING, CheckOptions};
use super::diff::options::{COMPARING, DiffOptions};
use super::goal::Goal;
use super::lab::options::{LabOptions, SERVING as LABORATORY};
use super::record::options::{RECORDING, RecordOptions};
use super::serve::options::{SERVING, ServeOptions};
use super::state::StateOptions;
use arenascope::arena::{GRANULE, MAX_ALIGN, PolicyKind, Region};
use arenascope::units::Bytes;
use clap::builder::{PossibleValuesParser, TypedValueParser};
use clap::{Args, Parser, Subcommand};
use clap_complete::Shell;
use std::path::PathBuf;

/// Most timed passes that can be asked for.
const REPEATS_MAX: i64 = 1_000_000;

/// Arenascope: a memory profiler, on the command line
#[derive(Debug, Parser)]
#[command(name = "arenascope", version, subcommand_required = true)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// What to do.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Replay a recording of any tool that tells sizes and lives against the arena's policies
    #[command(after_help = FIGURES)]
    Replay(ReplayOptions),
    /// Say what a recording of any known tool is, and its totals
    #[command(after_help = FORMATS)]
    Info(InfoOptions),
    /// Write a recording as another tool's file, or as one that the page opens
    #[command(visible_alias = "export", after_help = FORMATS)]
    Convert(ConvertOptions),
    /// Compare two recordings or snapshots, or one recording at two moments
    #[command(after_help = COMPARING)]
    Diff(DiffOptions),
    /// Hold a recording against rules, by itself and beside earlier recordings
    #[command(after_help = CHECKING)]
    Check(CheckOptions),
    /// Say who holds memory at a moment of a recording, with call stacks
    State(StateOptions),
    /// Say what the best could have done with a recording: bound, packing, policies
    #[command(after_help = LABORATORY)]
    Lab(LabOptions),
    /// Record the memory of any page, in a Chromium that is started or joined
    #[command(after_help = RECORDING)]
    Record(RecordOptions),
    /// Serve the built page on loopback, with a relay for the probes of other pages
    #[command(after_help = SERVING)]
    Serve(ServeOptions),
    /// Print a script that completes commands and options in a shell
    Completions {
        /// The shell
        shell: Shell,
    },
}

const FORMATS: &str = "\
Recordings are known by their content, packed by gzip or Zstandard or not: PyTorch CUDA
snapshots, heaptrack, DHAT, massif, statistics of VMA and D3D12MA, Radeon Memory Visualizer,
GPGMM, Firefox profiles, Chrome's .heapprofile, .heapsnapshot and .heaptimeline, memray's CSV,
MiniMalloc's CSV, Chrome traces, Alloc/Free text, recordings of pages by Arenascope's probe,
and recordings of Arenascope.

Exit codes: 0 done; 1 the file or the machine failed; 2 wrong arguments, or a file that is
none of these or is damaged.";

/// What to say of which files.
#[derive(Debug, Args)]
pub(crate) struct InfoOptions {
    /// The recordings; `-` is standard input
    #[arg(required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// Categories by the rules of a file, one a line: `stack contains conv2d => Convolutions`
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// The result as JSON, one document for each file
    #[arg(long)]
    pub(crate) json: bool,
}

/// What to write, and where.
#[derive(Debug, Args)]
pub(crate) struct ConvertOptions {
    /// The recording; `-` is standard input
    pub(crate) file: PathBuf,
    /// The format to write
    #[arg(long, value_name = "FORMAT", value_parser = goals())]
    pub(crate) to: Goal,
    /// Categories by the rules of a file, one a line: `stack contains conv2d => Convolutions`
    #[arg(long, value_name = "FILE")]
    pub(crate) rules: Option<PathBuf>,
    /// The file to write, `-` for standard output; without it, beside the recording
    #[arg(long, short, value_name = "FILE")]
    pub(crate) output: Option<PathBuf>,
}

fn goals() -> impl TypedValueParser<Value = Goal> {
    // Of the keys alone, so that every one is a goal.
    PossibleValuesParser::new(Goal::keys()).map(|key| Goal::of_key(&key).unwrap_or(Goal::Own))
}

const FIGURES: &str = "\
The recording is of any known tool that tells the size and the life of each allocation
(PyTorch CUDA snapshots with history, heaptrack, Radeon Memory Visualizer, GPGMM, native
allocations of Firefox profiles, MiniMalloc's CSV, recordings of pages and of Arenascope),
packed by gzip or Zstandard or not, or text: `Alloc(bytes),` takes memory, `Free(index),` gives back
what allocation `index`, counted from 0, took, `Realloc(index, bytes),` changes its size.

Times are of whole passes, without decoding. Full: fewer bytes were free than asked for;
fragmented: enough were free, but no range held them. Footprint is the highest address
used, ratio is footprint ÷ peak of live bytes. Waste is the part of the bytes set aside
that nobody asked for, at the peak. External fragmentation is 1 − largest ÷ free: of the
free ranges within the footprint (mean over at most 256 moments), and of the whole arena,
whose untouched end is one large free range (mean over at most 4096 moments).

Exit codes: 0 done; 1 the file or the machine failed; 2 wrong arguments, or a file that is
no recording, lacks sizes or lives, or stops being one: of text, what came before that is
replayed.";

/// What to replay, and how.
#[derive(Debug, Args)]
pub(crate) struct ReplayOptions {
    /// The recording; `-` is standard input
    pub(crate) file: PathBuf,
    /// One policy, or all of them
    #[arg(long = "policy", value_name = "NAME", default_value = "all", value_parser = policies())]
    pub(crate) policies: Policies,
    /// The arena, 1 to 1024 MiB; without it, chosen from the peak
    #[arg(long = "arena-mib", value_name = "MIB", value_parser = arena_size)]
    pub(crate) arena: Option<Bytes>,
    /// Alignment of every allocation in bytes, a power of two up to 65536
    #[arg(long, value_name = "BYTES", default_value_t = GRANULE.get(), value_parser = alignment)]
    align: u64,
    /// Timed passes
    #[arg(long, value_name = "COUNT", default_value_t = 5, value_parser = clap::value_parser!(u32).range(1..=REPEATS_MAX))]
    pub(crate) repeats: u32,
    /// Of Alloc/Free text: the number that it gives to its first allocation, 0 or 1
    #[arg(long, value_name = "INDEX", default_value_t = 0, value_parser = clap::value_parser!(u64).range(0..=1))]
    pub(crate) first_index: u64,
    /// Also each policy behind the cache of a thread, as where the arena is shared
    #[arg(long)]
    pub(crate) thread_cache: bool,
    /// The result as JSON
    #[arg(long)]
    pub(crate) json: bool,
}

impl ReplayOptions {
    pub(crate) const fn align(&self) -> Bytes {
        Bytes::new(self.align)
    }
}

/// Policies, in the order of the report.
#[derive(Clone, Debug)]
pub(crate) struct Policies(pub(crate) Vec<PolicyKind>);

fn policies() -> impl TypedValueParser<Value = Policies> {
    let keys = ["all"].into_iter().chain(PolicyKind::ALL.map(PolicyKind::key));
    PossibleValuesParser::new(keys).map(|key| match PolicyKind::from_key(&key) {
        Some(policy) => Policies(vec![policy]),
        None => Policies(PolicyKind::ALL.to_vec()),
    })
}

fn arena_size(text: &str) -> Result<Bytes, String> {
    let most = Region::MAX.get() >> 20;
    let size = text.parse().ok().filter(|mib| (1..=most).contains(mib));
    size.map(Bytes::mib).ok_or(format!("a number from 1 to {most} is expected"))
}

fn alignment(text: &str) -> Result<u64, String> {
    let most = MAX_ALIGN.get();
    let align = text.parse().ok().filter(|align: &u64| align.is_power_of_two() && *align <= most);
    align.ok_or(format!("a power of two from 1 to {most} is expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<ReplayOptions, String> {
        let words = ["arenascope"].into_iter().chain(line.split_whitespace());
        let arguments = Arguments::try_parse_from(words).map_err(|error| error.to_string())?;
        match arguments.command {
            Command::Replay(options) => Ok(options),
            other => Err(format!("another command: {other:?}")),
        }
    }

    #[test]
    fn the_definition_is_sound() {
        <Arguments as clap::CommandFactory>::command().debug_assert();
    }

    #[test]
    fn options_stand_before_or_behind_the_file_joined_or_apart() {
        let apart = "replay --policy seed_compat --arena-mib 64 --align 256 --repeats 9 --first-index 1 --json a.trace --thread-cache";
        let joined = "replay a.trace --json --policy=seed_compat --arena-mib=64 --align=256 --repeats=9 --first-index=1 --thread-cache";
        for line in [apart, joined] {
            let options = parsed(line).unwrap();
            assert_eq!(
                (options.policies.0.as_slice(), options.align()),
                (&[PolicyKind::SeedCompat][..], Bytes::new(256))
            );
            assert_eq!((options.arena, options.repeats, options.first_index), (Some(Bytes::mib(64)), 9, 1));
            assert_eq!((options.json, options.thread_cache, options.file.as_path()), (true, true, "a.trace".as_ref()));
        }
    }

    #[test]
    fn what_is_not_said_has_a_default() {
        let options = parsed("replay -- --help").unwrap();
        assert_eq!((options.policies.0.as_slice(), options.align()), (PolicyKind::ALL.as_slice(), GRANULE));
        assert_eq!((options.arena, options.repeats, options.first_index), (None, 5, 0));
        assert_eq!((options.json, options.thread_cache), (false, false));
        assert_eq!(options.file.as_path(), "--help");
        assert_eq!(parsed("replay -").unwrap().file.as_path(), "-");
    }

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        let cases = [
            ("play", "'play'"),
            ("replay", "<FILE>"),
            ("replay a b", "'b'"),
            ("replay a --fast", "'--fast'"),
            ("replay a --json=yes", "'yes'"),
            ("replay a --policy", "first_fit, best_fit"),
            ("replay a --policy magic", "first_fit, best_fit"),
            ("replay a --arena-mib 0", "a number from 1 to 1024"),
            ("replay a --arena-mib 1,024", "a number from 1 to 1024"),
            ("replay a --repeats=many", "'many'"),
            ("replay a --repeats=0", "1..=1000000"),
            ("replay a --align 24", "a power of two from 1 to 65536"),
            ("replay a --align 131072", "a power of two from 1 to 65536"),
            ("replay a --first-index 2", "0..=1"),
        ];
        for (line, expected) in cases {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(expected), "{line}: {message}");
        }
    }
}
