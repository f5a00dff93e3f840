//! The tokens of one stream, with the time of each.

use super::container::{Piece, Pieces};
use super::token::{HEAD, Token, decode, length_of};
use crate::import::unpack::unpacked;
use std::io::{self, Read};

/// Bytes read at once.
const WINDOW: usize = 1 << 16;

/// Why a stream ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    /// It is over.
    Whole,
    /// In the middle of a token.
    Cut { at: u64 },
    /// With a token of a kind that is not known.
    Unknown { at: u64, kind: u8 },
}

/// Reads a stream's chunks as one.
pub(super) struct Stream<'f> {
    /// The chunks that follow, the last one first.
    pieces: Vec<Piece<'f>>,
    /// The chunk that is being read.
    piece: Option<Box<dyn Read + 'f>>,
    version: u32,
    window: Vec<u8>,
    /// What of the window was read.
    taken: usize,
    /// Bytes of the stream before the window.
    before: u64,
    /// The time now.
    ticks: u64,
    /// Why there is no next token.
    pub(super) end: Option<End>,
}

impl<'f> Stream<'f> {
    pub(super) fn of(stream: &Pieces<'f>) -> Self {
        let pieces = stream.pieces.iter().rev().copied().collect();
        let version = stream.version;
        Self { pieces, piece: None, version, window: Vec::new(), taken: 0, before: 0, ticks: 0, end: None }
    }

    /// The next token and when it was, ticks; `None` at the end.
    pub(super) fn next(&mut self) -> io::Result<Option<(u64, Token)>> {
        if self.end.is_some() {
            return Ok(None);
        }
        self.fill(HEAD)?;
        let at = self.before + self.taken as u64;
        let Some(&first) = self.window.get(self.taken) else { return Ok(self.ended(End::Whole)) };
        let Some(length) = length_of(&self.window[self.taken..], self.version) else {
            return Ok(self.ended(End::Unknown { at, kind: first & 0xf }));
        };
        self.fill(length)?;
        let Some(token) = self.window[self.taken..].get(..length) else { return Ok(self.ended(End::Cut { at })) };
        let (since, token) = decode(token);
        self.taken += length;
        self.ticks = match token {
            // Time does not go back, whatever the stream says.
            Token::Timestamp { ticks, .. } => ticks.max(self.ticks),
            Token::Later { ticks } => self.ticks.saturating_add(ticks),
            _ => self.ticks.saturating_add(since),
        };
        Ok(Some((self.ticks, token)))
    }

    fn ended(&mut self, end: End) -> Option<(u64, Token)> {
        self.end = Some(end);
        None
    }

    /// Sees to it that as many bytes are there, or all that are left.
    fn fill(&mut self, bytes: usize) -> io::Result<()> {
        if self.window.len() - self.taken >= bytes {
            return Ok(());
        }
        self.window.drain(..self.taken);
        self.before += std::mem::take(&mut self.taken) as u64;
        while self.window.len() < bytes {
            let Some(piece) = &mut self.piece else {
                let Some(next) = self.pieces.pop() else { return Ok(()) };
                self.piece = Some(match next.unpacked {
                    Some(most) => Box::new(unpacked(next.bytes)?.take(most)),
                    None => Box::new(next.bytes),
                });
                continue;
            };
            let more = piece.take(WINDOW as u64).read_to_end(&mut self.window)?;
            if more == 0 {
                self.piece = None;
            }
        }
        Ok(())
    }
}
