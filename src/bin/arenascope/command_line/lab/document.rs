//! A lab file: settings and results. Field names are an interface: keep them.

use crate::command_line::failure::Failure;
use crate::command_line::name::Name;
use arenascope::analysis::lab::summary::HeapSummary;
use arenascope::lab::{Failures, Figures, Packing, Row, RowSpec, Settings, Unavailable};
use serde::{Deserialize, Serialize};
use std::path::Path;

const FORMAT: &str = "arenascope-lab";
/// Raised when a field changes its meaning or goes.
const VERSION: u32 = 1;

/// What was served, how, and what came out.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct Document {
    format: String,
    version: u32,
    /// The recording, as it was named.
    pub(super) file: String,
    /// Its format, for people.
    pub(super) recorded_by: String,
    /// What the recording lacks; empty where nothing is missing.
    pub(super) missing: String,
    /// Which of the run's heaps, from 0.
    pub(super) heap_number: usize,
    pub(super) heap: HeapSummary,
    /// Names of all heaps.
    pub(super) heaps: Vec<String>,
    pub(super) settings: Settings,
    /// The result in words.
    pub(super) said: Vec<String>,
    pub(super) rows: Vec<RowResult>,
}

/// What came out of one row.
#[derive(Debug, Serialize, Deserialize)]
pub(super) struct RowResult {
    pub(super) spec: RowSpec,
    label: String,
    is_complete: bool,
    unavailable: Option<Unavailable>,
    figures: Option<Figures>,
    packing: Option<Packing>,
}

impl RowResult {
    pub(super) fn of(row: &Row) -> Self {
        let Row { spec, is_complete, unavailable, figures, packing, .. } = row.clone();
        Self { spec, label: spec.label(), is_complete, unavailable, figures, packing }
    }

    /// What is the same whenever it is served: not its time, not how good a packing is.
    fn lasting(&self) -> Option<Figures> {
        let lasts = self.is_complete && self.spec != RowSpec::Packing;
        self.figures.filter(|_| lasts).map(|figures| Figures { nanoseconds: 0.0, ..figures })
    }

    fn differs(&self, other: &Self) -> bool {
        let both = self.lasting().zip(other.lasting());
        both.is_some_and(|(one, other)| !is_close(&one, &other)) || self.unavailable != other.unavailable
    }
}

/// Whole numbers are equal, and fractions as near as JSON keeps them.
fn is_close(one: &Figures, other: &Figures) -> bool {
    const NEAR: f64 = 1e-9;
    let whole = |it: &Figures| -> (u64, u64, Failures, Option<u64>, [u64; 2], [u32; 2]) {
        let moments = [it.at_peak, it.at_bound];
        (
            it.operations,
            it.peak_bytes,
            it.failures,
            it.smallest_bytes,
            moments.map(|m| m.held_bytes),
            moments.map(|m| m.at),
        )
    };
    whole(one) == whole(other)
        && [one.at_peak.waste, one.at_bound.waste] == [other.at_peak.waste, other.at_bound.waste]
        && (one.fragmentation_within_mean - other.fragmentation_within_mean).abs() < NEAR
}

impl Document {
    pub(super) fn new(file: &Path, settings: Settings) -> Self {
        Self {
            format: FORMAT.into(),
            version: VERSION,
            file: file.display().to_string(),
            recorded_by: String::new(),
            missing: String::new(),
            heap_number: 0,
            heap: HeapSummary::default(),
            heaps: Vec::new(),
            settings,
            said: Vec::new(),
            rows: Vec::new(),
        }
    }

    /// The lab file at `path`.
    pub(super) fn open(path: &Path) -> Result<Self, Failure> {
        let name = Name::of(path);
        let text = std::fs::read(path).map_err(|error| Failure::Open(name.clone(), error))?;
        let no_lab = |why: String| Failure::NoLab(name.clone(), why);
        let document: Self = serde_json::from_slice(&text).map_err(|error| no_lab(error.to_string()))?;
        match (document.format.as_str(), document.version) {
            (FORMAT, VERSION) => Ok(document),
            (FORMAT, version) => Err(no_lab(format!("it is of version {version}, and {VERSION} is read"))),
            (format, _) => Err(no_lab(format!("its format is {format:?}"))),
        }
    }

    pub(super) fn text(&self) -> String {
        // Numbers and strings alone: nothing in it can fail to be written.
        serde_json::to_string_pretty(self).unwrap_or_default() + "\n"
    }

    /// Names of the rows whose figures are not those of `before`.
    pub(super) fn changed(&self, before: &Self) -> Vec<String> {
        let other_heap = (self.heap != before.heap).then(|| format!("the heap {}", self.heap.label));
        let rows = self.rows.iter().filter(|row| {
            let known = before.rows.iter().find(|known| known.spec == row.spec);
            known.is_some_and(|known| row.differs(known))
        });
        other_heap.into_iter().chain(rows.map(|row| row.label.clone())).collect()
    }
}
