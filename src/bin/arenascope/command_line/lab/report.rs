//! A laboratory for a terminal, and for a review.

use super::document::Document;
use crate::command_line::markdown::{cell, line};
use crate::command_line::table::Table;
use arenascope::analysis::lab::table::{HEADS, cells, certificate, order};
use arenascope::lab::Row;
use std::fmt::Write;

/// For a terminal.
pub(super) fn text(document: &Document, rows: &[Row]) -> String {
    let mut text = format!("{}: {}, {}\n", document.file, document.recorded_by, document.heap.label);
    for line in head(document) {
        // A String takes everything.
        let _ = writeln!(text, "{line}");
    }
    let heads: Vec<&str> = ["row"].into_iter().chain(HEADS).collect();
    let mut table = Table::new(&heads);
    lines(rows).for_each(|line| table.push(line));
    let _ = write!(text, "\n{table}");
    for line in document.said.iter().chain(&unserved(rows)) {
        let _ = writeln!(text, "\n{line}");
    }
    text
}

/// For a review, as Markdown.
pub(super) fn markdown(document: &Document, rows: &[Row]) -> String {
    let mut text = format!("# Laboratory: {}\n\n", cell(&document.file));
    let _ = writeln!(text, "{}, {}\n", cell(&document.recorded_by), cell(&document.heap.label));
    for said in head(document) {
        let _ = writeln!(text, "- {}", cell(&said));
    }
    let heads = ["Row"].into_iter().chain(HEADS).map(String::from);
    let _ = writeln!(text, "\n{}", line(heads));
    let _ = writeln!(text, "| :-- |{}", " --: |".repeat(HEADS.len()));
    for row in lines(rows) {
        let _ = writeln!(text, "{}", line(row.iter().map(|text| cell(text))));
    }
    for said in document.said.iter().chain(&unserved(rows)) {
        let _ = writeln!(text, "\n{}", cell(said));
    }
    text
}

fn head(document: &Document) -> Vec<String> {
    let figures = document.heap.figures().into_iter().map(|(name, value)| format!("{name}: {value}"));
    let missing = (!document.missing.is_empty()).then(|| format!("Missing: {}", document.missing));
    let others = (document.heaps.len() > 1).then(|| {
        let names: Vec<_> = document.heaps.iter().enumerate().map(|(at, name)| format!("{at} {name}")).collect();
        format!("Heaps of the run, of which --heap chooses: {}", names.join(", "))
    });
    figures.chain(missing).chain(others).collect()
}

fn lines(rows: &[Row]) -> impl Iterator<Item = Vec<String>> {
    let shown = order(rows).into_iter().map(|at| &rows[at]).filter(|row| row.figures.is_some());
    shown.map(|row| [row.spec.label()].into_iter().chain(cells(row)).collect())
}

/// Why a row has no figures, or not all of them.
fn unserved(rows: &[Row]) -> Vec<String> {
    let why = |row: &Row| match (&row.unavailable, row.is_complete) {
        (Some(why), _) => Some(format!("{}: {why}.", row.spec.label())),
        (None, false) => Some(match certificate(row) {
            Some(certificate) => format!("{} was ended early: {certificate}.", row.spec.label()),
            None => format!("{} was ended early.", row.spec.label()),
        }),
        _ => None,
    };
    rows.iter().filter_map(why).collect()
}
