//! The answer of a what-if in words.

use super::tree::heap_label;
use crate::numbers::text::count;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, MemoryCategory};
use arenascope_units::pressure::Pressure;
use serde::Deserialize;

/// The engine's answer, see `docs/scripting.md`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(default)]
pub struct WhatIf {
    /// Requests that were run again.
    pub requests_total: u64,
    /// Where the run itself would have begun to go differently; `None` where it
    /// would not have.
    pub parting: Option<Parting>,
    /// Of these requests, those that would have been refused.
    pub refused_total: u64,
    /// Refusals that are new and certain, whatever the run had done instead.
    pub newly_refused_at_least_total: u64,
    /// When the first of these has happened at the latest, µs.
    pub refused_by_us: Option<u64>,
    /// Of these granted in truth.
    pub newly_refused_total: u64,
    /// Refused in truth and granted now.
    pub newly_granted_total: u64,
    /// The first refusals, in order.
    pub refusals: Vec<RefusedRequest>,
    /// What each category would have given back, and its peak.
    pub categories: Vec<Reclaimed>,
    /// The most that the total would have held at the moment of a charge.
    pub peak_bytes: u64,
    /// The worst pressure of the total.
    pub pressure: Pressure,
    /// Requests that the history lacks.
    pub lost_total: u64,
}

impl WhatIf {
    /// True where the run would have gone as it did, and every figure is exact.
    pub fn is_exact(&self) -> bool {
        self.parting.is_none() && self.lost_total == 0
    }
}

/// The first decision of the budget that would have been another one.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Parting {
    /// When it was made, µs since the run's start.
    pub time_us: u64,
    /// `refused`, `granted`, `room` or `pressure`.
    pub cause: String,
}

/// A request that would have been refused.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct RefusedRequest {
    /// When it was asked, µs.
    pub time_us: u64,
    /// What the memory was for.
    pub category: MemoryCategory,
    /// The name of the tag that asked.
    pub tag: String,
    /// The heap that the memory would have been on.
    pub heap: Heap,
    /// Bytes that were asked for.
    pub bytes: u64,
    /// Which level would have refused.
    pub level: String,
    /// Whether it was refused in truth, too.
    pub refused_then: bool,
    /// Whether it is exact, not estimated.
    #[serde(default)]
    pub is_certain: bool,
}

/// What a category would have held, and given back.
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Reclaimed {
    /// What the memory is for.
    pub category: MemoryCategory,
    /// What it would have given back.
    pub reclaimed_bytes: u64,
    /// The most that it would have held at the moment of a charge.
    pub peak_bytes: u64,
}

/// The answer in a few sentences: what is certain, until when the run is the same,
/// and what is an estimate.
pub fn verdict(answer: &WhatIf) -> String {
    if answer.lost_total > 0 {
        let lost = requests(answer.lost_total, "is", "are");
        return format!("{} {lost} missing from the history: this is a guess.", guess(answer));
    }
    match &answer.parting {
        None => as_it_was(answer),
        Some(parting) => format!("{} {}", certain(answer, parting), guess(answer)),
    }
}

fn as_it_was(answer: &WhatIf) -> String {
    let refused = match answer.refused_total {
        0 => "none was refused".to_owned(),
        refused => format!("{} refused, as in truth", requests(refused, "was", "were")),
    };
    format!("Nothing would have been otherwise: the run would have gone as it did, request by request; {refused}.")
}

/// What holds whatever the run had done instead.
fn certain(answer: &WhatIf, parting: &Parting) -> String {
    let from = seconds(parting.time_us);
    let refused = requests(answer.newly_refused_at_least_total, "that was granted", "that were granted");
    match (answer.refused_by_us, parting.cause.as_str()) {
        (Some(_), "refused") => format!(
            "At least {refused} would have been refused, the first at {from}; from there on the run \
             would have gone differently."
        ),
        (Some(by), cause) => format!(
            "At least {refused} would have been refused, the first by {} at the latest. From {from} on the \
             run would have gone differently, since {}.",
            seconds(by),
            since(cause),
        ),
        (None, cause) => format!(
            "No new refusal is certain. Until {from} nothing would have been otherwise; from there on the run would have \
             gone differently, since {}.",
            since(cause),
        ),
    }
}

fn since(cause: &str) -> &'static str {
    match cause {
        "refused" => "a request would have been refused",
        "granted" => "a request that was refused would have been granted",
        "pressure" => "the pressure would have been another, and with it what idle memory goes",
        _ => "other memory would have had to make room",
    }
}

/// What an estimate says of the whole run.
fn guess(answer: &WhatIf) -> String {
    let won = match answer.newly_granted_total {
        0 => String::new(),
        won => format!(", and {} that in truth {} refused granted", count(won), if won == 1 { "was" } else { "were" }),
    };
    match answer.newly_refused_total {
        0 => format!("By estimate nothing more would have been refused{won}."),
        more => format!(
            "By estimate {} would have been refused in all{won}.",
            requests(more, "that was granted", "that were granted")
        ),
    }
}

fn requests(number: u64, one: &str, more: &str) -> String {
    if number == 1 { format!("1 request {one}") } else { format!("{} requests {more}", count(number)) }
}

fn seconds(time_us: u64) -> String {
    format!("{:.2} s", time_us as f64 / 1e6)
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
pub fn refusal_text(answer: &WhatIf, most: usize) -> Vec<String> {
    let (old, new): (Vec<&RefusedRequest>, Vec<&RefusedRequest>) =
        answer.refusals.iter().partition(|row| row.refused_then);
    let line = |row: &RefusedRequest| {
        let (at, bytes) = (seconds(row.time_us), Bytes::new(row.bytes));
        let then = match (row.refused_then, row.is_certain) {
            (true, _) => " (in truth, too)",
            (false, true) => "",
            (false, false) => " (by estimate)",
        };
        let (owner, heap) = (row.category.label(), heap_label(row.heap));
        format!("{at}: {owner} · {}, {bytes} on {heap}, at the limit of its {}{then}", row.tag, row.level)
    };
    new.into_iter().chain(old).take(most).map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer() -> WhatIf {
        let text = r#"{"begins_at_us":0,"requests_total":1200,"refused_total":2,"newly_refused_total":1,"newly_granted_total":3,
            "refusals":[{"time_us":1500000,"category":"ecs","tag":"world","heap":"arena","bytes":2097152,"level":"total",
            "refused_then":true,"is_certain":true},{"time_us":2500000,"category":"gpu_textures","tag":"sky","heap":"device","bytes":1048576,
            "level":"category","refused_then":false,"is_certain":true}],"categories":[{"category":"temporary","reclaimed_bytes":4096,"peak_bytes":9},
            {"category":"ecs","reclaimed_bytes":0,"peak_bytes":9}],"peak_bytes":99,"pressure":"high","lost_total":0}"#;
        serde_json::from_str(text).unwrap()
    }

    #[test]
    fn new_refusals_come_first() {
        let expected = [
            "2.50 s: GPU textures · sky, 1.0 MiB on GPU device, at the limit of its category",
            "1.50 s: ECS · world, 2.0 MiB on Arena, at the limit of its total (in truth, too)",
        ];
        let words = refusal_text(&answer(), 9);
        assert_eq!(words[0], expected[0]);
        assert!(words[1].starts_with("1.50 s: ") && words[1].ends_with("(in truth, too)"), "{}", words[1]);
        assert_eq!(refusal_text(&answer(), 1).len(), 1);
    }

    fn parted(cause: &str, at_least: u64, by: Option<u64>) -> WhatIf {
        let parting = Some(Parting { time_us: 2_500_000, cause: cause.into() });
        let (newly_refused_total, newly_granted_total) = (88, 3);
        WhatIf {
            parting,
            newly_refused_total,
            newly_granted_total,
            newly_refused_at_least_total: at_least,
            refused_by_us: by,
            ..WhatIf::default()
        }
    }

    #[test]
    fn a_verdict_tells_what_is_certain_from_what_is_estimated() {
        let cases = [
            (
                WhatIf { refused_total: 13, ..WhatIf::default() },
                "Nothing would have been otherwise: the run would have gone as it did, request by request; 13 requests were \
                 refused, as in truth.",
            ),
            (
                parted("refused", 1, Some(2_500_000)),
                "At least 1 request that was granted would have been refused, the first at 2.50 s; from there on the run \
                 would have gone differently. By estimate 88 requests that were granted would have been refused in all, and 3 that in truth were refused granted.",
            ),
            (
                parted("room", 2, Some(3_200_000)),
                "At least 2 requests that were granted would have been refused, the first by 3.20 s at the latest. From 2.50 s \
                 on the run would have gone differently, since other memory would have had to make room. By estimate 88 requests that were granted \
                 would have been refused in all, and 3 that in truth were refused granted.",
            ),
            (
                parted("pressure", 0, None),
                "No new refusal is certain. Until 2.50 s nothing would have been otherwise; from there on the run would have \
                 gone differently, since the pressure would have been another, and with it what idle memory goes. By estimate \
                 88 requests that were granted would have been refused in all, and 3 that in truth were refused granted.",
            ),
            (
                WhatIf { lost_total: 7, ..WhatIf::default() },
                "By estimate nothing more would have been refused. 7 requests are missing from the history: this is a guess.",
            ),
        ];
        for (answer, text) in cases {
            assert_eq!(verdict(&answer), text);
        }
        assert!(WhatIf::default().is_exact() && !parted("room", 0, None).is_exact());
        assert_eq!(gave_way(&answer()), ["Temporary: 4.0 KiB given back"]);
    }

    #[test]
    fn what_is_estimated_is_marked() {
        let mut answer = answer();
        answer.refusals[1].is_certain = false;
        assert!(refusal_text(&answer, 1)[0].ends_with("at the limit of its category (by estimate)"));
    }
}
