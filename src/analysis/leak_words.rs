//! What was found between three marks, in words and numbers, each with its evidence.

use super::event_line::seconds;
use super::leak_marks::{Holding, Marks};
use super::leaks::{Cleared, Finding};
use super::table_numbers::count;
use crate::owner::{Heap, Owner};
use crate::units::{Bytes, Ratio};
use crate::workload::tags;
use std::collections::BTreeMap;

/// What everybody held at the three marks.
pub type HeldAt = [BTreeMap<(Heap, Owner), Holding>; 3];

/// One finding as text.
#[derive(Clone, Debug, PartialEq)]
pub struct FindingLine {
    /// Who.
    pub owner: Owner,
    /// Of which memory.
    pub heap: Heap,
    /// The tag's name.
    pub tag: &'static str,
    /// `arena`, `device`, `npu`.
    pub heap_label: &'static str,
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

/// The lines of some findings, in their order.
pub fn lines(findings: &[Finding], held: &HeldAt) -> Vec<FindingLine> {
    findings.iter().map(|finding| line(finding, held)).collect()
}

fn line(finding: &Finding, held: &HeldAt) -> FindingLine {
    let at = held.each_ref().map(|held| held.get(&(finding.heap, finding.owner)).copied().unwrap_or_default());
    let most = at.map(|holding| holding.bytes).into_iter().max().unwrap_or(0).max(1);
    FindingLine {
        owner: finding.owner,
        heap: finding.heap,
        tag: tags::name(finding.owner.tag),
        heap_label: heap_label(finding.heap),
        counts: at.map(|holding| count(holding.count)),
        bytes: at.map(|holding| Bytes::new(holding.bytes).to_string()),
        shares: at.map(|holding| holding.bytes as f64 / most as f64),
        kept: format!("{} of {}", count(finding.held), count(finding.taken)),
        growth: signed_bytes(finding.growth_bytes),
        slope: format!("{}/s", signed_bytes(finding.bytes_per_second.round() as i64)),
        verdict: verdict(finding.cleared_by),
        why: why(finding),
        is_suspect: finding.is_suspect(),
        examples: finding.examples.clone(),
    }
}

/// The name of a heap for people.
pub const fn heap_label(heap: Heap) -> &'static str {
    match heap {
        Heap::Arena => "Arena",
        Heap::Device => "GPU device",
        Heap::Npu => "NPU",
    }
}

/// Bytes with a sign: `+1.2 MiB`, `−64 B`, `0 B`.
pub fn signed_bytes(bytes: i64) -> String {
    let size = Bytes::new(bytes.unsigned_abs());
    format!("{}{size}", super::table_numbers::sign(i128::from(bytes)))
}

const fn verdict(cleared_by: Option<Cleared>) -> &'static str {
    match cleared_by {
        None => "Grows without release",
        Some(Cleared::TooFew) => "Too few",
        Some(Cleared::GaveBack) => "Gives back",
        Some(Cleared::Balanced) => "Balanced",
        Some(Cleared::Fell) => "Fell between",
        Some(Cleared::NoGrowth) => "No growth",
    }
}

fn why(finding: &Finding) -> String {
    let Finding { taken, held, taken_all, given_back, .. } = finding;
    let part = |part: u64, whole: u64| Ratio::new(part as f64 / whole.max(1) as f64);
    let [taken_words, held_words] = [*taken, *held].map(count);
    match finding.cleared_by {
        None => format!(
            "Of {taken_words} taken between marks 1 and 2, {held_words} are held at mark 3; {} of {} since mark 1 were given \
             back, and it never held less than before",
            count(*given_back),
            count(*taken_all)
        ),
        Some(Cleared::TooFew) => format!("Only {taken_words} taken between marks 1 and 2: no pattern"),
        Some(Cleared::GaveBack) => {
            format!("Of {taken_words} taken between marks 1 and 2, {} are held at mark 3", part(*held, *taken))
        }
        Some(Cleared::Balanced) => {
            format!("Gave back {} while it took {} since mark 1", count(*given_back), count(*taken_all))
        }
        Some(Cleared::Fell) => "Held less at one of sixteen checkpoints than at the one before".into(),
        Some(Cleared::NoGrowth) => "Holds no more bytes at mark 3 than at mark 1".into(),
    }
}

/// What was looked at, in a sentence.
pub fn looked_at(marks: &Marks, events: u64, owners: usize) -> String {
    let [first, second, third] = marks.0.map(|mark| seconds(mark.time_us));
    let [first, second, third] = [&first, &second, &third].map(|text| text.split_at(text.len() - 4).0);
    format!("{} events of {} owners between {first} s, {second} s and {third} s", count(events), count(owners as u64))
}

#[cfg(test)]
mod tests {
    use super::super::leak_marks::Mark;
    use super::*;

    fn finding(cleared_by: Option<Cleared>) -> Finding {
        Finding {
            owner: tags::FORGOTTEN,
            heap: Heap::Arena,
            taken: 40,
            held: 40,
            taken_all: 80,
            given_back: 0,
            growth_bytes: 80 * 256,
            bytes_per_second: 1_919.6,
            examples: vec![3],
            cleared_by,
        }
    }

    #[test]
    fn a_suspect_comes_with_its_evidence() {
        let held: HeldAt =
            [20, 60, 100].map(|count| [((Heap::Arena, tags::FORGOTTEN), Holding { count, bytes: count * 256 })].into());
        let line = lines(&[finding(None)], &held).remove(0);
        assert_eq!((line.tag, line.counts.each_ref().map(String::as_str)), ("leak/forgotten", ["20", "60", "100"]));
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
        let cleared = [Cleared::TooFew, Cleared::GaveBack, Cleared::Balanced, Cleared::Fell, Cleared::NoGrowth];
        let all = cleared.into_iter().map(Some).chain([None]);
        let words: std::collections::BTreeSet<_> = all
            .map(|cleared| lines(&[finding(cleared)], &HeldAt::default()).remove(0))
            .map(|line| (line.verdict, line.why))
            .collect();
        let verdicts: std::collections::BTreeSet<_> = words.iter().map(|(verdict, _)| *verdict).collect();
        assert_eq!((words.len(), verdicts.len()), (6, 6));
        assert_eq!([signed_bytes(-64), signed_bytes(0)], ["−64 B", "0 B"]);
    }

    #[test]
    fn what_was_looked_at_is_told() {
        let marks = Marks(
            [(10, 1_000_000), (20, 2_500_000), (30, 4_000_000)].map(|(position, time_us)| Mark { position, time_us }),
        );
        assert_eq!(looked_at(&marks, 20, 3), "20 events of 3 owners between 1.00 s, 2.50 s and 4.00 s");
    }
}
