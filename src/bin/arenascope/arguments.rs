//! The arguments, by hand: six options do not need a crate.

use arenascope::arena::{GRANULE, MAX_ALIGN, PolicyKind, Region};
use arenascope::units::Bytes;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::path::PathBuf;

/// Most timed passes that can be asked for.
const REPEATS_MAX: u64 = 1_000_000;

/// What to do.
#[derive(Debug, PartialEq)]
pub(crate) enum Command {
    /// Say how to use the program.
    Help,
    /// Say which version this is.
    Version,
    /// Replay a recording.
    Replay(ReplayOptions),
}

/// What to replay, and how.
#[derive(Debug, PartialEq)]
pub(crate) struct ReplayOptions {
    /// The recording; `-` is standard input.
    pub(crate) file: PathBuf,
    /// Against which policies, in order.
    pub(crate) policies: Vec<PolicyKind>,
    /// On how large an arena; `None` leaves it to the recording.
    pub(crate) arena: Option<Bytes>,
    /// Alignment of every allocation.
    pub(crate) align: Bytes,
    /// Timed passes.
    pub(crate) repeats: u32,
    /// Whether the result is for a program.
    pub(crate) json: bool,
}

impl ReplayOptions {
    fn new(file: PathBuf) -> Self {
        let policies = PolicyKind::ALL.to_vec();
        Self { file, policies, arena: None, align: GRANULE, repeats: 5, json: false }
    }
}

/// What is wrong with the arguments.
#[derive(Debug, PartialEq)]
pub(crate) enum UsageError {
    /// No command was given.
    NoCommand,
    /// There is no such command.
    UnknownCommand(OsString),
    /// There is no such option.
    UnknownOption(OsString),
    /// There is no such policy.
    UnknownPolicy(OsString),
    /// The option stands alone.
    NoValue(&'static str),
    /// The option has a value that it cannot have.
    BadValue {
        /// Which option.
        option: &'static str,
        /// What it was given.
        found: OsString,
        /// What it takes.
        expected: String,
    },
    /// No recording was named.
    NoFile,
    /// A second recording was named.
    SecondFile(OsString),
}

impl fmt::Display for UsageError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoCommand => f.pad("no command; known is `replay`"),
            Self::UnknownCommand(found) => write!(f, "unknown command `{}`; known is `replay`", found.display()),
            Self::UnknownOption(found) => write!(f, "unknown option `{}`", found.display()),
            Self::UnknownPolicy(found) => {
                write!(f, "unknown policy `{}`; known are all, {}", found.display(), keys().join(", "))
            }
            Self::NoValue(option) => write!(f, "{option} needs a value"),
            Self::BadValue { option, found, expected } => {
                write!(f, "{option} takes {expected}, not `{}`", found.display())
            }
            Self::NoFile => f.pad("replay needs a FILE"),
            Self::SecondFile(found) => write!(f, "replay takes one FILE; `{}` is a second", found.display()),
        }
    }
}

fn keys() -> Vec<&'static str> {
    PolicyKind::ALL.map(PolicyKind::key).to_vec()
}

/// The text of `--help`.
pub(crate) fn help() -> String {
    let policies = keys().join(", ");
    format!(
        "\
Arenascope: a memory profiler, on the command line.

Usage: arenascope replay FILE [OPTIONS]

Replays a recording of malloc and free, one operation a line, against the
placement policies of the arena. `Alloc(bytes),` takes memory; `Free(index),`
gives back what allocation `index`, counted from 0, took. `-` is standard input.

Options:
  --policy NAME     one policy, or `all` (the default): {policies}
  --arena-mib N     the arena, 1 to 1024 MiB; without it, chosen from the peak
  --align N         alignment of every allocation, a power of two up to 65536
                    [default: 16]
  --repeats N       timed passes [default: 5]
  --json            the result as JSON
  -h, --help        this text
  -V, --version     the version

Times are of whole passes, without decoding. Footprint is the highest address
used, ratio is footprint ÷ peak of live bytes. External fragmentation is
1 − largest ÷ free; its mean is over at most 4096 moments, evenly spread over
the operations.

Exit codes: 0 done, 1 the file or the machine failed, 2 wrong arguments or a
line that is no operation.
"
    )
}

/// What the arguments, without the program's own name, ask for.
pub(crate) fn parse(arguments: impl Iterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut arguments = arguments;
    let Some(first) = arguments.next() else { return Err(UsageError::NoCommand) };
    match first.to_str() {
        Some("-h" | "--help" | "help") => Ok(Command::Help),
        Some("-V" | "--version") => Ok(Command::Version),
        Some("replay") => parse_replay(arguments),
        _ => Err(UsageError::UnknownCommand(first)),
    }
}

fn parse_replay(arguments: impl Iterator<Item = OsString>) -> Result<Command, UsageError> {
    let mut rest = Rest { arguments, joined: None, only_files: false };
    let mut options = ReplayOptions::new(PathBuf::new());
    while let Some(argument) = rest.next_argument() {
        let name = argument.to_str().filter(|name| !rest.only_files && name.starts_with('-') && *name != "-");
        match name {
            None => take_file(&mut options, argument)?,
            Some("--") => rest.only_files = true,
            Some("-h" | "--help") => return Ok(Command::Help),
            Some("-V" | "--version") => return Ok(Command::Version),
            Some("--json") => options.json = true,
            Some("--policy") => options.policies = policies(rest.value("--policy")?)?,
            Some("--arena-mib") => {
                let most = Region::MAX.get() >> 20;
                options.arena = Some(Bytes::mib(number("--arena-mib", rest.value("--arena-mib")?, most)?));
            }
            Some("--align") => options.align = align(rest.value("--align")?)?,
            Some("--repeats") => {
                options.repeats = number("--repeats", rest.value("--repeats")?, REPEATS_MAX)? as u32;
            }
            Some(_) => return Err(UsageError::UnknownOption(argument)),
        }
        rest.check_used()?;
    }
    if options.file.as_os_str().is_empty() { Err(UsageError::NoFile) } else { Ok(Command::Replay(options)) }
}

/// The arguments that are left. `--name=value` counts as two.
struct Rest<I> {
    arguments: I,
    /// A joined argument as it was written, and its value.
    joined: Option<(OsString, OsString)>,
    /// True behind `--`: nothing is an option any more.
    only_files: bool,
}

impl<I: Iterator<Item = OsString>> Rest<I> {
    fn next_argument(&mut self) -> Option<OsString> {
        let argument = self.arguments.next()?;
        let option = argument.to_str().filter(|text| !self.only_files && text.starts_with("--"));
        let Some((name, value)) = option.and_then(|text| text.split_once('=')) else { return Some(argument) };
        let (name, value) = (OsString::from(name), OsString::from(value));
        self.joined = Some((argument, value));
        Some(name)
    }

    fn value(&mut self, option: &'static str) -> Result<OsString, UsageError> {
        let joined = self.joined.take().map(|(_, value)| value);
        joined.or_else(|| self.arguments.next()).ok_or(UsageError::NoValue(option))
    }

    /// Refuses `--json=yes`: a value that nobody took.
    fn check_used(&mut self) -> Result<(), UsageError> {
        self.joined.take().map_or(Ok(()), |(whole, _)| Err(UsageError::UnknownOption(whole)))
    }
}

fn take_file(options: &mut ReplayOptions, file: OsString) -> Result<(), UsageError> {
    if !options.file.as_os_str().is_empty() {
        return Err(UsageError::SecondFile(file));
    }
    options.file = PathBuf::from(file);
    Ok(())
}

fn policies(name: OsString) -> Result<Vec<PolicyKind>, UsageError> {
    match name.to_str() {
        Some("all") => Ok(PolicyKind::ALL.to_vec()),
        key => match key.and_then(PolicyKind::from_key) {
            Some(policy) => Ok(vec![policy]),
            None => Err(UsageError::UnknownPolicy(name)),
        },
    }
}

fn decimal(text: &OsStr) -> Option<u64> {
    text.to_str()?.parse().ok()
}

fn number(option: &'static str, found: OsString, most: u64) -> Result<u64, UsageError> {
    match decimal(&found).filter(|number| (1..=most).contains(number)) {
        Some(number) => Ok(number),
        None => Err(UsageError::BadValue { option, found, expected: format!("a number from 1 to {most}") }),
    }
}

fn align(found: OsString) -> Result<Bytes, UsageError> {
    let most = MAX_ALIGN.get();
    match decimal(&found).filter(|number| number.is_power_of_two() && *number <= most) {
        Some(number) => Ok(Bytes::new(number)),
        None => {
            let expected = format!("a power of two from 1 to {most}");
            Err(UsageError::BadValue { option: "--align", found, expected })
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Command, UsageError> {
        parse(line.split_whitespace().map(OsString::from))
    }

    fn message(line: &str) -> String {
        parsed(line).unwrap_err().to_string()
    }

    #[test]
    fn options_stand_before_or_behind_the_file_joined_or_apart() {
        let expected = ReplayOptions {
            policies: vec![PolicyKind::SeedCompat],
            arena: Some(Bytes::mib(64)),
            align: Bytes::new(256),
            repeats: 9,
            json: true,
            ..ReplayOptions::new(PathBuf::from("a.trace"))
        };
        let apart = "replay --policy seed_compat --arena-mib 64 --align 256 --repeats 9 --json a.trace";
        let joined = "replay a.trace --json --policy=seed_compat --arena-mib=64 --align=256 --repeats=9";
        assert_eq!(parsed(apart), Ok(Command::Replay(expected)));
        assert_eq!(parsed(apart), parsed(joined));
        assert_eq!(parsed("replay -- --help"), Ok(Command::Replay(ReplayOptions::new(PathBuf::from("--help")))));
        assert_eq!(parsed("replay -- --a=b"), Ok(Command::Replay(ReplayOptions::new(PathBuf::from("--a=b")))));
        assert_eq!(parsed("replay -"), Ok(Command::Replay(ReplayOptions::new(PathBuf::from("-")))));
    }

    #[test]
    fn help_and_version_are_heard_anywhere() {
        assert_eq!(parsed("--help"), Ok(Command::Help));
        assert_eq!(parsed("replay a --help"), Ok(Command::Help));
        assert_eq!(parsed("-V"), Ok(Command::Version));
        assert!(help().contains("seed_compat"));
    }

    #[test]
    fn what_cannot_be_is_named_with_what_can() {
        let cases = [
            ("", "no command; known is `replay`"),
            ("play", "unknown command `play`; known is `replay`"),
            ("replay", "replay needs a FILE"),
            ("replay a b", "replay takes one FILE; `b` is a second"),
            ("replay a --fast", "unknown option `--fast`"),
            ("replay a --json=yes", "unknown option `--json=yes`"),
            ("replay a --policy", "--policy needs a value"),
            ("replay a --arena-mib 0", "--arena-mib takes a number from 1 to 1024, not `0`"),
            ("replay a --arena-mib 1025", "--arena-mib takes a number from 1 to 1024, not `1025`"),
            ("replay a --repeats=many", "--repeats takes a number from 1 to 1000000, not `many`"),
            ("replay a --align 24", "--align takes a power of two from 1 to 65536, not `24`"),
            ("replay a --align 131072", "--align takes a power of two from 1 to 65536, not `131072`"),
        ];
        for (line, expected) in cases {
            assert_eq!(message(line), expected, "{line}");
        }
    }

    #[test]
    fn an_unknown_policy_is_answered_with_all_that_are_known() {
        let text = message("replay a --policy magic");
        assert!(text.starts_with("unknown policy `magic`; known are all, first_fit, "), "{text}");
        assert!(PolicyKind::ALL.iter().all(|policy| text.contains(policy.key())), "{text}");
    }
}
