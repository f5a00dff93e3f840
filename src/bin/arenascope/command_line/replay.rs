//! `arenascope replay`: decode, replay, report.

use super::arguments::ReplayOptions;
use super::failure::{Failure, print};
use super::name::Name;
use super::progress::Progress;
use super::report::{ArenaChoice, Report};
use super::{intake, json};
use arenascope::arena::PolicyKind;
use arenascope::replay::{DecodeError, Outcome, Recording, Settings, Taken, replay};
use std::time::Instant;

/// Does what the options say.
pub(crate) fn run(options: &ReplayOptions) -> Result<(), Failure> {
    let name = Name::of(&options.file);
    let taken = intake::take(&options.file, options.first_index)?;
    if taken.recording.is_empty() {
        return Err(nothing(name, taken));
    }
    let recording = &taken.recording;
    let arena = match options.arena {
        Some(size) => ArenaChoice::Asked(size),
        None => ArenaChoice::FromPeak(recording.arena_for(options.align())),
    };
    let settings =
        Settings { arena: arena.size(), align: options.align(), repeats: options.repeats, ..Settings::default() };
    let outcomes = replay_all(recording, options, &settings)?;
    let first_index = options.first_index;
    let report = Report { file: &options.file, taken: &taken, first_index, arena, settings, outcomes };
    print(&if options.json { json::text(&report) } else { report.to_string() })?;
    match taken.stopped {
        Some(error) if !is_cut(&error) => Err(Failure::DecodePart(name, error, taken.recording.len())),
        _ => Ok(()),
    }
}

const fn is_cut(error: &DecodeError) -> bool {
    matches!(error, DecodeError::Trace(error) if error.is_cut())
}

/// Why there is nothing to replay.
fn nothing(name: Name, taken: Taken) -> Failure {
    let frees = taken.recording.frees_unknown() + taken.recording.frees_repeated();
    match taken.stopped {
        Some(error) => Failure::Decode(name, error),
        None if frees > 0 => Failure::OnlyFrees(name, frees),
        None => Failure::Empty(name),
    }
}

fn replay_all(recording: &Recording, options: &ReplayOptions, settings: &Settings) -> Result<Vec<Outcome>, Failure> {
    let start = Instant::now();
    let total = recording.len() as u64 * (1 + u64::from(settings.repeats));
    let caches: &[bool] = if options.thread_cache { &[false, true] } else { &[false] };
    let rows = options.policies.0.iter().flat_map(|&policy| caches.iter().map(move |&cache| (policy, cache)));
    let each = |(policy, thread_cache): (PolicyKind, bool)| {
        let progress = Progress::new(policy.key(), Some(total));
        let settings = Settings { thread_cache, ..*settings };
        Ok(replay(recording, policy, &settings, &mut || start.elapsed(), &mut |done| progress.show(done))?)
    };
    rows.map(each).collect()
}
