//! A box of aligned columns in Unicode line drawing.

use core::fmt;

/// A title, a table with a summary row, and notes below it. The first column
/// holds names and is left-aligned; the others hold figures and are not.
pub(super) struct Table<const COLUMNS: usize> {
    pub(super) title: String,
    pub(super) headings: [String; COLUMNS],
    pub(super) rows: Vec<[String; COLUMNS]>,
    pub(super) summary: [String; COLUMNS],
    pub(super) notes: Vec<String>,
}

impl<const COLUMNS: usize> Table<COLUMNS> {
    /// The longest cell of each column, in characters.
    fn widths(&self) -> [usize; COLUMNS] {
        let mut widths = [0; COLUMNS];
        for row in self.rows.iter().chain([&self.headings, &self.summary]) {
            for (width, cell) in widths.iter_mut().zip(row) {
                *width = (*width).max(cell.chars().count());
            }
        }
        self.widen_for_lines(widths)
    }

    /// Gives the first column what title and note need beyond the columns.
    fn widen_for_lines(&self, mut widths: [usize; COLUMNS]) -> [usize; COLUMNS] {
        let lines = [&self.title].into_iter().chain(&self.notes);
        let longest = lines.map(|line| line.chars().count()).max().unwrap_or(0);
        let missing = longest.saturating_sub(inner_width(&widths).saturating_sub(2));
        if let Some(first) = widths.first_mut() {
            *first += missing;
        }
        widths
    }
}

impl<const COLUMNS: usize> fmt::Display for Table<COLUMNS> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let widths = self.widths();
        let inner = inner_width(&widths).saturating_sub(2);
        rule(f, &widths, ['┌', '─', '┐'])?;
        writeln!(f, "│ {:^inner$} │", self.title)?;
        rule(f, &widths, ['├', '┬', '┤'])?;
        line(f, &widths, &self.headings)?;
        rule(f, &widths, ['├', '┼', '┤'])?;
        for row in &self.rows {
            line(f, &widths, row)?;
        }
        rule(f, &widths, ['├', '┼', '┤'])?;
        line(f, &widths, &self.summary)?;
        rule(f, &widths, ['├', '┴', '┤'])?;
        for note in &self.notes {
            writeln!(f, "│ {note:<inner$} │")?;
        }
        rule(f, &widths, ['└', '─', '┘'])
    }
}

/// Characters between the outer lines: each cell has a space on both sides, and
/// a line stands between two cells.
fn inner_width(widths: &[usize]) -> usize {
    widths.iter().map(|width| width + 3).sum::<usize>().saturating_sub(1)
}

fn rule(f: &mut fmt::Formatter<'_>, widths: &[usize], [left, between, right]: [char; 3]) -> fmt::Result {
    let cells: Vec<String> = widths.iter().map(|width| "─".repeat(width + 2)).collect();
    writeln!(f, "{left}{}{right}", cells.join(between.encode_utf8(&mut [0; 4])))
}

fn line(f: &mut fmt::Formatter<'_>, widths: &[usize], cells: &[String]) -> fmt::Result {
    for (column, (cell, &width)) in cells.iter().zip(widths).enumerate() {
        match column {
            0 => write!(f, "│ {cell:<width$} ")?,
            _ => write!(f, "│ {cell:>width$} ")?,
        }
    }
    writeln!(f, "│")
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn the_box_closes_around_the_longest_line_whatever_it_is() {
        let cells = |name: &str, figure: &str| [name.to_string(), figure.to_string()];
        let table = Table {
            title: "Title".to_string(),
            headings: cells("N", "F"),
            rows: vec![cells("µ", "12"), cells("long", "3")],
            summary: cells("Σ", "–"),
            notes: vec!["longer than every column".to_string(), "short".to_string()],
        };
        expect![[r#"
            ┌──────────────────────────┐
            │          Title           │
            ├─────────────────────┬────┤
            │ N                   │  F │
            ├─────────────────────┼────┤
            │ µ                   │ 12 │
            │ long                │  3 │
            ├─────────────────────┼────┤
            │ Σ                   │  – │
            ├─────────────────────┴────┤
            │ longer than every column │
            │ short                    │
            └──────────────────────────┘
        "#]]
        .assert_eq(&table.to_string());
    }
}
