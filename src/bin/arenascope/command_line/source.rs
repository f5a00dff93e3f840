//! Where a recording is read from: a file or standard input, packed or not.

use super::failure::Failure;
use super::name::Name;
use super::progress::Progress;
use arenascope::formats::import::unpacked;
use arenascope::replay::{Decoded, Recorder, TraceReader};
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

/// What can be decoded of the recording at `path`, of which `-` is standard input.
pub(crate) fn decode(path: &Path, first_index: u64) -> Result<Decoded, Failure> {
    let (source, size) = open(path)?;
    let progress = Progress::new("reading", size);
    let source = unpacked(progress.counted(source)).map_err(|error| Failure::Open(Name::of(path), error))?;
    let reader = TraceReader::new(source);
    Ok(Recorder::numbered_from(first_index).read(reader))
}

/// The source, and its size where that is known.
pub(crate) fn open(path: &Path) -> Result<(Box<dyn Read>, Option<u64>), Failure> {
    if path.as_os_str() == "-" {
        return Ok((Box::new(io::stdin()), None));
    }
    let failed = |error| Failure::Open(Name::of(path), error);
    let file = File::open(path).map_err(failed)?;
    let about = file.metadata().map_err(failed)?;
    if about.is_dir() {
        return Err(Failure::Directory(Name::of(path)));
    }
    Ok((Box::new(file), about.is_file().then_some(about.len())))
}
