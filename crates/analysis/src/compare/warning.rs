//! Why a difference may say nothing of memory that grew.

use super::about::{About, Order};
use crate::numbers::text::count;
use arenascope_units::Bytes;
use core::fmt;
use serde::{Deserialize, Serialize};

/// Something to know before a difference is believed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Warning {
    /// The two are not of the same run or work: what differs between them.
    NotTheSame {
        /// What it is that differs: `scenario`.
        what: String,
        /// It in the older document.
        before: String,
        /// It in the newer one.
        after: String,
    },
    /// One or both do not say when they were made: before is what was given first.
    TimesUnknown {
        /// Names of those that do not say.
        documents: Vec<String>,
    },
    /// A run ends before the moment that was asked for.
    Shorter {
        /// The run's name.
        document: String,
        /// How many events it has.
        events: u64,
    },
    /// Events are missing: what is said to be there may be gone, and the other way round.
    Lost {
        /// The run's name.
        document: String,
        /// How many are missing.
        events: u64,
    },
    /// A document contradicts itself.
    Contradiction {
        /// The document's name.
        document: String,
        /// Where, in words.
        text: String,
    },
    /// Both cannot be laid beside each other as was asked: time is taken instead.
    NotAligned {
        /// Why not.
        why: String,
    },
}

impl fmt::Display for Warning {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTheSame { what, before, after } => {
                write!(f, "other {what}: {before} before, {after} after; what differs need not have grown")
            }
            Self::TimesUnknown { documents } => {
                let names = documents.join(" and ");
                let say = if documents.len() == 1 { "does not say when it was" } else { "do not say when they were" };
                write!(f, "{names} {say} made; before is what was chosen first")
            }
            Self::Shorter { document, events } => {
                let events = count(*events);
                write!(f, "{document} ends after {events} events, before that moment: it is compared at its end")
            }
            Self::Lost { document, events } => {
                write!(f, "{document} lacks {} events: its figures are not exact", count(*events))
            }
            Self::Contradiction { document, text } => write!(f, "{document} contradicts itself: {text}"),
            Self::NotAligned { why } => write!(f, "{why}; the charts are by time"),
        }
    }
}

/// What two documents that are in order deserve, moments of one run or not.
pub fn warnings(before: &About, after: &About, order: Order, is_one_run: bool) -> Vec<Warning> {
    let mut warnings = Vec::new();
    if !is_one_run {
        warnings.extend(others(before, after));
    }
    if order == Order::Unknown {
        let silent = [before, after].into_iter().filter(|about| about.made_ms.is_none());
        warnings.push(Warning::TimesUnknown { documents: silent.map(|about| about.name.clone()).collect() });
    }
    for about in [before, after] {
        if about.is_cut {
            warnings.push(Warning::Shorter { document: about.name.clone(), events: about.events });
        }
        if about.lost_events > 0 {
            warnings.push(Warning::Lost { document: about.name.clone(), events: about.lost_events });
        }
        let contradiction = |text: &String| Warning::Contradiction { document: about.name.clone(), text: text.clone() };
        warnings.extend(about.contradictions.iter().map(contradiction));
    }
    warnings
}

/// What both say, and say otherwise.
fn others(before: &About, after: &About) -> Vec<Warning> {
    let size = |about: &About| about.capacity_bytes.map(|bytes| Bytes::new(bytes).to_string());
    let seed = |about: &About| about.seed.map(|seed| seed.to_string());
    let kind = |about: &About| Some(if about.is_snapshot { "Arenascope" } else { &about.format }.to_owned());
    let both = [
        ("source", kind(before), kind(after)),
        ("scenario", before.scenario.clone(), after.scenario.clone()),
        ("seed", seed(before), seed(after)),
        ("size", size(before), size(after)),
        ("program", before.subject.clone(), after.subject.clone()),
        ("host", before.host.clone(), after.host.clone()),
    ];
    let differs = |(what, before, after): (&str, Option<String>, Option<String>)| {
        let (before, after) = (before?, after?);
        let is_source = what == "source" && before.starts_with("Arenascope") && after.starts_with("Arenascope");
        (before != after && !is_source).then(|| Warning::NotTheSame { what: what.into(), before, after })
    };
    both.into_iter().filter_map(differs).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn about(seed: u64) -> About {
        About { name: "a".into(), format: "heaptrack".into(), seed: Some(seed), made_ms: Some(1), ..About::default() }
    }

    #[test]
    fn what_is_not_the_same_is_named_with_both() {
        let after = About { capacity_bytes: Some(64 << 20), ..about(7) };
        let before = About { capacity_bytes: Some(16 << 20), ..about(9) };
        let said: Vec<String> =
            warnings(&before, &after, Order::First, false).iter().map(ToString::to_string).collect();
        assert_eq!(
            said,
            [
                "other seed: 9 before, 7 after; what differs need not have grown",
                "other size: 16.0 MiB before, 64.0 MiB after; what differs need not have grown"
            ]
        );
        assert_eq!(warnings(&before, &after, Order::First, true), []);
        let silent = About { seed: None, capacity_bytes: None, ..about(0) };
        assert_eq!(warnings(&before, &silent, Order::First, false), [], "what one does not say differs from nothing");
    }

    #[test]
    fn what_is_doubtful_is_said() {
        let cut = About { is_cut: true, events: 3_000, contradictions: vec!["two overlap".into()], ..about(1) };
        let silent = About { made_ms: None, name: "b".into(), ..about(1) };
        let said: Vec<String> =
            warnings(&silent, &cut, Order::Unknown, false).iter().map(ToString::to_string).collect();
        assert_eq!(said.len(), 3);
        assert!(said[0].starts_with("b does not say when it was made"), "{said:?}");
        assert!(said[1].starts_with("a ends after 3\u{a0}000 events, before that moment"), "{said:?}");
        assert_eq!(said[2], "a contradicts itself: two overlap");
    }
}
