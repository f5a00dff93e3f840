//! The file: batches in a row behind a magic, packed by gzip.

use super::batch::FILE_MAGIC;
use super::error::RecordError;
use crate::command_line::name::Name;
use flate2::Compression;
use flate2::write::GzEncoder;
use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Pages tell up to some MiB a second: packing must keep up with them.
const LEVEL: Compression = Compression::fast();

/// A file that grows. Until it is finished it has another name than the one asked for.
pub(crate) struct Stream {
    out: GzEncoder<Box<dyn Write>>,
    /// None where it is standard output.
    path: Option<PathBuf>,
    name: Name,
    has_unsettled: bool,
}

impl Stream {
    /// Begins a file; `-` is standard output.
    pub(crate) fn new(path: &Path) -> Result<Self, RecordError> {
        let name = Name::of(path);
        let is_file = path.as_os_str() != "-";
        let out: Box<dyn Write> = if is_file {
            match File::create(partial_of(path)) {
                Ok(file) => Box::new(file),
                Err(error) => return Err(RecordError::Write { file: name, error }),
            }
        } else {
            Box::new(io::stdout())
        };
        let mut stream =
            Self { out: GzEncoder::new(out, LEVEL), path: is_file.then(|| path.into()), name, has_unsettled: false };
        stream.push(FILE_MAGIC)?;
        Ok(stream)
    }

    /// Appends a batch.
    pub(crate) fn push(&mut self, batch: &[u8]) -> Result<(), RecordError> {
        self.has_unsettled = true;
        self.out.write_all(batch).map_err(|error| self.failed(error))
    }

    /// Writes out what was appended, so that it is there even if this program is killed.
    pub(crate) fn settle(&mut self) -> Result<(), RecordError> {
        if std::mem::take(&mut self.has_unsettled) {
            self.out.flush().map_err(|error| self.failed(error))?;
        }
        Ok(())
    }

    /// Gives the file its name; its size, where it is a file.
    pub(crate) fn finish(self) -> Result<Option<u64>, RecordError> {
        let Self { out, path, name, .. } = self;
        let finished = out.finish().and_then(|mut out| out.flush()).and_then(|()| match &path {
            Some(path) => {
                fs::rename(partial_of(path), path)?;
                Ok(Some(fs::metadata(path)?.len()))
            }
            None => Ok(None),
        });
        finished.map_err(|error| RecordError::Write { file: name, error })
    }

    /// Removes a file that nobody wants.
    pub(crate) fn discard(self) {
        if let Some(path) = &self.path {
            let _ = fs::remove_file(partial_of(path));
        }
    }

    fn failed(&self, error: io::Error) -> RecordError {
        RecordError::Write { file: self.name.clone(), error }
    }
}

fn partial_of(path: &Path) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".partial");
    PathBuf::from(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use flate2::read::GzDecoder;
    use std::io::Read;

    fn unpacked(path: &Path) -> Vec<u8> {
        let mut bytes = Vec::new();
        // A file that is not finished ends in the middle.
        let _ = GzDecoder::new(File::open(path).unwrap()).read_to_end(&mut bytes);
        bytes
    }

    #[test]
    fn a_file_has_its_name_when_it_is_whole() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.arenascope");
        let mut stream = Stream::new(&path).unwrap();
        stream.push(b"one").unwrap();
        stream.settle().unwrap();
        assert_eq!(unpacked(&partial_of(&path)), b"ASPROBE\0one");
        assert!(!path.exists());
        stream.push(b"two").unwrap();
        let size = stream.finish().unwrap();
        assert_eq!(size, Some(fs::metadata(&path).unwrap().len()));
        assert_eq!(unpacked(&path), b"ASPROBE\0onetwo");
        assert!(!partial_of(&path).exists());
    }

    #[test]
    fn what_is_discarded_leaves_nothing_and_no_folder_is_made() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.arenascope");
        Stream::new(&path).unwrap().discard();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        let error = Stream::new(&folder.path().join("none/a")).err().unwrap();
        assert!(matches!(error, RecordError::Write { error, .. } if error.kind() == io::ErrorKind::NotFound));
    }
}
