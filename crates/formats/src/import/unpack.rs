//! Unpacks what a recording is compressed by, known by its first bytes.

use crate::alloc_trace::Encoding;
use flate2::bufread::MultiGzDecoder;
use ruzstd::decoding::errors::{FrameDecoderError, ReadFrameHeaderError};
use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};
use std::error::Error;
use std::io::{self, BufRead, BufReader, Read};

/// Bytes read at once.
const BUFFER: usize = 1 << 18;

/// `source`, unpacked if it is gzip or Zstandard; anything else as it is.
///
/// # Errors
/// The source's.
pub fn unpacked<'s>(source: impl Read + 's) -> io::Result<Box<dyn Read + 's>> {
    let mut source = BufReader::with_capacity(BUFFER, source);
    Ok(match Encoding::of(source.fill_buf()?) {
        Some(Encoding::Gzip) => Box::new(MultiGzDecoder::new(source)),
        Some(Encoding::Zstd) => Box::new(Frames { source, frame: None }),
        _ => Box::new(source),
    })
}

/// The frames of a Zstandard file, one behind the other.
struct Frames<R> {
    source: R,
    /// The frame that is being read.
    frame: Option<FrameDecoder>,
}

impl<R: BufRead> Frames<R> {
    /// Begins the next frame; those of other data are skipped. False at the end.
    fn begin(&mut self) -> io::Result<bool> {
        while !self.source.fill_buf()?.is_empty() {
            let mut frame = FrameDecoder::new();
            match frame.init(&mut self.source) {
                Ok(()) => {
                    self.frame = Some(frame);
                    return Ok(true);
                }
                Err(FrameDecoderError::ReadFrameHeaderError(ReadFrameHeaderError::SkipFrame { length, .. })) => {
                    io::copy(&mut self.source.by_ref().take(u64::from(length)), &mut io::sink())?;
                }
                Err(error) => return Err(damaged(error)),
            }
        }
        Ok(false)
    }
}

/// What is cut has another kind than what is wrong: all before it is good.
fn damaged(error: FrameDecoderError) -> io::Error {
    let mut cause: Option<&(dyn Error + 'static)> = Some(&error);
    let mut is_cut = false;
    while let Some(found) = cause {
        let failure = found.downcast_ref::<io::Error>();
        is_cut |= failure.is_some_and(|failure| failure.kind() == io::ErrorKind::UnexpectedEof);
        cause = found.source();
    }
    io::Error::new(if is_cut { io::ErrorKind::UnexpectedEof } else { io::ErrorKind::InvalidData }, error)
}

impl<R: BufRead> Read for Frames<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        loop {
            let Some(frame) = &mut self.frame else { if self.begin()? { continue } else { return Ok(0) } };
            if frame.can_collect() > 0 || buffer.is_empty() {
                return frame.read(buffer);
            }
            if frame.is_finished() {
                self.frame = None;
            } else {
                frame.decode_blocks(&mut self.source, BlockDecodingStrategy::UptoBlocks(1)).map_err(damaged)?;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const GZIP: &[u8] = b"\x1f\x8b\x08\0\0\0\0\0\x02\x03\x73\xcc\xc9\xc9\x4f\xd6\x30\x35\x35\xd2\xd4\xe1\x72\x04\
        \xb3\x0d\x8d\x0c\x80\x6c\xb7\xa2\xd4\x54\x0d\x38\xc3\x10\xc8\0\0\xf8\xf2\x7d\x17\x2a\0\0\0";
    const ZSTD: [&[u8]; 2] = [
        b"\x28\xb5\x2f\xfd\x04\x58\x61\0\0Alloc(552),\n\x5f\xfb\x22\xa5",
        b"\x28\xb5\x2f\xfd\x04\x58\x49\0\0Free(0),\n\xc8\xd9\x72\x3a",
    ];
    const SKIPPED: &[u8] = b"\x50\x2a\x4d\x18\x03\0\0\0abc";

    fn text(packed: Vec<u8>) -> io::Result<String> {
        let mut text = String::new();
        unpacked(io::Cursor::new(packed))?.read_to_string(&mut text)?;
        Ok(text)
    }

    #[test]
    fn what_is_packed_is_unpacked_whatever_it_is_cut_into() {
        let expected = "Alloc(552),\nAlloc(120),\nFree(0),\nFree(1),\n";
        assert_eq!(text(GZIP.to_vec()).unwrap(), expected);
        assert_eq!(text([GZIP, GZIP].concat()).unwrap(), expected.repeat(2));
        let frames = [ZSTD[0], SKIPPED, ZSTD[1], SKIPPED].concat();
        assert_eq!(text(frames).unwrap(), "Alloc(552),\nFree(0),\n");
        assert_eq!(text(b"Alloc(1)".to_vec()).unwrap(), "Alloc(1)");
        assert_eq!(text(Vec::new()).unwrap(), "");
    }

    #[test]
    fn what_is_damaged_or_cut_is_an_error() {
        for (packed, end) in [(GZIP, 30), (ZSTD[0], 12), (ZSTD[0], 6)] {
            let error = text(packed[..end].to_vec()).unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{error}");
        }
        let error = text([ZSTD[0], b"no frame"].concat()).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
    }
}
