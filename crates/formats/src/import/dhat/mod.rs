//! DHAT, of Valgrind and of the crate `dhat` for Rust: JSON, version 2.
//!
//! A program point is a call stack and what was taken there in all, at the moment when the
//! whole program held most, and at the end. These two moments are told: nothing else is
//! known of when things lived. Copies and what a program counts itself (`--mode=copy`,
//! `--mode=ad-hoc`) have totals only, told as of the end.

mod document;
mod tokens;

use super::moments::{Moments, Things};
use super::valgrind::frame;
use crate::import::error::{ImportError, Place};
use crate::import::format::Format;
use arenascope_trace::{CannotTell, CategoryId, FrameId, Manifest, NoteKind, Sink, Site, Space, Stacks};
use document::{Document, Point};
use std::io::{self, BufRead, BufReader};
use tokens::Tokens;

const FORMAT: Format = Format::Dhat;
const VERSION: u64 = 2;

pub(super) fn looks_like(first: &[u8]) -> bool {
    let text = first.strip_prefix(b"\xef\xbb\xbf").unwrap_or(first).trim_ascii_start();
    let key = b"\"dhatFileVersion\"";
    text.starts_with(b"{") && text.windows(key.len()).any(|window| window == key)
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut document = Document::default();
    let cut = read_document(input, &mut document)?;
    let version = document.version.unwrap_or(0);
    if version != VERSION {
        return Err(ImportError::Version { format: FORMAT, version: version.to_string(), known: "files of version 2" });
    }
    document.describe(sink.manifest());
    if let Some(place) = cut {
        let text = format!("the file is cut at {place}: what comes before it is shown");
        sink.manifest().note(NoteKind::Missing, text);
    }
    let category = sink.manifest().category(document.category());
    sink.begin()?;
    if document.points.is_empty() {
        return Err(ImportError::Empty { format: FORMAT, why: "`pps` has no program point".into() });
    }
    tell(&document, category, sink)
}

/// Reads all there is; where it ends too early, the place.
fn read_document(input: &mut dyn BufRead, document: &mut Document) -> Result<Option<Place>, ImportError> {
    if input.fill_buf().is_ok_and(|first| first.starts_with(b"\xef\xbb\xbf")) {
        input.consume(3);
    }
    // The parser asks for a byte at a time: that is answered from a buffer of its own.
    let mut json = serde_json::Deserializer::from_reader(BufReader::with_capacity(1 << 16, Tokens::new(input)));
    let Err(error) = document.read(&mut json).and_then(|()| json.end()) else { return Ok(None) };
    let place = Place::LineColumn(error.line() as u64, error.column() as u64);
    match error.classify() {
        serde_json::error::Category::Eof => Ok(Some(place)),
        serde_json::error::Category::Io if error.io_error_kind() == Some(io::ErrorKind::UnexpectedEof) => {
            Ok(Some(place))
        }
        serde_json::error::Category::Io => Err(ImportError::Read(error.into())),
        _ => {
            let expected = "a document of DHAT".into();
            Err(ImportError::Malformed { format: FORMAT, place, expected, found: error.to_string() })
        }
    }
}

fn tell(document: &Document, category: CategoryId, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut sites = Sites { document, frames: vec![None; document.frames.len()], unknown: 0 };
    let (mut peak, mut end) = (Things::new(), Things::new());
    let mut totals = [0_u64; 6];
    for point in &document.points {
        let site = sites.of(point, sink.stacks());
        let [at_peak, at_end] = if document.has_lifetimes() { [point.peak, point.end] } else { [0, point.total] };
        for (things, bytes) in [(&mut peak, at_peak), (&mut end, at_end)] {
            let sum = things.entry((category, site)).or_default();
            *sum = sum.saturating_add(bytes);
        }
        for (total, figure) in totals.iter_mut().zip(point.figures()) {
            *total = total.saturating_add(figure);
        }
    }
    let unknown = sites.unknown;
    let (peak_us, end_us) = (document.us(document.time_peak), document.us(document.time_end));
    let mut moments = Moments::default();
    moments.change_to(peak_us, peak, sink)?;
    moments.change_to(end_us, end, sink)?;
    note(document, totals, unknown, peak_us > end_us, sink.manifest());
    Ok(())
}

fn note(document: &Document, totals: [u64; 6], unknown: u64, is_back: bool, manifest: &mut Manifest) {
    let [total, blocks, peak, peak_blocks, end, end_blocks] = totals;
    let (units, events) = document.units();
    let text = if document.has_lifetimes() {
        format!(
            "{total} {units} in {blocks} {events} were taken in all, {peak} in {peak_blocks} lived at the peak, {end} in \
             {end_blocks} at the end"
        )
    } else {
        format!("{total} {units} in {blocks} {events} in all; none of them is memory that lives")
    };
    manifest.note(NoteKind::Remark, text);
    if unknown > 0 {
        manifest.note(NoteKind::Missing, format!("{unknown} frames of call stacks are not in `ftbl`"));
    }
    if is_back && document.time_end.is_some() {
        manifest.note(NoteKind::Contradiction, "the peak (`tg`) is later than the end (`te`)");
    }
}

/// Call stacks by the numbers of their frames.
struct Sites<'d> {
    document: &'d Document,
    frames: Vec<Option<FrameId>>,
    /// Frames that the table lacks.
    unknown: u64,
}

impl Sites<'_> {
    fn of(&mut self, point: &Point, stacks: &mut Stacks) -> Site {
        // The file has the innermost first.
        point.frames.iter().rev().fold(Site::NONE, |site, &number| {
            let frame = self.frame(number, stacks);
            stacks.child(site, frame)
        })
    }

    fn frame(&mut self, number: u32, stacks: &mut Stacks) -> FrameId {
        let position = number as usize;
        match (self.frames.get(position), self.document.frames.get(position)) {
            (Some(&Some(frame)), _) => frame,
            (_, Some(text)) => {
                let id = stacks.intern(frame(text));
                self.frames[position] = Some(id);
                id
            }
            _ => {
                self.unknown += 1;
                stacks.intern(frame(&format!("frame {number}")))
            }
        }
    }
}

impl Document {
    /// Whether it says what lived when, rather than totals only.
    fn has_lifetimes(&self) -> bool {
        self.has_lifetimes.unwrap_or(true)
    }

    /// What its figures count, and in what.
    fn units(&self) -> (&str, &str) {
        (self.units.as_deref().unwrap_or("bytes"), self.events.as_deref().unwrap_or("blocks"))
    }

    fn category(&self) -> &str {
        if self.has_lifetimes() { "Heap" } else { self.verb.as_deref().unwrap_or("Total") }
    }

    fn us(&self, time: Option<u64>) -> u64 {
        let per_unit = match self.time_unit.as_deref() {
            Some("s") => 1_000_000,
            Some("ms") => 1000,
            _ => 1,
        };
        time.unwrap_or(0).saturating_mul(per_unit)
    }

    fn describe(&self, manifest: &mut Manifest) {
        let source = &mut manifest.source;
        source.version = self.version.map(|version| version.to_string());
        let is_rust = self.mode.as_deref().is_some_and(|mode| mode.starts_with("rust"));
        let tool = if is_rust { "dhat for Rust" } else { "Valgrind's DHAT" };
        source.tool = Some(match &self.mode {
            Some(mode) => format!("{tool}, mode {mode}"),
            None => tool.into(),
        });
        source.subject.clone_from(&self.command);
        manifest.add_space(Space { label: "Heap".into(), granule_bytes: 1, ..Space::default() });
        manifest.lacks(
            CannotTell::Allocations,
            "DHAT adds up what each call stack took: single allocations are not in the file",
        );
        manifest.lacks(CannotTell::Addresses, "DHAT says how much a call stack took, and not where it lay");
        manifest
            .lacks(CannotTell::Frees, "DHAT says how long blocks lived on average, and not when each was given back");
        let why = "DHAT knows two moments: when the program held most (`tg`), and its end (`te`)";
        manifest.lacks(
            CannotTell::History,
            if self.has_lifetimes() { why } else { "DHAT has totals at the end only in this mode" },
        );
        match self.time_unit.as_deref() {
            Some("µs" | "us" | "ms" | "s") => {}
            Some("instrs") => {
                manifest.lacks(CannotTell::Times, "times are counts of executed instructions (`tu: instrs`)")
            }
            _ => manifest.lacks(CannotTell::Times, "the file does not say what its times count in µs, ms or s"),
        }
    }
}

#[cfg(test)]
mod tests;
