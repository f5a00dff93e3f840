//! What the rows come to, in a few sentences with their figures.

use super::summary::HeapSummary;
use super::table::{certificate, order, over};
use arenascope_lab::{Figures, Row, RowSpec};
use arenascope_units::Bytes;

/// What is said above the table; nothing before the first row is there.
pub fn sentences(heap: &HeapSummary, rows: &[Row]) -> Vec<String> {
    let told = [packing(rows), policies(rows), reserved(heap, rows), refusals(rows)];
    told.into_iter().flatten().collect()
}

fn size(bytes: u64) -> String {
    Bytes::new(bytes).to_string()
}

fn packing(rows: &[Row]) -> Option<String> {
    let row = rows.iter().find(|row| row.spec == RowSpec::Packing)?;
    let figures = row.figures?;
    let how = certificate(row).unwrap_or_default();
    // Above the sizes that are searched, sweeps alone may end above a good policy.
    let lower = served(rows).into_iter().find(|(_, online)| online.peak_bytes < figures.peak_bytes);
    if let Some((row, online)) = lower {
        return Some(format!(
            "No packing lower than that of {}, {}, was found: the search reached {}.",
            row.spec.label(),
            size(online.peak_bytes),
            size(figures.peak_bytes)
        ));
    }
    Some(format!("Knowing every life beforehand, {} would have done: {how}.", size(figures.peak_bytes)))
}

/// Rows of online ways that refuse nothing, the least first.
fn served(rows: &[Row]) -> Vec<(&Row, Figures)> {
    let online = order(rows).into_iter().map(|at| &rows[at]).filter(|row| row.spec != RowSpec::Packing);
    online
        .filter_map(|row| row.figures.map(|figures| (row, figures)))
        .filter(|(_, it)| it.failures.total() == 0)
        .collect()
}

fn policies(rows: &[Row]) -> Option<String> {
    let served = served(rows);
    let (best, of_best) = served.first()?;
    let first = format!(
        "Least of those that know nothing beforehand: {}, {}, {} over the bound",
        best.spec.label(),
        size(of_best.peak_bytes),
        over(of_best.overhead)
    );
    Some(match served.last().filter(|(_, figures)| figures.peak_bytes > of_best.peak_bytes) {
        Some((worst, of_worst)) => {
            format!("{first}. Most: {}, {}.", worst.spec.label(), size(of_worst.peak_bytes))
        }
        None => format!("{first}."),
    })
}

/// What the recording kept reserved, against the bound.
fn reserved(heap: &HeapSummary, rows: &[Row]) -> Option<String> {
    let reserved = heap.reserved_bytes.filter(|bytes| *bytes > heap.bound_bytes)?;
    let waste = reserved - heap.bound_bytes;
    let part = over(waste as f64 / reserved as f64);
    let less = served(rows).first().and_then(|(row, figures)| {
        let saved = reserved.checked_sub(figures.peak_bytes).filter(|saved| *saved > 0)?;
        Some(format!("; {} would have taken {} less", row.spec.label(), size(saved)))
    });
    Some(format!(
        "The recording kept at most {} reserved, {} ({part}) of it beyond the most that ever lived at once{}.",
        size(reserved),
        size(waste),
        less.unwrap_or_default()
    ))
}

fn refusals(rows: &[Row]) -> Option<String> {
    let refusing = rows.iter().filter_map(|row| row.figures.map(|figures| (row, figures.failures)));
    let (row, failures) = refusing.filter(|(_, failures)| failures.total() > 0).max_by_key(|(_, it)| it.total())?;
    Some(format!(
        "Most refused within this budget: {}, {} requests, {} of them with enough bytes free but in pieces.",
        row.spec.label(),
        failures.total(),
        failures.fragmented
    ))
}

#[cfg(test)]
mod tests {
    use super::*;
    use arenascope_arena::PolicyKind;
    use arenascope_lab::{Job, Settings, Workload};
    use arenascope_replay::Recorder;
    use core::time::Duration;
    use std::sync::Arc;

    fn rows(settings: Settings) -> (HeapSummary, Vec<Row>) {
        let mut recorder = Recorder::default();
        for at in 0..64 {
            recorder.allocate(1000 + 64 * (at % 7)).unwrap();
        }
        for at in (0..64).step_by(2) {
            recorder.free(at);
        }
        for _ in 0..16 {
            recorder.allocate(4000).unwrap();
        }
        let workload = Workload::of_recording(&recorder.finish());
        let summary = super::super::summary::RunSummary::of(&workload);
        let heap = Arc::new(workload.heaps.into_iter().next().unwrap());
        let row = |policy| {
            let spec = RowSpec::Policy { policy, thread_cache: false };
            let mut job = Job::new(Arc::clone(&heap), spec, settings);
            while !job.step(1 << 20, &mut || Duration::ZERO).is_finished {}
            job.finish()
        };
        (summary.heaps.into_iter().next().unwrap(), [PolicyKind::FirstFit, PolicyKind::Buddy].map(row).to_vec())
    }

    #[test]
    fn the_best_and_the_worst_are_named() {
        let (heap, rows) = rows(Settings::default());
        let said = sentences(&heap, &rows).join("\n");
        assert!(said.contains("beforehand: First fit, ") && said.contains("Most: Buddy blocks, "), "{said}");
        let kept = HeapSummary { reserved_bytes: Some(10 * heap.bound_bytes), ..heap };
        let said = sentences(&kept, &rows).join("\n");
        assert!(
            said.contains("(90.0 %) of it beyond the most that ever lived at once; First fit would have taken"),
            "{said}"
        );
        assert!(sentences(&kept, &[]).len() == 1);
    }

    #[test]
    fn a_packing_above_a_policy_is_not_called_the_best() {
        let (heap, mut rows) = rows(Settings::default());
        let peak_bytes = rows[0].figures.unwrap().peak_bytes;
        let packing = |peak_bytes| Row {
            spec: RowSpec::Packing,
            figures: Some(Figures { peak_bytes, ..Figures::default() }),
            ..rows[0].clone()
        };
        let (above, level) = (packing(peak_bytes + 1), packing(peak_bytes));
        rows.push(above);
        assert!(sentences(&heap, &rows)[0].starts_with("No packing lower than that of First fit, "));
        *rows.last_mut().unwrap() = level;
        assert!(sentences(&heap, &rows)[0].starts_with("Knowing every life beforehand, "));
    }

    #[test]
    fn what_is_refused_is_told() {
        let (heap, rows) = rows(Settings { budget_bytes: Some(80 << 10), ..Settings::default() });
        let said = sentences(&heap, &rows).join("\n");
        assert!(said.contains("within this budget: Buddy blocks, "), "{said}");
    }
}
