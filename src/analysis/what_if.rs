//! The answer of a what-if in words.

use super::budget_tree::heap_label;
use super::table_numbers::count;
use crate::owner::{Heap, MemoryCategory};
use crate::units::Bytes;
use serde::Deserialize;

/// The engine's answer, see `docs/scripting.md`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct WhatIf {
    /// Requests that were run again.
    pub requests_total: u64,
    /// Of them refused.
    pub refused_total: u64,
    /// Of these granted in truth.
    pub newly_refused_total: u64,
    /// Refused in truth and granted now.
    pub newly_granted_total: u64,
    /// The first refusals, in order.
    pub refusals: Vec<Refusal>,
    /// What each category would have given back, and its peak.
    pub categories: Vec<Reclaimed>,
    /// The total's peak.
    pub peak_bytes: u64,
    /// The worst pressure of the total.
    pub pressure: String,
    /// Entries that the history lacks.
    pub lost_total: u64,
}

/// One refusal.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Refusal {
    /// When it was asked, µs.
    pub time_us: u64,
    /// For what.
    pub category: MemoryCategory,
    /// By whom.
    pub tag: String,
    /// Where.
    pub heap: Heap,
    /// How much.
    pub bytes: u64,
    /// Which level would have refused.
    pub level: String,
    /// Whether it was refused in truth, too.
    pub refused_then: bool,
}

/// One category.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Reclaimed {
    /// Which.
    pub category: MemoryCategory,
    /// What it would have given back.
    pub reclaimed_bytes: u64,
    /// Its peak.
    pub peak_bytes: u64,
}

/// The answer in one sentence.
pub fn verdict(answer: &WhatIf) -> String {
    let outcome = match answer.newly_refused_total {
        0 => "Nothing more would have been refused".to_owned(),
        1 => "1 request that was granted would have been refused".to_owned(),
        more => format!("{} requests that were granted would have been refused", count(more)),
    };
    let won = match answer.newly_granted_total {
        0 => String::new(),
        won => format!("; {} that were refused would have been granted", count(won)),
    };
    let lost = match answer.lost_total {
        0 => String::new(),
        lost => format!(" {} entries of the history are lost: this is a guess.", count(lost)),
    };
    format!("{outcome}{won}.{lost}")
}

/// Who would have given way, and how much.
pub fn gave_way(answer: &WhatIf) -> Vec<String> {
    let line = |row: &Reclaimed| {
        let bytes = Bytes::new(row.reclaimed_bytes);
        (row.reclaimed_bytes > 0).then(|| format!("{}: {bytes} given back", row.category.label()))
    };
    answer.categories.iter().filter_map(line).collect()
}

/// The first `most` refusals, new ones first.
pub fn refusal_words(answer: &WhatIf, most: usize) -> Vec<String> {
    let (old, new): (Vec<&Refusal>, Vec<&Refusal>) = answer.refusals.iter().partition(|row| row.refused_then);
    let line = |row: &Refusal| {
        let (at, bytes) = (row.time_us as f64 / 1e6, Bytes::new(row.bytes));
        let then = if row.refused_then { " (in truth, too)" } else { "" };
        let (owner, heap) = (row.category.label(), heap_label(row.heap));
        format!("{at:.2} s: {owner} · {}, {bytes} on {heap}, at the limit of its {}{then}", row.tag, row.level)
    };
    new.into_iter().chain(old).take(most).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> WhatIf {
        let text = r#"{"begins_at_us":0,"requests_total":1200,"refused_total":2,"newly_refused_total":1,"newly_granted_total":3,
            "refusals":[{"time_us":1500000,"category":"ecs","tag":"world","heap":"arena","bytes":2097152,"level":"total",
            "refused_then":true},{"time_us":2500000,"category":"gpu_textures","tag":"sky","heap":"device","bytes":1048576,
            "level":"category","refused_then":false}],"categories":[{"category":"temporary","reclaimed_bytes":4096,"peak_bytes":9},
            {"category":"ecs","reclaimed_bytes":0,"peak_bytes":9}],"peak_bytes":99,"pressure":"high","lost_total":0}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn new_refusals_come_first() {
        let expected = [
            "2.50 s: GPU textures · sky, 1.0 MiB on GPU device, at the limit of its category",
            "1.50 s: ECS · world, 2.0 MiB on Arena, at the limit of its total (in truth, too)",
        ];
        let words = refusal_words(&answer(), 9);
        assert_eq!(words[0], expected[0]);
        assert!(words[1].starts_with("1.50 s: ") && words[1].ends_with("(in truth, too)"), "{}", words[1]);
        assert_eq!(refusal_words(&answer(), 1).len(), 1);
    }

    #[test]
    fn a_verdict_says_what_it_would_cost_and_win() {
        let expected =
            "1 request that was granted would have been refused; 3 that were refused would have been granted.";
        assert_eq!(verdict(&answer()), expected);
        let guess = WhatIf { lost_total: 7, ..WhatIf::default() };
        let expected = "Nothing more would have been refused. 7 entries of the history are lost: this is a guess.";
        assert_eq!(verdict(&guess), expected);
        assert_eq!(gave_way(&answer()), ["Temporary: 4.0 KiB given back"]);
    }
}
