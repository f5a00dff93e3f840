//! Which run a snapshot is of, and when it was made: what tells the older of two, and
//! whether they can be compared at all.

use super::difference::Difference;
use crate::run::labels;
use arenascope_formats::snapshot::Document;
use arenascope_units::{Bytes, Micros};
use core::cmp::Ordering;
use serde::{Deserialize, Serialize};

/// The run of a snapshot.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct SnapshotRun {
    /// When the document was made, as it says itself.
    pub created_at: String,
    /// The key of the scenario: `game-loop`.
    pub scenario: String,
    /// The seed of the scenario's sequence.
    pub seed: u64,
    /// The placement policy's key.
    pub policy: String,
    /// The pool mode's key.
    pub pool_mode: String,
    /// Bytes of the arena.
    pub arena_bytes: u64,
    /// Threads beside the engine.
    pub mutators: u32,
    /// Whether canaries guarded the arena.
    pub guards: bool,
    /// Time since the run's start, µs.
    pub time_us: u64,
}

impl SnapshotRun {
    /// What a document says of its run.
    pub fn of(document: &Document) -> Self {
        let config = &document.config;
        Self {
            created_at: document.created_at.clone(),
            scenario: config.scenario.clone(),
            seed: config.seed,
            policy: config.policy.clone(),
            pool_mode: config.pool_mode.clone(),
            arena_bytes: config.arena_bytes,
            mutators: config.mutators,
            guards: config.guards,
            time_us: document.metrics.time_us,
        }
    }

    /// When it was made, UTC, for people: `2026-11-28 09:00:00`; as the document has it
    /// where that is no time.
    pub fn created_text(&self) -> String {
        unix_ms(&self.created_at).map_or_else(|| self.created_at.clone(), utc_text)
    }

    /// Which of two was made first; equal where either does not say.
    pub fn order(&self, other: &Self) -> Ordering {
        match (unix_ms(&self.created_at), unix_ms(&other.created_at)) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => Ordering::Equal,
        }
    }
}

/// What the two are of, setting by setting; a change is said in words.
pub fn settings(before: &SnapshotRun, after: &SnapshotRun) -> Vec<Difference> {
    let row = |label, of: &dyn Fn(&SnapshotRun) -> String| {
        let (before, after) = (of(before), of(after));
        let change = if before == after { String::new() } else { "other".into() };
        Difference { label, before, after, change }
    };
    let yes = |is: bool| if is { "on" } else { "off" };
    vec![
        Difference { change: String::new(), ..row("Made (UTC)", &SnapshotRun::created_text) },
        row("Scenario", &|run| labels::scenario(&run.scenario)),
        row("Seed", &|run| run.seed.to_string()),
        Difference { change: String::new(), ..row("Time of the run", &|run| Micros::new(run.time_us).to_string()) },
        row("Policy", &|run| labels::policy(&run.policy)),
        row("Pool mode", &|run| labels::pool_mode(&run.pool_mode)),
        row("Arena", &|run| Bytes::new(run.arena_bytes).to_string()),
        row("Mutators", &|run| run.mutators.to_string()),
        row("Guards", &|run| yes(run.guards).into()),
    ]
}

/// Why the differences of two snapshots may say nothing of memory that grew: they are of
/// different runs. `None` where scenario, seed and arena agree.
pub fn warning(before: &SnapshotRun, after: &SnapshotRun) -> Option<String> {
    let different = [
        (before.scenario != after.scenario, "scenario"),
        (before.seed != after.seed, "seed"),
        (before.arena_bytes != after.arena_bytes, "arena size"),
    ];
    let named: Vec<&str> = different.into_iter().filter(|(differs, _)| *differs).map(|(_, name)| name).collect();
    (!named.is_empty())
        .then(|| format!("Not the same run: other {}. What differs need not have grown.", named.join(", other ")))
}

/// Milliseconds since 1970 of an RFC 3339 time, in any offset from UTC.
pub(crate) fn unix_ms(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut parts = date.splitn(3, '-').map(str::parse::<i64>);
    let (year, month, day) = (parts.next()?.ok()?, parts.next()?.ok()?, parts.next()?.ok()?);
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, offset_minutes) = offset_of(rest)?;
    let mut parts = time.splitn(3, ':');
    let (hour, minute): (i64, i64) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    let second: f64 = parts.next()?.parse().ok()?;
    let is_time = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && (0..24).contains(&hour)
        && (0..60).contains(&minute)
        && (0.0..61.0).contains(&second);
    let minutes = days_before(year, month, day) * 1_440 + hour * 60 + minute - offset_minutes;
    is_time.then(|| minutes * 60_000 + (second * 1_000.0) as i64)
}

/// A time of day without its offset, and that in minutes.
fn offset_of(text: &str) -> Option<(&str, i64)> {
    if let Some(time) = text.strip_suffix(['Z', 'z']) {
        return Some((time, 0));
    }
    let at = text.rfind(['+', '-'])?;
    let (hours, minutes) = text[at + 1..].split_once(':')?;
    let minutes = hours.parse::<i64>().ok()? * 60 + minutes.parse::<i64>().ok()?;
    Some((&text[..at], if text[at..].starts_with('-') { -minutes } else { minutes }))
}

/// Days from 1970-01-01 to a date of the Gregorian calendar.
const fn days_before(year: i64, month: i64, day: i64) -> i64 {
    // The year begins in March: the leap day is its last.
    let year = if month <= 2 { year - 1 } else { year };
    let (era, month) = (year.div_euclid(400), (month + 9) % 12);
    let day_of_year = (153 * month + 2) / 5 + day - 1;
    let year_of_era = year.rem_euclid(400);
    era * 146_097 + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year - 719_468
}

/// As [`days_before`], the other way round.
const fn date_of(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, day_of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year_of_era = (day_of_era - day_of_era / 1_460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let year = year_of_era + era * 400;
    if month < 10 { (year, month + 3, day) } else { (year + 1, month - 9, day) }
}

/// A time since 1970 for people: `2026-11-28 09:00:00`.
pub fn utc_text(unix_ms: i64) -> String {
    let (year, month, day) = date_of(unix_ms.div_euclid(86_400_000));
    let seconds = unix_ms.rem_euclid(86_400_000) / 1_000;
    let (hour, minute, second) = (seconds / 3_600, seconds / 60 % 60, seconds % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn run(created_at: &str) -> SnapshotRun {
        SnapshotRun { created_at: created_at.into(), scenario: "leak".into(), ..SnapshotRun::default() }
    }

    #[test]
    fn the_older_is_told_by_what_the_documents_say() {
        let [monday, tuesday, offset] =
            ["2026-11-28T09:00:00Z", "2026-11-29T17:30:00Z", "2026-11-29T23:15:00+05:30"].map(run);
        assert_eq!(monday.order(&tuesday), Ordering::Less);
        assert_eq!(tuesday.order(&monday), Ordering::Greater);
        // Its text sorts behind 23:00, its time is 17:45.
        assert_eq!(offset.order(&run("2026-11-29T17:45:00.000Z")), Ordering::Equal);
        assert_eq!(offset.order(&tuesday), Ordering::Greater);
        assert_eq!(offset.created_text(), "2026-11-29 17:45:00");
        assert_eq!(
            (run("yesterday").order(&monday), run("yesterday").created_text()),
            (Ordering::Equal, "yesterday".into())
        );
    }

    #[test]
    fn days_are_counted_over_leap_years_and_back() {
        assert_eq!(unix_ms("1970-01-01T00:00:00Z"), Some(0));
        assert_eq!(unix_ms("2000-02-29T12:00:00.250-01:30"), Some(951_831_000_250));
        for days in (-200_000..200_000).step_by(97) {
            let (year, month, day) = date_of(days);
            assert_eq!(days_before(year, month, day), days);
        }
        for text in ["", "2026-11-29", "2026-13-01T00:00:00Z", "2026-11-29T25:00:00Z", "2026-11-29T10:00:00", "é"] {
            assert_eq!(unix_ms(text), None, "{text}");
        }
    }

    #[test]
    fn runs_that_are_not_the_same_are_named() {
        let (one, other) = (run(""), SnapshotRun { seed: 9, arena_bytes: 64 << 20, ..run("") });
        assert_eq!(warning(&one, &one), None);
        let said = warning(&one, &other).unwrap();
        assert!(said.starts_with("Not the same run: other seed, other arena size."), "{said}");
        let policy = SnapshotRun { policy: "buddy".into(), ..run("") };
        assert_eq!(warning(&one, &policy), None, "the same work, placed otherwise: worth comparing");
        let rows = settings(&SnapshotRun { policy: "first_fit".into(), ..run("") }, &policy);
        let row = rows.iter().find(|row| row.label == "Policy").unwrap();
        assert_eq!(
            (row.before.as_str(), row.after.as_str(), row.change.as_str()),
            ("First fit", "Buddy blocks", "other")
        );
    }
}
