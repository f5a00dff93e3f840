//! `arenascope replay`: decode, replay, report.

use crate::arguments::ReplayOptions;
use crate::failure::{Failure, print};
use crate::json;
use crate::progress::{Counted, Progress};
use crate::report::{ArenaChoice, Report};
use arenascope::arena::PolicyKind;
use arenascope::formats::alloc_trace::TraceReader;
use arenascope::replay::{Outcome, Recording, Settings, replay};
use std::fs::File;
use std::io::{self, BufReader, Read};
use std::time::Instant;

/// Bytes read at once.
const BUFFER: usize = 1 << 18;

/// Does what the options say.
pub(crate) fn run(options: &ReplayOptions) -> Result<(), Failure> {
    let mut progress = Progress::new();
    let recording = decode(options, &mut progress);
    progress.end();
    let recording = recording?;
    let arena = match options.arena {
        Some(size) => ArenaChoice::Asked(size),
        None => ArenaChoice::FromPeak(recording.arena_proposed()),
    };
    let settings = Settings { arena: arena.size(), align: options.align, repeats: options.repeats };
    let outcomes = replay_all(&recording, &options.policies, &settings, &mut progress);
    progress.end();
    let report = Report { file: &options.file, recording: &recording, arena, settings, outcomes: outcomes? };
    print(&if options.json { json::text(&report) } else { report.to_string() })
}

fn decode(options: &ReplayOptions, progress: &mut Progress) -> Result<Recording, Failure> {
    let (source, size) = open(options).map_err(|error| Failure::Open(options.file.clone(), error))?;
    let counted = Counted::new(source, size, progress);
    let reader = TraceReader::new(BufReader::with_capacity(BUFFER, counted));
    Recording::decode(reader).map_err(|error| Failure::Decode(options.file.clone(), error))
}

/// The source, and its size: 0 where that is not known.
fn open(options: &ReplayOptions) -> io::Result<(Box<dyn Read>, u64)> {
    if options.file.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), 0));
    }
    let file = File::open(&options.file)?;
    let size = file.metadata()?.len();
    Ok((Box::new(file), size))
}

fn replay_all(
    recording: &Recording,
    policies: &[PolicyKind],
    settings: &Settings,
    progress: &mut Progress,
) -> Result<Vec<Outcome>, Failure> {
    let start = Instant::now();
    let total = recording.len() as u64 * (1 + u64::from(settings.repeats));
    let each = |&policy: &PolicyKind| {
        let mut show = |done| progress.show(policy.key(), done, total);
        replay(recording, policy, settings, &mut || start.elapsed(), &mut show).map_err(Failure::Replay)
    };
    policies.iter().map(each).collect()
}
