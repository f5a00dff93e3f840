//! What is compared: which run, of whom, made when, at which moment. What tells the older of
//! two, and what of them is not the same.

use super::moment::Moment;
use crate::run::labels;
use crate::snapshots::difference::Difference;
use crate::snapshots::run::utc_text;
use arenascope_units::{Bytes, Micros};
use serde::{Deserialize, Serialize};

/// A document that is compared.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct About {
    /// Its name: of a file most often.
    pub name: String,
    /// The format, for people: `heaptrack`.
    pub format: String,
    /// The program that made it.
    pub tool: Option<String>,
    /// What was recorded: a command, a page.
    pub subject: Option<String>,
    /// The machine.
    pub host: Option<String>,
    /// The scenario's key, of our own engine's.
    pub scenario: Option<String>,
    /// The seed of the scenario.
    pub seed: Option<u64>,
    /// The placement policy's key.
    pub policy: Option<String>,
    /// Bytes of the arena, or of all spaces that say how much they hold.
    pub capacity_bytes: Option<u64>,
    /// When it was begun, or, of a snapshot, made: ms since 1970, as it says itself.
    pub made_ms: Option<i64>,
    /// Whether it is of one moment alone.
    pub is_snapshot: bool,
    /// Whether it tells times; where it does not, they count operations.
    pub has_times: bool,
    /// The moment that was asked for.
    pub moment: Moment,
    /// The run ends before that moment: its end is meant.
    pub is_cut: bool,
    /// Time of that moment since the run's start, µs.
    pub time_us: u64,
    /// Events up to the moment.
    pub events: u64,
    /// Events of the run.
    pub events_of_run: u64,
    /// Events that are missing up to the moment.
    pub lost_events: u64,
    /// Where it contradicts itself, in words.
    pub contradictions: Vec<String>,
}

/// Which of two documents is the older one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Order {
    /// The first.
    First,
    /// The second.
    Second,
    /// They are as old as each other.
    Equal,
    /// One or both do not say.
    Unknown,
}

impl About {
    /// Which of two is older, by what they say themselves; moments of one run by the moment.
    pub fn older(first: &Self, second: &Self, is_one_run: bool) -> Order {
        let by = |order: core::cmp::Ordering| match order {
            core::cmp::Ordering::Less => Order::First,
            core::cmp::Ordering::Equal => Order::Equal,
            core::cmp::Ordering::Greater => Order::Second,
        };
        if is_one_run {
            return by(first.events.cmp(&second.events));
        }
        match (first.made_ms, second.made_ms) {
            (Some(one), Some(other)) => by(one.cmp(&other)),
            _ => Order::Unknown,
        }
    }

    /// When it was made, UTC; that it does not say.
    pub fn made_text(&self) -> String {
        self.made_ms.map_or_else(|| "does not say".into(), utc_text)
    }

    /// Name and moment: `monday.arenascope at the end`.
    pub fn words(&self) -> String {
        if self.is_snapshot { self.name.clone() } else { format!("{} {}", self.name, self.moment.words()) }
    }

    fn length(&self) -> String {
        if self.has_times { Micros::new(self.time_us).to_string() } else { "no times".into() }
    }
}

/// What both are, line by line; what differs is said in words, but for what is not expected to
/// be the same.
pub fn lines(before: &About, after: &About) -> Vec<Difference> {
    let row = |label, of: &dyn Fn(&About) -> String| {
        let (before, after) = (of(before), of(after));
        let change = if before == after { String::new() } else { "other".into() };
        Difference { label, before, after, change }
    };
    let plain = |label, of: &dyn Fn(&About) -> String| Difference { change: String::new(), ..row(label, of) };
    let said = |value: &Option<String>| value.clone().unwrap_or_default();
    let rows = vec![
        plain("Made (UTC)", &About::made_text),
        plain("Moment", &|about| if about.is_snapshot { "snapshot".into() } else { about.moment.words() }),
        plain("Time of the run", &About::length),
        row("Format", &|about| about.format.clone()),
        row("Tool", &|about| said(&about.tool)),
        row("What", &|about| said(&about.subject)),
        row("Machine", &|about| said(&about.host)),
        row("Scenario", &|about| about.scenario.as_deref().map(labels::scenario).unwrap_or_default()),
        row("Seed", &|about| about.seed.map(|seed| seed.to_string()).unwrap_or_default()),
        row("Policy", &|about| about.policy.as_deref().map(labels::policy).unwrap_or_default()),
        row("Size", &|about| about.capacity_bytes.map(|bytes| Bytes::new(bytes).to_string()).unwrap_or_default()),
    ];
    rows.into_iter().filter(|row| !(row.before.is_empty() && row.after.is_empty())).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_older_is_told_by_the_documents_or_not_at_all() {
        let about = |made_ms, events| About { made_ms, events, ..About::default() };
        let older = |first: &About, second: &About, is_one| About::older(first, second, is_one);
        assert_eq!(older(&about(Some(2), 0), &about(Some(1), 0), false), Order::Second);
        assert_eq!(older(&about(Some(1), 0), &about(Some(1), 0), false), Order::Equal);
        assert_eq!(older(&about(None, 0), &about(Some(1), 0), false), Order::Unknown);
        assert_eq!(older(&about(None, 1), &about(None, 9), true), Order::First);
    }

    #[test]
    fn what_neither_says_has_no_line() {
        let one = About { seed: Some(7), ..About::default() };
        let rows = lines(&one, &About::default());
        let labels: Vec<_> = rows.iter().map(|row| (row.label, row.change.as_str())).collect();
        assert_eq!(labels, [("Made (UTC)", ""), ("Moment", ""), ("Time of the run", ""), ("Seed", "other")]);
    }
}
