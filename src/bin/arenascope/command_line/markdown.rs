//! Tables of Markdown, in which text of files stays text.

/// A row of a table.
pub(super) fn line(cells: impl Iterator<Item = String>) -> String {
    format!("| {} |", cells.collect::<Vec<_>>().join(" | "))
}

/// Text of a file as text: nothing in it begins a cell, a tag or a line.
pub(super) fn cell(text: &str) -> String {
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
