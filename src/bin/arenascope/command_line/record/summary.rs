//! What is said of a recording that is over.

use super::options::RecordOptions;
use super::recorder::Outcome;
use crate::command_line::name::Name;
use arenascope::units::Bytes;
use std::fmt;
use std::path::Path;

/// What came, in one line, and what one should know besides.
pub(crate) struct Summary<'o> {
    pub(crate) options: &'o RecordOptions,
    pub(crate) outcome: Outcome,
    /// Size of the file.
    pub(crate) packed: Option<u64>,
}

impl Summary<'_> {
    /// What is not as one would expect.
    pub(crate) fn notes(&self) -> Vec<String> {
        let Outcome { status, batches_refused, realms_silent, .. } = self.outcome;
        let url = Name::of(Path::new(&self.options.url));
        let mut notes = Vec::new();
        if status >= 400 {
            notes.push(format!("{url} was answered with HTTP status {status}"));
        }
        if realms_silent > 0 {
            notes.push(format!("{realms_silent} realms were too busy to hand over their last batch"));
        }
        if batches_refused > 0 {
            notes.push(format!("{batches_refused} messages of the page were no batches, and are not in the file"));
        }
        notes
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Outcome { sums, realms, length, .. } = self.outcome;
        write!(
            f,
            "{}: {} batches, {} records, {}",
            Name::of(&self.options.output),
            sums.batches,
            sums.records,
            Bytes::new(sums.bytes)
        )?;
        if let Some(packed) = self.packed {
            write!(f, " ({} packed)", Bytes::new(packed))?;
        }
        let lost = match sums.records_lost {
            0 => "nothing lost".into(),
            lost => format!("{lost} records lost"),
        };
        writeln!(f, ", {realms} realms, {:.1} s, {lost}", length.as_secs_f64())
    }
}
