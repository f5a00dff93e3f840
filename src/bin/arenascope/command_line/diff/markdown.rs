//! A comparison as Markdown, for a review.

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

fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// Text of a file as text: nothing in it begins a cell, a tag or a line.
fn cell(text: &str) -> String {
    let mut cell = String::with_capacity(text.len());
    for letter in text.trim().chars() {
        match letter {
            '|' | '\\' | '`' | '*' | '_' | '<' | '>' | '[' | ']' | '#' => cell.extend(['\\', letter]),
            letter if letter.is_control() => cell.push(' '),
            letter => cell.push(letter),
        }
    }
    cell
}

#[cfg(test)]
mod tests {
    #[test]
    fn what_a_file_says_stays_in_its_cell() {
        assert_eq!(super::cell("a|b\n<img> `x`"), "a\\|b \\<img\\> \\`x\\`");
        assert_eq!(super::line(["a", "1"].into_iter().map(String::from)), "| a | 1 |");
    }
}
