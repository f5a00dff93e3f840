//! A file that the page handed over, read piece by piece: never the whole of it at once.

use crate::platform::failure::reason_of;
use crate::platform::runs::RunSlot;
use crate::recording::spill::Source;
use js_sys::{ArrayBuffer, Uint8Array};
use std::io::{self, Read};
use wasm_bindgen::prelude::*;
use web_sys::Blob;

/// Bytes that are asked of the browser at once.
const PIECE_BYTES: u64 = 4 << 20;

#[wasm_bindgen]
extern "C" {
    /// Reads without a promise; in workers alone.
    type FileReaderSync;
    #[wasm_bindgen(constructor, catch)]
    fn new() -> Result<FileReaderSync, JsValue>;
    #[wasm_bindgen(method, catch, js_name = readAsArrayBuffer)]
    fn read(this: &FileReaderSync, blob: &Blob) -> Result<ArrayBuffer, JsValue>;
}

/// A file as a stream; it tells how far it is.
pub(super) struct BlobSource {
    blob: Blob,
    reader: FileReaderSync,
    slot: RunSlot,
    /// Where the next piece begins.
    at: u64,
    piece: Vec<u8>,
    /// What of the piece was taken.
    taken: usize,
}

impl BlobSource {
    /// From the beginning.
    ///
    /// # Errors
    /// The browser's: it cannot read files here.
    pub(super) fn new(blob: Blob, slot: RunSlot) -> Result<Self, String> {
        let reader = FileReaderSync::new().map_err(|error| reason_of(&error))?;
        Ok(Self { blob, reader, slot, at: 0, piece: Vec::new(), taken: 0 })
    }

    fn file_bytes(&self) -> u64 {
        self.blob.size() as u64
    }

    /// The bytes from a place on, at most so many.
    fn part(&self, at: u64, bytes: u64) -> io::Result<Uint8Array> {
        let failed = |error: JsValue| io::Error::other(reason_of(&error));
        let end = at.saturating_add(bytes).min(self.file_bytes());
        let part = self.blob.slice_with_f64_and_f64(at as f64, end as f64).map_err(failed)?;
        self.reader.read(&part).map(|buffer| Uint8Array::new(&buffer)).map_err(failed)
    }

    fn next_piece(&mut self) -> io::Result<()> {
        let part = self.part(self.at, PIECE_BYTES)?;
        self.piece.resize(part.length() as usize, 0);
        part.copy_to(&mut self.piece);
        self.taken = 0;
        self.at += self.piece.len() as u64;
        self.slot.note_bytes(self.at);
        Ok(())
    }
}

impl Read for BlobSource {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if self.taken == self.piece.len() && self.at < self.file_bytes() {
            self.next_piece()?;
        }
        let count = into.len().min(self.piece.len() - self.taken);
        into[..count].copy_from_slice(&self.piece[self.taken..self.taken + count]);
        self.taken += count;
        Ok(count)
    }
}

impl Source for &BlobSource {
    type Error = io::Error;

    fn bytes(&self) -> io::Result<u64> {
        Ok(self.file_bytes())
    }

    fn read_at(&self, at: u64, into: &mut [u8]) -> io::Result<usize> {
        let part = self.part(at, into.len() as u64)?;
        let count = (part.length() as usize).min(into.len());
        part.subarray(0, count as u32).copy_to(&mut into[..count]);
        self.slot.note_bytes(at + count as u64);
        Ok(count)
    }
}
