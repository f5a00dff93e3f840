//! What was found between three marks, in words and numbers, each with its evidence.

use super::growth::{Cleared, Finding, Pattern};
use super::marks::Marks;
use crate::events::line::seconds;
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_units::owner::{Heap, Owner};
use arenascope_units::{Bytes, Ratio};

/// One finding as text.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingLine {
    /// Category and tag of the memory.
    pub owner: Owner,
    /// The heap that it is on.
    pub heap: Heap,
    /// The name of the owner's tag.
    pub tag: String,
    /// The heap, for people: `arena`, `device`, `npu`.
    pub heap_label: String,
    /// Held at the three marks: number.
    pub counts: [String; 3],
    /// Held at the three marks: bytes.
    pub bytes: [String; 3],
    /// The bytes held at the three marks, relative to the most: bars.
    pub shares: [f64; 3],
    /// Of what was taken between the first two marks, how much is held at the third.
    pub kept: String,
    /// Growth from the first mark to the third, with its sign.
    pub growth: String,
    /// Slope, with its sign, per second.
    pub slope: String,
    /// The verdict in a few words.
    pub verdict: &'static str,
    /// The verdict with its reason.
    pub why: String,
    /// Whether it is suspected.
    pub is_suspect: bool,
    /// Events with which some of what is held was taken.
    pub examples: Vec<u64>,
}

/// The lines of some findings, in their order, of a run with these names.
pub fn lines(findings: &[Finding], names: &Names) -> Vec<FindingLine> {
    findings.iter().map(|finding| line(finding, names)).collect()
}

fn line(finding: &Finding, names: &Names) -> FindingLine {
    let at = finding.held_at;
    let most = at.map(|holding| holding.bytes).into_iter().max().unwrap_or(0).max(1);
    FindingLine {
        owner: finding.owner,
        heap: finding.heap,
        tag: names.tag(finding.owner.tag).into(),
        heap_label: names.heap(finding.heap).into(),
        counts: at.map(|holding| count(holding.count)),
        bytes: at.map(|holding| Bytes::new(holding.bytes).to_string()),
        shares: at.map(|holding| holding.bytes as f64 / most as f64),
        kept: format!("{} of {}", count(finding.held), count(finding.taken)),
        growth: signed_bytes(finding.growth_bytes),
        slope: format!("{}/s", signed_bytes(finding.bytes_per_second.round() as i64)),
        verdict: verdict(finding.verdict),
        why: why(finding),
        is_suspect: finding.is_suspect(),
        examples: finding.examples.clone(),
    }
}

/// Bytes with a sign: `+1.2 MiB`, `−64 B`, `0 B`.
pub fn signed_bytes(bytes: i64) -> String {
    let size = Bytes::new(bytes.unsigned_abs());
    format!("{}{size}", crate::numbers::text::sign(i128::from(bytes)))
}

const fn verdict(verdict: Result<Pattern, Cleared>) -> &'static str {
    match verdict {
        Ok(Pattern::Steady) => "Grows without release",
        Ok(Pattern::UnderSwings) => "Grows under its swings",
        Err(Cleared::TooFew) => "Too few",
        Err(Cleared::GaveBack) => "Gives back",
        Err(Cleared::Balanced) => "Balanced",
        Err(Cleared::Fell) => "Fell between",
        Err(Cleared::NoGrowth) => "No growth",
        Err(Cleared::Slowed) => "Growth slowed",
        Err(Cleared::TooNew) => "Too new",
    }
}

fn why(finding: &Finding) -> String {
    let Finding { taken, held, taken_all, given_back, .. } = finding;
    let part = |part: u64, whole: u64| Ratio::new(part as f64 / whole.max(1) as f64);
    let [taken_text, held_text] = [*taken, *held].map(count);
    match finding.verdict {
        Ok(Pattern::Steady) => format!(
            "Of {taken_text} taken between marks 1 and 2, {held_text} are held at mark 3; {} of {} since mark 1 were given \
             back, and it never held less than before",
            count(*given_back),
            count(*taken_all)
        ),
        Ok(Pattern::UnderSwings) => format!(
            "It grows and shrinks, and keeps a part of each time: of {taken_text} taken between marks 1 and 2, \
             {held_text} are held at mark 3, some of every eighth of that time, and its lowest holdings rose from \
             quarter to quarter"
        ),
        Err(Cleared::TooFew) => format!("Only {taken_text} taken between marks 1 and 2: no pattern"),
        Err(Cleared::GaveBack) => {
            format!("Of {taken_text} taken between marks 1 and 2, {} are held at mark 3", part(*held, *taken))
        }
        Err(Cleared::Balanced) => {
            format!("Gave back {} while it took {} since mark 1", count(*given_back), count(*taken_all))
        }
        Err(Cleared::Fell) => "Held less at one of sixteen checkpoints than at the one before".into(),
        Err(Cleared::NoGrowth) => "Holds no more bytes at mark 3 than at mark 1".into(),
        Err(Cleared::Slowed) => "Grew less than half as much after mark 2 as before it: as what fills up does".into(),
        Err(Cleared::TooNew) => {
            "Grows, but was no suspect yet when the run was half as long: it may still be warming up".into()
        }
    }
}

/// What was looked at, in a sentence.
pub fn looked_at(marks: &Marks, events: u64, owners: usize) -> String {
    let [first, second, third] = marks.0.map(|mark| seconds(mark.time_us));
    let [first, second, third] = [&first, &second, &third].map(|text| text.split_at(text.len() - 4).0);
    format!("{} events of {} owners between {first} s, {second} s and {third} s", count(events), count(owners as u64))
}

/// Newer than this, µs, a verdict counts as one of now.
const FRESH_US: u64 = 10_000_000;

/// Of which part of the run a verdict speaks, where that is not all of it until now: its
/// beginning may have made room, before the search or since, and the last mark may be old.
pub fn part(marks: &Marks, kept_since_us: Option<u64>, kept_from: u64, newest_us: u64) -> Option<String> {
    let [first, _, third] = marks.0;
    let beginning = kept_since_us
        .map(|since_us| format!("The run before {} s is no longer kept, so nothing is said of it", tenths(since_us)));
    let gone = (first.position < kept_from)
        .then(|| format!("the recording has moved on past mark 1 at {} s", tenths(first.time_us)));
    let age_us = newest_us.saturating_sub(third.time_us);
    let age = (age_us > FRESH_US)
        .then(|| format!("mark 3 is {} s old: the run is at {} s", tenths(age_us), tenths(newest_us)));
    let said: Vec<String> = [beginning, gone, age].into_iter().flatten().collect();
    let mut said = said.join("; ");
    if let Some(letter) = said.get_mut(..1) {
        letter.make_ascii_uppercase();
        said.push('.');
    }
    (!said.is_empty()).then_some(said)
}

fn tenths(time_us: u64) -> String {
    let text = seconds(time_us);
    text.split_at(text.len() - 5).0.into()
}

#[cfg(test)]
mod tests {
    use super::super::marks::{Holding, Mark};
    use super::*;
    use arenascope_workload::tags;

    fn finding(verdict: Result<Pattern, Cleared>) -> Finding {
        Finding {
            owner: tags::FORGOTTEN,
            heap: Heap::Arena,
            held_at: [20, 60, 100].map(|count| Holding { count, bytes: count * 256 }),
            taken: 40,
            held: 40,
            taken_all: 80,
            given_back: 0,
            growth_bytes: 80 * 256,
            bytes_per_second: 1_919.6,
            examples: vec![3],
            verdict,
        }
    }

    #[test]
    fn a_suspect_comes_with_its_evidence() {
        let line = lines(&[finding(Ok(Pattern::Steady))], &Names::engine()).remove(0);
        assert_eq!(
            (line.tag.as_str(), line.counts.each_ref().map(String::as_str)),
            ("leak/forgotten", ["20", "60", "100"])
        );
        assert_eq!(line.bytes, ["5.0 KiB", "15.0 KiB", "25.0 KiB"]);
        assert_eq!(line.shares, [0.2, 0.6, 1.0]);
        assert_eq!(
            (line.kept.as_str(), line.growth.as_str(), line.slope.as_str()),
            ("40 of 40", "+20.0 KiB", "+1.9 KiB/s")
        );
        assert_eq!(line.verdict, "Grows without release");
        assert!(line.is_suspect && line.why.contains("40 are held at mark 3"));
    }

    #[test]
    fn every_verdict_has_its_reason() {
        let cleared = [
            Cleared::TooFew,
            Cleared::GaveBack,
            Cleared::Balanced,
            Cleared::Fell,
            Cleared::NoGrowth,
            Cleared::Slowed,
            Cleared::TooNew,
        ];
        let all = cleared.into_iter().map(Err).chain([Ok(Pattern::Steady), Ok(Pattern::UnderSwings)]);
        let words: std::collections::BTreeSet<_> = all
            .map(|verdict| lines(&[finding(verdict)], &Names::engine()).remove(0))
            .map(|line| (line.verdict, line.why))
            .collect();
        let verdicts: std::collections::BTreeSet<_> = words.iter().map(|(verdict, _)| *verdict).collect();
        assert_eq!((words.len(), verdicts.len()), (9, 9));
        assert_eq!([signed_bytes(-64), signed_bytes(0)], ["−64 B", "0 B"]);
    }

    #[test]
    fn what_was_looked_at_is_told() {
        let marks = Marks(
            [(10, 1_000_000), (20, 2_500_000), (30, 4_000_000)].map(|(position, time_us)| Mark { position, time_us }),
        );
        assert_eq!(looked_at(&marks, 20, 3), "20 events of 3 owners between 1.00 s, 2.50 s and 4.00 s");
    }

    #[test]
    fn the_part_of_the_run_is_told_where_it_is_not_all() {
        let marks = Marks(
            [(10, 1_000_000), (20, 2_500_000), (30, 4_000_000)].map(|(position, time_us)| Mark { position, time_us }),
        );
        assert_eq!(part(&marks, None, 0, 5_000_000), None);
        assert_eq!(
            part(&marks, Some(500_000), 5, 5_000_000).unwrap(),
            "The run before 0.5 s is no longer kept, so nothing is said of it."
        );
        assert_eq!(
            part(&marks, None, 11, 385_040_000).unwrap(),
            "The recording has moved on past mark 1 at 1.0 s; mark 3 is 381.0 s old: the run is at 385.0 s."
        );
    }
}
