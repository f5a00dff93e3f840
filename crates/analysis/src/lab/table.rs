//! The laboratory's table: a row for each way to serve the run.

use crate::numbers::text::{count, ratio};
use arenascope_lab::{Figures, Row, RowSpec};
use arenascope_units::Bytes;

/// Heads of the columns, after the name.
pub const HEADS: [&str; 9] = [
    "Peak",
    "Over the bound",
    "External",
    "Internal",
    "Cached",
    "Refused",
    "Smallest that fits",
    "Frag. within",
    "ns an operation",
];

/// What each column says, for those who hover or ask.
pub const HINTS: [&str; 9] = [
    "Most bytes that it held from the system at once",
    "That peak against the peak of live bytes, with less of which nobody can do",
    "At the peak: free pieces between blocks",
    "At the peak: set aside for blocks beyond what they asked for",
    "At the peak: kept for requests to come",
    "Requests that were refused: those for which the memory was full, and those for which it was in pieces",
    "The smallest memory in which nothing is refused, by bisection",
    "1 − largest free piece ÷ free bytes within what is held; mean over the run",
    "Placing alone, by this browser's clock, over addresses that no memory backs",
];

/// Columns of a row, as [`HEADS`] names them; a dash where a column says nothing of it.
pub fn cells(row: &Row) -> [String; 9] {
    let Some(figures) = &row.figures else { return core::array::from_fn(|_| "–".to_owned()) };
    let bytes = |bytes: u64| Bytes::new(bytes).to_string();
    let waste = figures.at_peak.waste;
    let is_packing = row.spec == RowSpec::Packing;
    let only_online = |text: String| if is_packing { "–".to_owned() } else { text };
    [
        bytes(figures.peak_bytes),
        over(figures.overhead),
        bytes(waste.external_bytes),
        bytes(waste.internal_bytes),
        only_online(bytes(waste.cached_bytes)),
        only_online(refused(figures)),
        only_online(smallest(figures)),
        only_online(ratio(figures.fragmentation_within_mean)),
        only_online(nanoseconds(figures.nanoseconds)),
    ]
}

/// A part above the bound, as a percentage that never rounds something to nothing.
pub fn over(part: f64) -> String {
    let percent = 100.0 * part;
    match percent {
        _ if percent <= 0.0 => "0 %".to_owned(),
        _ if percent < 0.01 => "< 0.01 %".to_owned(),
        _ if percent < 10.0 => format!("{percent:.2} %"),
        _ => format!("{percent:.1} %"),
    }
}

fn refused(figures: &Figures) -> String {
    let failures = figures.failures;
    let parts = [
        (failures.full, "full"),
        (failures.fragmented, "in pieces"),
        (failures.out_of_nodes, "out of nodes"),
        (failures.too_large, "too large"),
    ];
    let said: Vec<String> = parts
        .into_iter()
        .filter(|(times, _)| *times > 0)
        .map(|(times, why)| format!("{} {why}", count(times)))
        .collect();
    if said.is_empty() { "none".to_owned() } else { said.join(", ") }
}

fn smallest(figures: &Figures) -> String {
    figures.smallest_bytes.map_or_else(|| "–".to_owned(), |bytes| Bytes::new(bytes).to_string())
}

fn nanoseconds(nanoseconds: f64) -> String {
    if nanoseconds > 0.0 { format!("{nanoseconds:.0}") } else { "–".to_owned() }
}

/// How near a packing is to the optimum, in words.
pub fn certificate(row: &Row) -> Option<String> {
    let packing = row.packing?;
    Some(match (packing.gap <= 0.0, packing.is_exhausted) {
        (true, _) => "proven optimal".to_owned(),
        (false, true) => format!("at most {} above the optimum; the search has ended", over(packing.gap)),
        (false, false) => format!("at most {} above the optimum; more time may find a lower one", over(packing.gap)),
    })
}

/// Positions of the rows, by peak: the least first, those without figures last, and of equals
/// the faster.
pub fn order(rows: &[Row]) -> Vec<usize> {
    let key = |at: usize| {
        rows[at].figures.map_or((u64::MAX, f64::MAX), |figures| (refused_or(&figures), figures.nanoseconds))
    };
    let mut order: Vec<usize> = (0..rows.len()).collect();
    order.sort_by(|&one, &other| {
        let (one, other) = (key(one), key(other));
        one.0.cmp(&other.0).then(one.1.total_cmp(&other.1))
    });
    order
}

/// Whoever refuses something has no peak to be proud of.
fn refused_or(figures: &Figures) -> u64 {
    if figures.failures.total() > 0 { u64::MAX - 1 } else { figures.peak_bytes }
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_arena::PolicyKind;
    use arenascope_lab::{Failures, Packing};

    fn row(policy: PolicyKind, peak_bytes: u64, refused: u64) -> Row {
        let failures = Failures { fragmented: refused, ..Failures::default() };
        let figures = Figures { peak_bytes, overhead: 0.5, failures, nanoseconds: 12.4, ..Figures::default() };
        serde_row(RowSpec::Policy { policy, thread_cache: false }, Some(figures))
    }

    fn serde_row(spec: RowSpec, figures: Option<Figures>) -> Row {
        let text = serde_json::json!({ "spec": spec, "is_complete": true, "figures": figures, "unavailable": null,
            "addresses": [], "held": [], "packing": null });
        serde_json::from_value(text).unwrap()
    }

    #[test]
    fn the_least_comes_first_and_who_refuses_last() {
        let rows =
            [row(PolicyKind::FirstFit, 300, 0), row(PolicyKind::BestFit, 100, 2), row(PolicyKind::NextFit, 200, 0)];
        assert_eq!(order(&rows), [2, 0, 1]);
        assert_eq!(cells(&rows[1])[5], "2 in pieces");
        assert_eq!(cells(&rows[0])[..2], ["300 B", "50.0 %"]);
        assert_eq!(cells(&rows[0])[8], "12");
    }

    #[test]
    fn what_is_small_is_not_nothing() {
        assert_eq!([0.0, 0.000_05, 0.001, 0.25].map(over), ["0 %", "< 0.01 %", "0.10 %", "25.0 %"]);
    }

    #[test]
    fn a_packing_says_how_near_it_is() {
        let mut row = serde_row(RowSpec::Packing, Some(Figures::default()));
        let said = |gap, is_exhausted, row: &mut Row| {
            row.packing = Some(Packing { gap, is_exhausted, ..Packing::default() });
            certificate(row).unwrap()
        };
        assert_eq!(said(0.0, true, &mut row), "proven optimal");
        assert!(said(0.004, false, &mut row).starts_with("at most 0.40 % above the optimum; more time"));
        assert!(said(0.004, true, &mut row).ends_with("the search has ended"));
        assert_eq!(cells(&row)[8], "–");
    }
}
