//! A comparison as Markdown, for a review.

use crate::command_line::markdown::{cell, line};
use arenascope::analysis::compare::Comparison;
use arenascope::analysis::compare::sections::{Section, sections};
use std::fmt::Write;

/// The text, of at most so many rows a table.
pub(super) fn text(it: &Comparison, rows: usize) -> String {
    let mut text = format!("# {} → {}\n", cell(&it.before.words()), cell(&it.after.words()));
    for warning in &it.warnings {
        // A String takes everything.
        let _ = writeln!(text, "\n> **Warning:** {}", cell(&warning.to_string()));
    }
    for section in sections(it, rows) {
        write(&mut text, &section);
    }
    text
}

fn write(text: &mut String, section: &Section) {
    let _ = writeln!(text, "\n## {}", section.title);
    if !section.said.is_empty() {
        let _ = writeln!(text, "\n{}", cell(&section.said));
    }
    if section.rows.is_empty() {
        return;
    }
    let _ = writeln!(text, "\n{}", line(section.head.iter().map(|head| (*head).to_owned())));
    let rule = section.head.iter().enumerate().map(|(at, _)| if at == 0 { ":--" } else { "--:" }.to_owned());
    let _ = writeln!(text, "{}", line(rule));
    for row in &section.rows {
        let _ = writeln!(text, "{}", line(row.iter().map(|text| cell(text))));
    }
}
