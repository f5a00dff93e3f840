//! For a comment or a job's summary.

use super::sentence::{Sentence, sum_up, visible};
use crate::judge::Report;

pub(super) fn written(report: &Report) -> String {
    let mut lines = vec![format!("### Memory: {}", sum_up(report)), String::new()];
    lines.extend(report.warnings.iter().map(|warning| format!("> ⚠ {}\n", escaped(warning))));
    lines.extend(["| | Rule | Figure |".to_string(), "|---|---|---|".to_string()]);
    for verdict in &report.verdicts {
        let sentence = Sentence::of(report, verdict);
        let sign = if verdict.holds { "✓" } else { "✗" };
        let figure = verdict.figures.first().map_or(String::new(), |figure| sentence.figure(figure));
        lines.push(format!("| {sign} | {} | {} |", escaped(&verdict.rule), escaped(&figure)));
    }
    for verdict in report.verdicts.iter().filter(|verdict| !verdict.holds) {
        let sentence = Sentence::of(report, verdict);
        lines.extend([String::new(), format!("**{}**", escaped(&verdict.rule)), String::new()]);
        for figure in &verdict.figures {
            lines.push(format!("- {}", escaped(&sentence.figure(figure))));
            lines.extend(figure.culprits.iter().map(|culprit| format!("  - {}", escaped(&sentence.culprit(culprit)))));
            lines.extend(sentence.command(figure).map(|command| format!("  - open it: {}", code(&command))));
        }
        lines.extend(sentence.more().map(|more| format!("- {more}")));
    }
    lines.join("\n") + "\n"
}

/// Text that begins no mark-up, link, mention or tag.
fn escaped(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in visible(text).chars() {
        match letter {
            '<' => escaped += "&lt;",
            '>' => escaped += "&gt;",
            '&' => escaped += "&amp;",
            '@' => escaped += "&#64;",
            '\\' | '`' | '*' | '_' | '[' | ']' | '(' | ')' | '#' | '|' | '!' | '~' | '$' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// A command between more backticks than it has.
fn code(command: &str) -> String {
    let longest = command.split(|letter| letter != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {command} {fence}")
}
