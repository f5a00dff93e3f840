//! Streams of a trace in one order of time.

use super::container::Contents;
use super::stream::{End, Stream};
use super::token::Token;
use crate::import::error::ImportError;
use arenascope_trace::{Manifest, NoteKind};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

/// Number of the stream that named moments come from.
pub(super) const SNAPSHOTS: usize = usize::MAX;

/// All tokens by time; of two at a time, the one of the stream that was first.
pub(super) struct Merged<'f> {
    streams: Vec<(u32, Stream<'f>, Option<Token>)>,
    next: BinaryHeap<Reverse<(u64, usize)>>,
    snapshots: usize,
}

impl<'f> Merged<'f> {
    pub(super) fn of(contents: &Contents<'f>) -> Result<Self, ImportError> {
        let streams = contents.streams.iter().map(|stream| (stream.number, Stream::of(stream), None)).collect();
        let mut merged = Self { streams, next: BinaryHeap::new(), snapshots: 0 };
        for stream in 0..merged.streams.len() {
            merged.advance(stream)?;
        }
        Ok(merged)
    }

    fn advance(&mut self, stream: usize) -> Result<(), ImportError> {
        if let Some((ticks, token)) = self.streams[stream].1.next()? {
            self.streams[stream].2 = Some(token);
            self.next.push(Reverse((ticks, stream)));
        }
        Ok(())
    }

    /// The next token: when, from which stream, and what.
    pub(super) fn next(&mut self, contents: &Contents<'_>) -> Result<Option<(u64, usize, Token)>, ImportError> {
        let snapshot = contents.snapshots.get(self.snapshots);
        let token = self.next.peek().map(|Reverse((ticks, _))| *ticks);
        if let Some((ticks, name)) = snapshot.filter(|(ticks, _)| token.is_none_or(|token| *ticks < token)) {
            self.snapshots += 1;
            return Ok(Some((*ticks, SNAPSHOTS, Token::Snapshot { name: name.clone() })));
        }
        let Some(Reverse((ticks, stream))) = self.next.pop() else { return Ok(None) };
        let token = self.streams[stream].2.take().unwrap_or(Token::Other);
        self.advance(stream)?;
        Ok(Some((ticks, stream, token)))
    }

    /// Notes the streams that end before they should.
    pub(super) fn say_ends(&self, manifest: &mut Manifest) {
        for (number, stream, _) in &self.streams {
            let text = match stream.end {
                Some(End::Cut { at }) => format!("stream {number} is cut at its byte {at}, in the middle of a token"),
                Some(End::Unknown { at, kind }) => {
                    format!("stream {number} is read until its byte {at}: a token of kind {kind} is not known")
                }
                Some(End::Whole) | None => continue,
            };
            manifest.note(NoteKind::Missing, text);
        }
    }
}
