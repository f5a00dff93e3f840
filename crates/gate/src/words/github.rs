//! Workflow commands of GitHub Actions: an annotation at the rule's line for each rule that
//! does not hold ("Workflow commands for GitHub Actions", setting an error message).

use super::sentence::{Sentence, sum_up};
use crate::judge::Report;

pub(super) fn written(report: &Report, rules: &str) -> String {
    let mut lines: Vec<String> =
        report.warnings.iter().map(|warning| format!("::warning title=Memory::{}", data(warning))).collect();
    for verdict in report.verdicts.iter().filter(|verdict| !verdict.holds) {
        let sentence = Sentence::of(report, verdict);
        let mut said = Vec::new();
        for figure in &verdict.figures {
            said.push(sentence.figure(figure));
            said.extend(figure.culprits.iter().map(|culprit| format!("  {}", sentence.culprit(culprit))));
            said.extend(sentence.command(figure).map(|command| format!("  open it: {command}")));
        }
        said.extend(sentence.more());
        let (file, title) = (property(rules), property(&verdict.rule));
        lines.push(format!("::error file={file},line={},title={title}::{}", verdict.line, data(&said.join("\n"))));
    }
    lines.push(data(&sum_up(report)));
    lines.join("\n") + "\n"
}

/// A message: per cent and line ends are escaped, so that no text of a run begins a command.
fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
