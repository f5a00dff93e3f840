//! A plain table: the first column to the left, figures to the right.

use comfy_table::{CellAlignment, ContentArrangement, Table as Grid, presets};
use std::fmt;

/// Rows of cells under a head.
#[derive(Debug)]
pub(crate) struct Table {
    grid: Grid,
}

impl Table {
    /// A table of these columns.
    pub(crate) fn new(head: &[&str]) -> Self {
        let mut grid = Grid::new();
        grid.load_style(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled).add_row(head);
        for (index, column) in grid.column_iter_mut().enumerate() {
            let is_first = index == 0;
            column.set_padding((if is_first { 0 } else { 2 }, 0));
            column.set_cell_alignment(if is_first { CellAlignment::Left } else { CellAlignment::Right });
        }
        Self { grid }
    }

    /// Adds a row, as long as the head.
    pub(crate) fn push(&mut self, row: Vec<String>) {
        debug_assert_eq!(row.len(), self.grid.column_count());
        self.grid.add_row(row);
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.grid.lines().try_for_each(|line| writeln!(f, "{line}"))
    }
}

#[cfg(test)]
mod tests {
    #[test]
    fn columns_are_as_wide_as_their_widest_cell() {
        let mut table = super::Table::new(&["policy", "ns"]);
        table.push(vec!["bins".into(), "1000 µs".into()]);
        assert_eq!(table.to_string(), "policy       ns\nbins    1000 µs\n");
    }
}
