//! The sentences that all formats share.

use crate::judge::{Judged, Report, Verdict};
use crate::measure::Culprit;
use arenascope_units::{Bytes, Micros};

/// A verdict in sentences.
pub struct Sentence<'r> {
    report: &'r Report,
    verdict: &'r Verdict,
}

impl<'r> Sentence<'r> {
    /// Of a verdict of a report.
    pub const fn of(report: &'r Report, verdict: &'r Verdict) -> Self {
        Self { report, verdict }
    }

    /// Figure and bound: `shadow map: 12.0 MiB, at most 8.0 MiB (4.0 MiB too many) at 1.2 s`.
    pub fn figure(&self, judged: &Judged) -> String {
        let shown = |value| self.verdict.quantity.shown(value);
        let side = if judged.is_at_least { "at least" } else { "at most" };
        let value = shown(judged.value);
        let bound = shown(judged.bound);
        let off = (judged.value - judged.bound).abs();
        let by = match (self.verdict.holds, judged.is_at_least) {
            (true, _) => String::new(),
            (false, false) => format!(" ({} too much)", shown(off)),
            (false, true) => format!(" ({} too little)", shown(off)),
        };
        let baseline = judged.baseline_mean.map_or(String::new(), |mean| {
            let band = judged.band.map_or(", no noise band".into(), |band| {
                format!(", noise ±{} of {} runs", shown(band.half_width), band.runs)
            });
            format!("; earlier {}{band}", shown(mean))
        });
        let moment = judged.moment.map_or(String::new(), |moment| format!(" at {}", Micros::new(moment.time_us)));
        format!("{}: {value}, {side} {bound}{by}{baseline}{moment}", visible(&judged.subject))
    }

    /// Who, how much, and the stack: `load (Textures): 4.0 MiB in 3, from load (a.js:1) < main (a.js:9)`.
    pub fn culprit(&self, culprit: &Culprit) -> String {
        let objects = if culprit.objects == 1 { "1 object".into() } else { format!("{} objects", culprit.objects) };
        let category =
            if culprit.category.is_empty() { String::new() } else { format!(" ({})", visible(&culprit.category)) };
        let stack = match culprit.stack.len() {
            0 => ", no call stack".into(),
            _ => format!(", from {}", visible(&culprit.stack.join(" < "))),
        };
        let bytes = Bytes::new(culprit.bytes.max(0) as u64);
        format!("{}{category}: {bytes} in {objects}{stack}", visible(&culprit.owner))
    }

    /// The command that opens the moment of a figure.
    pub fn command(&self, judged: &Judged) -> Option<String> {
        let moment = judged.moment?;
        let owner =
            judged.culprits.first().map_or(String::new(), |culprit| format!(" --owner {}", quoted(&culprit.owner)));
        Some(format!("arenascope state {} --at-us {}{owner}", quoted(&self.report.run), moment.time_us))
    }

    /// What is worth knowing of a rule that holds.
    pub fn remark(&self) -> Option<String> {
        self.verdict.is_of_nothing.then(|| "the run has no such memory".to_string())
    }

    /// How many break the rule beyond those that are told.
    pub fn more(&self) -> Option<String> {
        let told = self.verdict.figures.len();
        (self.verdict.broken > told).then(|| format!("and {} more", self.verdict.broken - told))
    }
}

/// The last line: `2 of 5 rules do not hold`.
pub(super) fn sum_up(report: &Report) -> String {
    let broken = report.verdicts.iter().filter(|verdict| !verdict.holds).count();
    match (broken, report.verdicts.len()) {
        (0, 1) => "the rule holds".into(),
        (0, all) => format!("all {all} rules hold"),
        (broken, all) => format!("{broken} of {all} rules do not hold"),
    }
}

/// A text of a run without what moves a cursor or turns the writing.
pub(super) fn visible(text: &str) -> String {
    let hidden = |letter: char| {
        letter.is_control()
            || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
    };
    text.chars()
        .map(|letter| if hidden(letter) { letter.escape_default().to_string() } else { letter.into() })
        .collect()
}

/// A word for a shell, in quotes where it needs them.
fn quoted(word: &str) -> String {
    let is_plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(is_plain) {
        return word.into();
    }
    format!("'{}'", visible(word).replace('\'', r"'\''"))
}
