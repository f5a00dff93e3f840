//! Firefox Profiler's processed profiles: sampled native allocations with their stacks, or
//! else counters of memory. Tables are columns; where they stand in the file, and whether
//! a thread has its own or all share one, depends on the version: all of both are read
//! first.

mod counters;
mod native;
mod parse;
mod profile;
mod sites;
mod tables;
#[cfg(test)]
mod tests;

use super::json::{Json, holds, opening};
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Manifest, NoteKind, Sink};
use profile::Profile;
use std::io::BufRead;

pub(super) fn looks_like(first: &[u8]) -> bool {
    opening(first) == Some(b'{') && holds(first, "\"preprocessedProfileVersion\"")
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut input = input;
    let mut json = Json::new(Format::FirefoxProfile, &mut input);
    let mut profile = Profile::default();
    *sink.manifest() = Manifest::of(Format::FirefoxProfile.key(), Format::FirefoxProfile.label());
    if let Err(error) = parse::parse(&mut json, &mut profile) {
        if !json.is_cut() || !profile.has_native() && !profile.has_counters() {
            return Err(error);
        }
        let text = format!("the file ends at {}: threads and tables are missing", json.place());
        sink.manifest().note(NoteKind::Missing, text);
    }
    profile.introduce(sink.manifest());
    if profile.has_native() {
        native::tell(&profile, sink)
    } else if profile.has_counters() {
        counters::tell(&profile, sink)
    } else {
        let why = "neither nativeAllocations nor a counter of the category Memory is in it".into();
        Err(ImportError::Empty { format: Format::FirefoxProfile, why })
    }
}
