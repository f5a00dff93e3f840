//! JUnit XML: a case for each rule, as Jenkins, GitLab and Buildkite read it.

use super::sentence::Sentence;
use crate::judge::{Report, Verdict};

pub(super) fn written(report: &Report) -> String {
    let failures = report.verdicts.iter().filter(|verdict| !verdict.holds).count();
    let mut lines = vec![
        r#"<?xml version="1.0" encoding="UTF-8"?>"#.to_string(),
        format!(
            r#"<testsuites><testsuite name="memory of {}" tests="{}" failures="{failures}" errors="0" skipped="0">"#,
            escaped(&report.run),
            report.verdicts.len()
        ),
    ];
    lines.extend(report.verdicts.iter().map(|verdict| case(report, verdict)));
    if !report.warnings.is_empty() {
        lines.push(format!("<system-err>{}</system-err>", escaped(&report.warnings.join("\n"))));
    }
    lines.push("</testsuite></testsuites>".into());
    lines.join("\n") + "\n"
}

fn case(report: &Report, verdict: &Verdict) -> String {
    let sentence = Sentence::of(report, verdict);
    let head = format!(r#"<testcase classname="arenascope.{}" name="{}""#, verdict.measure, escaped(&verdict.rule));
    let Some(worst) = verdict.figures.first().filter(|_| !verdict.holds) else { return format!("{head}/>") };
    let mut lines = Vec::new();
    for figure in &verdict.figures {
        lines.push(sentence.figure(figure));
        lines.extend(figure.culprits.iter().map(|culprit| format!("  {}", sentence.culprit(culprit))));
        lines.extend(sentence.command(figure).map(|command| format!("  open it: {command}")));
    }
    lines.extend(sentence.more());
    let message = escaped(&sentence.figure(worst));
    format!(r#"{head}><failure message="{message}">{}</failure></testcase>"#, escaped(&lines.join("\n")))
}

/// Text for XML 1.0, which has no place for most control characters.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped += "&amp;",
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '"' => escaped += "&quot;",
            '\n' | '\t' => escaped.push(letter),
            '\u{fffe}' | '\u{ffff}' => escaped.push('\u{fffd}'),
            letter if letter.is_control() => escaped.push('\u{fffd}'),
            letter => escaped.push(letter),
        }
    }
    escaped
}
