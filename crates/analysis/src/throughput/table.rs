//! The throughput table: its texts, its bars, its copy for a spreadsheet.

use crate::numbers::text::{count, per_second};
use arenascope_arena::PolicyKind;
use arenascope_throughput::{Bench, BenchRow, REFERENCE, RecordingCosts, TakingCost, TellingCost};

/// One line of the table.
#[derive(Clone, Debug, PartialEq)]
pub struct ThroughputLine {
    /// The name for people.
    pub label: String,
    /// Nanoseconds per operation in the fastest round: `16.5`.
    pub nanos: String,
    /// At that pace: `60.6 M/s`.
    pub per_second: String,
    /// Times the reference: `1.46`.
    pub ratio: String,
    /// Pace ÷ that of the fastest, 0 to 1: the bar.
    pub part: f64,
    /// Whether it is the reference.
    pub is_reference: bool,
    /// Everything else, for the tooltip.
    pub hint: String,
    /// Refused allocations as text; `None` for none.
    pub refused: Option<String>,
}

/// The lines of `rows`, in their order.
pub fn lines(rows: &[BenchRow]) -> Vec<ThroughputLine> {
    let fastest = rows.iter().map(BenchRow::operations_per_second).fold(0.0, f64::max);
    rows.iter().map(|row| line(row, fastest)).collect()
}

fn line(row: &BenchRow, fastest: f64) -> ThroughputLine {
    let times = row.ns_per_operation;
    ThroughputLine {
        label: label_of(&row.policy),
        nanos: format!("{:.1}", times.minimum),
        per_second: per_second(row.operations_per_second()),
        ratio: format!("{:.2}", row.ratio_to_talc),
        part: row.operations_per_second() / fastest,
        is_reference: row.is_reference(),
        hint: format!(
            "Fastest round {:.1} ns, middle round {:.1} ns, {} operations timed",
            times.minimum,
            times.median,
            count(row.operations)
        ),
        refused: (row.failures > 0).then(|| count(row.failures)),
    }
}

/// A contestant's name for people.
pub fn label_of(contestant: &str) -> String {
    let (policy, cache) = match contestant.split_once(" + ") {
        Some((policy, _)) => (policy, " + cache"),
        None => (contestant, ""),
    };
    match PolicyKind::from_key(policy) {
        Some(policy) => format!("{}{cache}", policy.label()),
        None if contestant == REFERENCE => String::from("talc (reference)"),
        None => contestant.to_owned(),
    }
}

/// What is measured, in one sentence.
pub fn conditions(bench: &Bench) -> String {
    format!(
        "{} live allocations of 16 B to 1 KiB, one in 16 up to 16 KiB, aligned to 16 B, on a heap aged until each was \
         replaced twice; a free and an allocation in turn, one thread, no payload written. Figures of the fastest of \
         9 rounds.",
        count(bench.live.into())
    )
}

/// One line of what recording costs.
#[derive(Clone, Debug, PartialEq)]
pub struct CostLine {
    /// What the cost is of.
    pub label: &'static str,
    /// What it is, for the tooltip.
    pub hint: &'static str,
    /// The figures, the first of them the one to look at.
    pub value: String,
    /// The figures beside it.
    pub detail: String,
}

/// What recording costs who works, and the recorder.
pub fn cost_lines(costs: &RecordingCosts) -> [CostLine; 4] {
    let telling = |label, hint, cost: TellingCost| CostLine {
        label,
        hint,
        value: format!("{:.2} ×", cost.ratio),
        detail: format!("{:.1} → {:.1} ns an operation", cost.ns_without, cost.ns_with),
    };
    let taking = |label, hint, cost: TakingCost| CostLine {
        label,
        hint,
        value: per_second(cost.per_second),
        detail: format!("{:.1} B an event", cost.bytes_per_event),
    };
    [
        telling("Bare arena", "An allocation or a free with its event, over one without", costs.bare),
        telling("Behind a cache", "The same, of a thread with its cache", costs.threaded),
        taking("Recorder, one thread", "Events that the recorder takes in while it works", costs.one_thread),
        taking("Recorder, four threads", "The same events of four threads, put in one order", costs.four_threads),
    ]
}

/// The same in a sentence.
pub fn recorded(costs: &RecordingCosts) -> String {
    format!(
        "recording measured: an operation takes {:.2} × its time with its event, the recorder takes in {}",
        costs.bare.ratio,
        per_second(costs.one_thread.per_second)
    )
}

/// The table as tab-separated text with a head line, for a spreadsheet: numbers
/// plain and in full.
pub fn copied(rows: &[BenchRow]) -> String {
    let mut text =
        String::from("policy\tns_minimum\tns_median\toperations_per_second\tratio_to_talc\toperations\tfailures\n");
    for row in rows {
        let times = row.ns_per_operation;
        text += &format!(
            "{}\t{:.2}\t{:.2}\t{:.0}\t{:.3}\t{}\t{}\n",
            row.policy,
            times.minimum,
            times.median,
            row.operations_per_second(),
            row.ratio_to_talc,
            row.operations,
            row.failures
        );
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_throughput::RoundTimes;

    fn row(policy: &str, minimum: f64, failures: u64) -> BenchRow {
        let ns_per_operation = RoundTimes { median: minimum + 1.0, minimum };
        BenchRow {
            policy: policy.into(),
            ns_per_operation,
            ratio_to_talc: minimum / 10.0,
            operations: 12_345,
            failures,
        }
    }

    #[test]
    fn bars_are_paces_and_texts_keep_their_form() {
        let lines = lines(&[row("talc", 10.0, 0), row("tlsf", 20.0, 3)]);
        assert_eq!(lines.iter().map(|line| line.part).collect::<Vec<_>>(), [1.0, 0.5]);
        assert_eq!((lines[0].label.as_str(), lines[0].is_reference), ("talc (reference)", true));
        assert_eq!((lines[1].label.as_str(), lines[1].is_reference), (PolicyKind::Tlsf.label(), false));
        assert_eq!(label_of("bins + threads"), format!("{} + cache", PolicyKind::Bins.label()));
        assert_eq!((lines[1].nanos.as_str(), lines[1].ratio.as_str()), ("20.0", "2.00"));
        assert_eq!(lines[1].per_second, "50.00 M/s");
        assert_eq!((lines[0].refused.clone(), lines[1].refused.as_deref()), (None, Some("3")));
    }

    #[test]
    fn what_recording_costs_is_told_in_lines_and_in_a_sentence() {
        let telling = TellingCost { ns_without: 20.0, ns_with: 25.0, ratio: 1.25, lost: 0 };
        let taking = TakingCost { events: 7, per_second: 6.5e6, bytes_per_event: 20.66, has_gaps: false };
        let costs = RecordingCosts { bare: telling, threaded: telling, one_thread: taking, four_threads: taking };
        let [bare, _, recorder, _] = cost_lines(&costs);
        assert_eq!((bare.value.as_str(), bare.detail.as_str()), ("1.25 ×", "20.0 → 25.0 ns an operation"));
        assert_eq!((recorder.value.as_str(), recorder.detail.as_str()), ("6.50 M/s", "20.7 B an event"));
        assert!(recorded(&costs).contains("1.25 × its time") && recorded(&costs).contains("6.50 M/s"));
    }

    #[test]
    fn the_copy_has_a_head_and_a_line_for_each_row() {
        let text = copied(&[row("talc", 10.0, 0), row("tlsf", 20.0, 3)]);
        let cells: Vec<Vec<&str>> = text.lines().map(|line| line.split('\t').collect()).collect();
        assert_eq!(cells.len(), 3);
        assert!(cells.iter().all(|line| line.len() == 7));
        assert_eq!(cells[2], ["tlsf", "20.00", "21.00", "50000000", "2.000", "12345", "3"]);
    }
}
