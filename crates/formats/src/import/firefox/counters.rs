//! Counters of memory: each is one thing that changes its size.

use super::profile::{Counter, Profile, micros};
use crate::import::error::ImportError;
use arenascope_trace::{Action, CannotTell, Event, Manifest, NoteKind, Sink, Site, Space};
use std::collections::BTreeMap;

/// Most bytes that a counter is believed to say.
const BYTES_MAX: f64 = (1_u64 << 56) as f64;

/// What a counter was at some time, ms.
#[derive(Clone, Copy, Debug)]
struct Sample {
    ms: f64,
    counter: usize,
    bytes: u64,
}

/// Tells all counters.
pub(super) fn tell(profile: &Profile, sink: &mut dyn Sink) -> Result<(), ImportError> {
    introduce(sink.manifest());
    let counters: Vec<&Counter> = profile.counters.iter().filter(|counter| counter.is_of_memory()).collect();
    let mut samples = Vec::new();
    for (position, counter) in counters.iter().enumerate() {
        sums(position, counter, &mut samples, sink.manifest());
    }
    samples.sort_by(|one, other| one.ms.total_cmp(&other.ms));
    let first = samples.first().map_or(0.0, |sample| sample.ms);
    sink.manifest().source.begun_ms = profile.begun_ms(first);
    let mut spaces = BTreeMap::new();
    let mut place = |counter: &&Counter| {
        let space = *spaces.entry(counter.process.clone()).or_insert_with(|| {
            let label = format!("Process {}", counter.process);
            sink.manifest().add_space(Space { label, granule_bytes: 1, ..Space::default() })
        });
        (space, sink.manifest().category(&counter.name))
    };
    let places: Vec<_> = counters.iter().map(&mut place).collect();
    sink.begin()?;
    let mut last = vec![None; counters.len()];
    for Sample { ms, counter, bytes } in samples {
        let (id, (space, category)) = (counter as u64, places[counter]);
        let action = match last[counter].replace(bytes) {
            Some(last) if last == bytes => continue,
            Some(_) => Action::Resize { id, bytes },
            None => Action::Allocate { id, space, address: 0, bytes, category },
        };
        sink.event(Event { time_us: micros(first, ms), thread: 0, site: Site::NONE, action })?;
    }
    Ok(())
}

fn introduce(manifest: &mut Manifest) {
    manifest.lacks(CannotTell::Allocations, "the profile has counters of memory, no native allocations");
    manifest.lacks(CannotTell::Addresses, "counters say how much, not where");
    manifest.lacks(CannotTell::Stacks, "counters have no call stacks");
    manifest.lacks(CannotTell::Frees, "counters say what is left, not what was given back");
}

/// The sums of a counter's changes. The first is what was before, and the others are
/// relative to it; where it is not, the least sum is 0.
fn sums(position: usize, counter: &Counter, into: &mut Vec<Sample>, manifest: &mut Manifest) {
    let (mut sum, mut least) = (0.0_f64, 0.0_f64);
    let rows = || counter.time.iter().zip(&counter.change).filter(|(ms, change)| ms.is_finite() && change.is_finite());
    for (_, change) in rows() {
        sum += change;
        least = least.min(sum);
    }
    if least < 0.0 {
        let text = format!("the counter {} goes down to {least} bytes: all of it is lifted by as many", counter.name);
        manifest.note(NoteKind::Remark, text);
    }
    sum = -least;
    for (&ms, change) in rows() {
        sum += change;
        into.push(Sample { ms, counter: position, bytes: sum.clamp(0.0, BYTES_MAX).round() as u64 });
    }
    let broken = counter.time.len().max(counter.change.len()) - rows().count();
    if broken > 0 {
        let text =
            format!("{broken} samples of the counter {} have no time or no count, and are left out", counter.name);
        manifest.note(NoteKind::Contradiction, text);
    }
}
