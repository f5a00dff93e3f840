//! `arenascope lab`: what the best could have done with a recording.

mod document;
pub(super) mod options;
mod report;
mod serving;

use super::failure::{Failure, print};
use super::load::{Kind, Opened, log, retold};
use super::name::Name;
use arenascope::analysis::lab::headline::sentences;
use arenascope::analysis::lab::summary::RunSummary;
use arenascope::lab::{Building, Row, RowSpec, Workload};
use arenascope::recording::Reader;
use document::{Document, RowResult};
use options::LabOptions;
use std::path::Path;
use std::sync::Arc;

/// Does what the options say.
pub(crate) fn run(options: &LabOptions) -> Result<(), Failure> {
    let before = options.again.as_deref().map(Document::open).transpose()?;
    let mut document =
        Document::new(&options.file, before.as_ref().map_or_else(|| options.settings(), |before| before.settings));
    let specs = match &before {
        Some(before) => before.rows.iter().map(|row| row.spec).collect(),
        None => options.rows(),
    };
    let wanted = before.as_ref().map(|before| before.heap_number.to_string()).or_else(|| options.heap.clone());
    let rows = serve(&mut document, workload(&options.file)?, &specs, wanted.as_deref(), &options.file)?;
    if rows.len() < specs.len() || rows.iter().any(|row| !row.is_complete && row.unavailable.is_none()) {
        eprintln!("arenascope: ended early: {} of {} rows were begun", rows.len(), specs.len());
    }
    print(&match (options.json, options.markdown) {
        (true, _) => document.text(),
        (_, true) => report::markdown(&document, &rows),
        _ => report::text(&document, &rows),
    })?;
    match before.map(|before| document.changed(&before)) {
        Some(changed) if !changed.is_empty() => Err(Failure::LabDiffers(changed.join(", "))),
        _ => Ok(()),
    }
}

fn serve(
    document: &mut Document,
    workload: Workload,
    specs: &[RowSpec],
    wanted: Option<&str>,
    file: &Path,
) -> Result<Vec<Row>, Failure> {
    let summary = RunSummary::of(&workload);
    let number = chosen(&summary, wanted, file)?;
    document.recorded_by.clone_from(&workload.label);
    document.missing = summary.missing();
    document.heaps = summary.heaps.iter().map(|heap| heap.label.clone()).collect();
    document.heap_number = number;
    document.heap = summary.heaps[number].clone();
    let heap = workload.heaps.into_iter().nth(number).map(Arc::new).unwrap_or_default();
    let rows = serving::serve(&heap, specs, document.settings);
    document.said = sentences(&document.heap, &rows);
    document.rows = rows.iter().map(RowResult::of).collect();
    Ok(rows)
}

/// Which heap is meant.
fn chosen(summary: &RunSummary, wanted: Option<&str>, file: &Path) -> Result<usize, Failure> {
    let largest = summary.largest().ok_or_else(|| Failure::NothingAllocated(Name::of(file)))?;
    let Some(wanted) = wanted else { return Ok(largest) };
    let by_number = wanted.parse().ok().filter(|number| *number < summary.heaps.len());
    let found = by_number.or_else(|| summary.heaps.iter().position(|heap| heap.label == wanted));
    found.ok_or_else(|| {
        let names: Vec<_> = summary.heaps.iter().map(|heap| heap.label.as_str()).collect();
        Failure::NoHeap(Name::of(file), wanted.into(), names.join(", "))
    })
}

fn workload(file: &Path) -> Result<Workload, Failure> {
    let (opened, name) = (Opened::new(file)?, Name::of(file));
    let too_much = |error: arenascope::lab::TooMuch| Failure::TooMuch(name.clone(), error);
    match opened.kind() {
        Kind::Other => {
            let mut building = Building::default();
            opened.tell(&mut building)?;
            building.finish().map_err(too_much)
        }
        Kind::Own => {
            let log = log();
            if let Some(damage) = opened.load(&log)? {
                eprintln!("arenascope: {name}: the rest cannot be read: {damage}");
            }
            let mut reader = Reader::new(&log);
            reader.refresh();
            Workload::of_run(&retold(&reader)).map_err(too_much)
        }
    }
}
