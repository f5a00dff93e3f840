//! What a rule needs of a run, held against what the run says that it cannot tell.

use super::error::MeasureError;
use super::figure::Evidence;
use crate::rules::{Each, Measure, Rule};
use arenascope_trace::CannotTell;

/// Most names that an error lists.
const NAMES_MAX: usize = 12;

/// Whether a rule can be judged on a run.
pub(super) fn check(rule: &Rule, evidence: &Evidence<'_>) -> Result<(), MeasureError> {
    told(rule, evidence)?;
    named(rule, evidence)?;
    let (line, name) = (rule.line, rule.name.clone());
    let manifest = evidence.run.manifest();
    match rule.measure {
        Measure::Fragmentation if !manifest.spaces.iter().any(|space| space.has_addresses) => {
            Err(MeasureError::NoAddresses { line, rule: name })
        }
        Measure::PoolHits if evidence.pools.is_none_or(|pools| pools.asked == 0) => {
            Err(MeasureError::NoPools { line, rule: name })
        }
        Measure::LeftToCollector if manifest.source.format != "probe" => {
            Err(MeasureError::NoCollector { line, rule: name })
        }
        _ => Ok(()),
    }
}

fn told(rule: &Rule, evidence: &Evidence<'_>) -> Result<(), MeasureError> {
    let names_owners = rule.filter.owner.is_some() || rule.filter.stack.is_some() || rule.each == Some(Each::Owner);
    let needed: &[CannotTell] = match rule.measure {
        Measure::Peak => &[CannotTell::History, CannotTell::Frees],
        Measure::Growth | Measure::Leaks => &[CannotTell::History, CannotTell::Frees, CannotTell::Allocations],
        Measure::End | Measure::LeftToCollector => &[CannotTell::Frees],
        Measure::Fragmentation => &[CannotTell::Addresses, CannotTell::Allocations],
        Measure::PoolHits | Measure::Failures | Measure::EventsLost => &[],
    };
    let stacks: &[CannotTell] = if names_owners { &[CannotTell::Stacks] } else { &[] };
    let lacking = &evidence.run.manifest().cannot_tell;
    match needed.iter().chain(stacks).find_map(|what| lacking.get_key_value(what)) {
        Some((what, why)) => {
            Err(MeasureError::CannotTell { line: rule.line, rule: rule.name.clone(), what: *what, why: why.clone() })
        }
        None => Ok(()),
    }
}

/// Marks must be there: without one there is nothing to measure.
fn named(rule: &Rule, evidence: &Evidence<'_>) -> Result<(), MeasureError> {
    let manifest = evidence.run.manifest();
    let absent = |mark: &String| MeasureError::NoMark {
        line: rule.line,
        wanted: mark.clone(),
        known: listed(&manifest.markers.iter().map(String::as_str).collect::<Vec<_>>()),
    };
    let mut marks = [&rule.from, &rule.to].into_iter().flatten();
    marks.find(|mark| !manifest.markers.contains(mark)).map_or(Ok(()), |mark| Err(absent(mark)))
}

fn listed(names: &[&str]) -> String {
    match names.len() {
        0 => "none".into(),
        count if count > NAMES_MAX => format!("{}, and {} more", names[..NAMES_MAX].join(", "), count - NAMES_MAX),
        _ => names.join(", "),
    }
}
