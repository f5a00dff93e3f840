//! For people at a terminal.

use super::sentence::{Sentence, sum_up};
use crate::judge::Report;

/// One line a rule; below what breaks it.
pub(super) fn written(report: &Report) -> String {
    let mut lines: Vec<String> = report.warnings.iter().map(|warning| format!("warning: {warning}")).collect();
    for verdict in &report.verdicts {
        let sentence = Sentence::of(report, verdict);
        let word = if verdict.holds { "ok  " } else { "FAIL" };
        let name = super::sentence::visible(&verdict.rule);
        match verdict.figures.first() {
            Some(figure) if verdict.holds => {
                let remark = sentence.remark().map_or(String::new(), |remark| format!(" ({remark})"));
                lines.push(format!("{word} {name}: {}{remark}", sentence.figure(figure)));
            }
            _ => lines.push(format!("{word} {name} (line {} of the rules)", verdict.line)),
        }
        for figure in verdict.figures.iter().filter(|_| !verdict.holds) {
            lines.push(format!("     {}", sentence.figure(figure)));
            lines.extend(figure.culprits.iter().map(|culprit| format!("       {}", sentence.culprit(culprit))));
            lines.extend(sentence.command(figure).map(|command| format!("       open it: {command}")));
        }
        lines.extend(sentence.more().map(|more| format!("     {more}")));
    }
    lines.push(sum_up(report));
    lines.join("\n") + "\n"
}
