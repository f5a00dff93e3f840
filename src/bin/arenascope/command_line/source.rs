//! Where a recording is read from: a file or standard input.

use super::failure::Failure;
use super::name::Name;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

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
