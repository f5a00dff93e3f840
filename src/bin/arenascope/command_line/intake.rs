//! What is replayed, of whichever format it is.

use super::failure::Failure;
use super::load::{Kind, Opened, log, retold};
use super::name::Name;
use arenascope::formats::import::{Format, ImportError, Peeked, read_peeked};
use arenascope::recording::Reader;
use arenascope::replay::{Decoded, Intake, Recorder, Taken, TraceReader};
use arenascope::trace::{Manifest, NoteKind, Run, Sink};
use std::path::Path;

/// The recording at `path`, of which `-` is standard input. `first_index` is the number of
/// the first allocation of those that are text.
pub(crate) fn take(path: &Path, first_index: u64) -> Result<Taken, Failure> {
    let (opened, name) = (Opened::new(path)?, Name::of(path));
    match opened.kind() {
        Kind::Own if first_index > 0 => Err(Failure::NotNumbered(name, "a recording of Arenascope".into())),
        Kind::Own => take_own(opened, name),
        Kind::Other => take_other(opened, name, first_index),
    }
}

fn take_own(opened: Opened, name: Name) -> Result<Taken, Failure> {
    let (log, mut intake) = (log(), Intake::default());
    if let Some(damage) = opened.load(&log)? {
        intake.manifest().note(NoteKind::Missing, format!("the rest cannot be read: {damage}"));
    }
    let mut reader = Reader::new(&log);
    reader.refresh();
    let run = retold(&reader);
    let noted = core::mem::replace(intake.manifest(), run.manifest().clone()).notes;
    intake.manifest().notes.extend(noted);
    // Why it was left, if it was, the intake says.
    let _ = intake.begin().and_then(|()| run.each(&mut |event| intake.event(*event)));
    intake.finish().map_err(|lacking| Failure::Lacking(name, lacking))
}

fn take_other(opened: Opened, name: Name, first_index: u64) -> Result<Taken, Failure> {
    let (peeked, _progress) = opened.peek()?;
    match peeked.format() {
        None if !says_nothing(&peeked) => Err(Failure::Import(name, ImportError::unknown(peeked.first()))),
        None | Some(Format::AllocText) => Ok(take_text(peeked, first_index)),
        Some(format) if first_index > 0 => Err(Failure::NotNumbered(name, format.label().into())),
        Some(_) => {
            let mut intake = Intake::default();
            match read_peeked(peeked, &mut intake) {
                Ok(_) | Err(ImportError::Stopped(_)) => {
                    intake.finish().map_err(|lacking| Failure::Lacking(name, lacking))
                }
                Err(error) => Err(Failure::Import(name, error)),
            }
        }
    }
}

/// Blanks and comments alone, so far.
fn says_nothing(peeked: &Peeked<'_>) -> bool {
    TraceReader::new(peeked.first()).next().is_none()
}

/// Text is read by its own reader, which knows the lines of frees that match nothing.
fn take_text(peeked: Peeked<'_>, first_index: u64) -> Taken {
    let Decoded { recording, stopped } = Recorder::numbered_from(first_index).read(TraceReader::new(peeked));
    let manifest = Manifest::of(Format::AllocText.key(), Format::AllocText.label());
    Taken { recording, manifest, spaces_used: 1, events_lost: 0, stopped }
}
