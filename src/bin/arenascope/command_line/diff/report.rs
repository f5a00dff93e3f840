//! A comparison for a terminal.

use crate::command_line::table::Table;
use arenascope::analysis::compare::Comparison;
use arenascope::analysis::compare::sections::{Section, sections};
use std::fmt::Write;

/// The text, of at most so many rows a table.
pub(super) fn text(it: &Comparison, rows: usize) -> String {
    let mut text = format!("before: {}\nafter:  {}\n", it.before.words(), it.after.words());
    for warning in &it.warnings {
        // A String takes everything.
        let _ = writeln!(text, "warning: {warning}");
    }
    for section in sections(it, rows) {
        write(&mut text, &section);
    }
    text
}

fn write(text: &mut String, section: &Section) {
    let said = if section.said.is_empty() { String::new() } else { format!(": {}", section.said) };
    let _ = writeln!(text, "\n{}{said}", section.title);
    if !section.rows.is_empty() {
        let mut table = Table::new(section.head);
        section.rows.iter().for_each(|row| table.push(row.clone()));
        let _ = write!(text, "{table}");
    }
}
