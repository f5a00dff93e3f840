//! Categories by rules of the user's, read from a file.

use super::failure::Failure;
use super::load::{log, retold};
use super::name::Name;
use arenascope::analysis::categories::regrouped::Regrouped;
use arenascope::analysis::categories::rules::Rules;
use arenascope::recording::{EventLog, Import, Reader};
use std::path::Path;

/// The run of a log under the rules of a file, in a log of its own. Without a file, the log
/// as it is.
///
/// # Errors
/// A file that cannot be read, or a rule that means nothing; a recording of the engine, whose
/// categories are the engine's own.
pub(crate) fn applied(path: Option<&Path>, run: EventLog, of: &Name) -> Result<EventLog, Failure> {
    let Some(path) = path else { return Ok(run) };
    let name = Name::of(path);
    let text = std::fs::read_to_string(path).map_err(|error| Failure::Open(name.clone(), error))?;
    let rules: Rules = text.parse().map_err(|error| Failure::Rules(name, error))?;
    let Some(tables) = run.tables() else { return Err(Failure::OwnCategories(of.clone())) };
    let mut reader = Reader::new(&run);
    reader.refresh();
    let told = retold(&reader);
    let regrouped = log();
    let mut sink = Import::new(&regrouped, |_| true);
    let tell = |sink| Regrouped::of(&told, &rules, || Ok(()))?.tell(&tables.extents, sink);
    tell(&mut sink).map_err(|stopped| Failure::Recording(of.clone(), stopped.to_string()))?;
    sink.finish();
    Ok(regrouped)
}
