//! Who holds memory: at a moment, or behind a figure.

use super::account::{Sums, category_of, owner_of, space_of};
use super::error::MeasureError;
use super::figure::{Figure, Source};
use super::ledger::Ledger;
use arenascope_trace::{Run, Stopped};
use serde::Serialize;
use std::collections::BTreeMap;

/// Most culprits of a figure that are named.
const CULPRITS_MAX: usize = 5;
/// Most frames of a stack that are told.
const FRAMES_MAX: usize = 12;

/// Whose memory a figure is, with the stack that asked.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Culprit {
    /// A resource's label, or the innermost function that is no allocator's.
    pub owner: String,
    /// Category, for people.
    pub category: String,
    /// Address space, for people.
    pub space: String,
    /// The call stack, innermost first: `function (file:line)`; at most 12 frames.
    pub stack: Vec<String>,
    /// Bytes; of growth, how many more.
    pub bytes: i64,
    /// Allocations; of growth, how many more.
    pub objects: i64,
}

/// What one account holds.
pub type Holder = Culprit;

/// What lives at a moment.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct State {
    /// Events up to it.
    pub events: u64,
    /// Time of the last of them, µs.
    pub time_us: u64,
    /// Bytes that live.
    pub bytes: u64,
    /// Allocations that live.
    pub objects: u64,
    /// Who holds them, the most bytes first.
    pub holders: Vec<Holder>,
}

/// What lives after all events up to a time. O(events).
///
/// # Errors
/// [`Stopped`] where the run is ended early by itself.
pub fn holders_at(run: &dyn Run, until_us: u64) -> Result<State, Stopped> {
    let mut ledger = Ledger::new(run, &[]);
    let mut is_past = false;
    let told = run.each(&mut |event| {
        is_past = event.time_us > until_us;
        if is_past {
            return Err(Stopped);
        }
        ledger.apply(event);
        Ok(())
    });
    if !is_past {
        told?;
    }
    let sums: Vec<_> =
        (0..).zip(&ledger.held).map(|(account, sums)| (account, sums.bytes as f64, sums.objects as f64)).collect();
    Ok(State {
        events: ledger.events,
        time_us: ledger.length_us,
        bytes: ledger.held.iter().map(|sums| sums.bytes).sum(),
        objects: ledger.held.iter().map(|sums| sums.objects).sum(),
        holders: named(run, &ledger, &sums),
    })
}

/// Those who hold some figures.
pub(super) fn culprits(
    run: &dyn Run,
    ledger: &Ledger<'_>,
    figures: &[&Figure],
) -> Result<Vec<Vec<Culprit>>, MeasureError> {
    let events = figures.iter().filter_map(|figure| match figure.source {
        Source::AtEvent(event, _) => Some((event, Vec::new())),
        _ => None,
    });
    let held = held_at(run, events.collect())?;
    let of_figure = |figure: &&Figure| {
        let mut found = match &figure.source {
            Source::Nobody => Vec::new(),
            Source::Accounts(accounts) => named(run, ledger, accounts),
            Source::AtEvent(event, sum) => {
                let of_sum = (0..).zip(&held[event]).filter(|(account, _)| ledger.series.is_of(*account, *sum));
                let sums: Vec<_> =
                    of_sum.map(|(account, sums)| (account, sums.bytes as f64, sums.objects as f64)).collect();
                named(run, ledger, &sums)
            }
        };
        found.truncate(CULPRITS_MAX);
        found
    };
    Ok(figures.iter().map(of_figure).collect())
}

/// What lives after each of some events, by account. One pass up to the last of them.
fn held_at(run: &dyn Run, mut wanted: BTreeMap<u64, Vec<Sums>>) -> Result<BTreeMap<u64, Vec<Sums>>, Stopped> {
    let Some(last) = wanted.keys().next_back().copied() else { return Ok(wanted) };
    let mut ledger = Ledger::new(run, &[]);
    let told = run.each(&mut |event| {
        ledger.apply(event);
        let at = ledger.events - 1;
        if let Some(held) = wanted.get_mut(&at) {
            held.clone_from(&ledger.held);
        }
        if at == last { Err(Stopped) } else { Ok(()) }
    });
    match told {
        Err(stopped) if ledger.events <= last => Err(stopped),
        _ => Ok(wanted),
    }
}

/// Accounts by name, those that hold something, the most first.
fn named(run: &dyn Run, ledger: &Ledger<'_>, sums: &[(u32, f64, f64)]) -> Vec<Culprit> {
    let mut sums: Vec<_> = sums.iter().filter(|(_, bytes, objects)| *bytes > 0.0 || *objects > 0.0).collect();
    // Ties in the order in which accounts were met.
    sums.sort_by(|one, other| other.1.total_cmp(&one.1).then(other.2.total_cmp(&one.2)).then(one.0.cmp(&other.0)));
    let culprit = |(account, bytes, objects): &(u32, f64, f64)| {
        let of = ledger.accounts.get(*account);
        Culprit {
            owner: owner_of(run, of.site),
            category: category_of(run, of.category),
            space: space_of(run, of.space),
            stack: stack_of(run, of.site),
            bytes: *bytes as i64,
            objects: *objects as i64,
        }
    };
    sums.into_iter().map(culprit).collect()
}

fn stack_of(run: &dyn Run, site: arenascope_trace::Site) -> Vec<String> {
    let place = |frame: &arenascope_trace::Frame| match (frame.file.is_empty(), frame.line) {
        (true, _) => frame.function.to_string(),
        (false, 0) => format!("{} ({})", frame.function, frame.file),
        (false, line) => format!("{} ({}:{line})", frame.function, frame.file),
    };
    run.stacks().frames_of(site).take(FRAMES_MAX).map(place).collect()
}
