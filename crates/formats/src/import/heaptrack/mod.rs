//! heaptrack's text: one letter a line says what the rest of it is, numbers are
//! hexadecimal.
//!
//! | line | what it is |
//! |---|---|
//! | `v heaptrack file` | versions, both without dots |
//! | `X command`, `A` | what was recorded; that it was attached to |
//! | `I size count` | the machine's pages |
//! | `s text`, from version 3 `s length text` | a text, numbered from 1 |
//! | `i address module function file line …` | an instruction pointer and its frames, the innermost first, numbered from 1 |
//! | `t ip parent` | a stack, numbered from 1; parent 0 is none |
//! | `a size stack` | a kind of allocation, numbered from 0 |
//! | `+ kind`, `- kind` | one is taken, one is given back |
//! | `c ms`, `R pages` | the time since the start; the resident set |
//!
//! Which of several alive of a kind a `-` means is not in the file: the newest is taken,
//! as heaptrack itself does where it counts temporary allocations.
//!
//! What heaptrack writes while it records (`heaptrack --raw`) has addresses instead of
//! kinds, and modules instead of names: `x program`, `m module address segments…`,
//! `t address parent`, `+ size stack address`, `- address`.

mod fields;
mod frames;
mod header;
mod kinds;
mod loaded;
mod modules;
mod packed;
mod parts;
mod ranges;
mod raw;
mod symbols;

use super::lines::Lines;
use crate::import::error::ImportError;
use arenascope_trace::{CannotTell, Manifest, Sink, Space};
use header::Header;
use parts::{FORMAT, note_cut};
use std::io::BufRead;

pub(super) fn looks_like(first: &[u8]) -> bool {
    let line = first.split(|&byte| byte == b'\n').next().unwrap_or_default();
    header::is_version(line.strip_suffix(b"\r").unwrap_or(line))
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut lines = Lines::new(FORMAT, input);
    let header = Header::read(&mut lines)?;
    if header.is_raw {
        return raw::read(&mut lines, header, sink);
    }
    describe(&header, sink.manifest());
    sink.begin()?;
    let seen = kinds::read(&mut lines, &header, sink)?;
    if lines.is_cut() {
        note_cut(lines.number(), sink.manifest());
    }
    if seen == 0 {
        return Err(ImportError::Empty { format: FORMAT, why: "no `+` and no `-`".into() });
    }
    Ok(())
}

fn describe(header: &Header, manifest: &mut Manifest) {
    header.describe(manifest);
    manifest.add_space(Space { label: "Heap".into(), granule_bytes: 1, ..Space::default() });
    let why = "heaptrack records sizes and stacks, and no addresses: which of several alike a free means is not \
               said either, and the newest is taken";
    manifest.lacks(CannotTell::Addresses, why);
}

#[cfg(test)]
mod tests;
