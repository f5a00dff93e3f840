//! Everything, for scripts: `docs/gate.md` describes the document.

use super::sentence::Sentence;
use crate::judge::{Report, Verdict};
use serde::Serialize;
use serde_json::{Value, json};

/// Raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

#[derive(Serialize)]
struct Document<'r> {
    format: &'static str,
    version: u32,
    holds: bool,
    run: &'r str,
    baselines: &'r [String],
    events: u64,
    warnings: &'r [String],
    rules: Vec<Value>,
}

pub(super) fn written(report: &Report) -> String {
    let document = Document {
        format: "arenascope-check",
        version: VERSION,
        holds: report.holds(),
        run: &report.run,
        baselines: &report.baselines,
        events: report.events,
        warnings: &report.warnings,
        rules: report.verdicts.iter().map(|verdict| rule(report, verdict)).collect(),
    };
    // Of plain fields: it cannot fail.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// A verdict with the sentence and the command of each figure.
fn rule(report: &Report, verdict: &Verdict) -> Value {
    let sentence = Sentence::of(report, verdict);
    let mut value = json!(verdict);
    for (figure, judged) in value["figures"].as_array_mut().into_iter().flatten().zip(&verdict.figures) {
        figure["sentence"] = json!(sentence.figure(judged));
        figure["command"] = json!(sentence.command(judged).filter(|_| !verdict.holds));
    }
    value
}
