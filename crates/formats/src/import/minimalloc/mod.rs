//! MiniMalloc's tables: lifetimes of buffers that are to be laid out, or are.
//!
//! `id,lower,upper,size`, and maybe `alignment`, `gaps`, `offset`; `begin` or `start` for
//! `lower`, `end` for the last moment instead of `upper`. A buffer is alive from `lower` up
//! to, and not at, `upper`.

mod overlaps;
mod rows;

use super::lines::Lines;
use crate::import::error::ImportError;
use crate::import::format::Format;
use arenascope_trace::{Action, CannotTell, CategoryId, Event, Manifest, NoteKind, Sink, Site, Space, SpaceId};
use overlaps::Overlaps;
use rows::Rows;
use std::io::BufRead;

const FORMAT: Format = Format::Minimalloc;
const ARENA: SpaceId = SpaceId(0);

pub(super) fn looks_like(first: &[u8]) -> bool {
    let line = first.split(|&byte| byte == b'\n').next().unwrap_or_default();
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let Ok(line) = std::str::from_utf8(line) else { return false };
    let has = |names: &[&str]| line.split(',').any(|name| names.contains(&name.trim().to_lowercase().as_str()));
    has(rows::ID) && has(rows::LOWER) && (has(rows::UPPER) || has(rows::END)) && has(rows::SIZE)
}

pub(super) fn read(input: &mut dyn BufRead, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut lines = Lines::new(FORMAT, input);
    let rows = Rows::read(&mut lines, sink.stacks())?;
    let manifest = sink.manifest();
    describe(&rows, manifest);
    if lines.is_cut() {
        let text = format!("the file is cut in line {}: what comes before it is shown", lines.number());
        manifest.note(NoteKind::Missing, text);
    }
    rows.note(manifest);
    let category = manifest.category("Buffers");
    if rows.has_offsets {
        sink.extent(ARENA, 0, rows.end());
    }
    sink.begin()?;
    if rows.all.is_empty() {
        return Err(ImportError::Empty { format: FORMAT, why: "no buffer is alive at any time".into() });
    }
    tell(&rows, category, sink)
}

fn describe(rows: &Rows, manifest: &mut Manifest) {
    manifest.source.tool = Some("MiniMalloc".into());
    let granule_bytes = if rows.has_offsets { rows.granule() } else { 1 };
    let label = "Arena".into();
    manifest.add_space(Space { label, has_addresses: rows.has_offsets, capacity_bytes: None, granule_bytes });
    manifest.lacks(CannotTell::Times, "MiniMalloc's times have no unit: the axis counts them from the first");
    if !rows.has_offsets {
        manifest.lacks(CannotTell::Addresses, "the table has no column `offset`: the buffers are not laid out yet");
    }
    manifest.lacks(CannotTell::Stacks, "the table says for each buffer its `id`, and not who asked for it");
}

/// Tells all in order of time: at each, what is given back comes before what is taken.
fn tell(rows: &Rows, category: CategoryId, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let count = rows.all.len() as u32;
    let mut moments: Vec<(u64, bool, u32)> = Vec::new();
    for (number, row) in (0..count).zip(&rows.all) {
        moments.extend([(rows.time(row.lower), true, number), (rows.time(row.upper), false, number)]);
    }
    moments.sort_unstable();
    let mut overlaps = Overlaps::default();
    for (time_us, begins, number) in moments {
        let row = &rows.all[number as usize];
        let (id, site) = (u64::from(number), row.site);
        let action = if begins {
            overlaps.begin(row, number);
            Action::Allocate { id, space: ARENA, address: row.offset, bytes: row.bytes, category }
        } else {
            overlaps.end(row, number);
            Action::Free { id }
        };
        let site = if begins { site } else { Site::NONE };
        sink.event(Event { time_us, thread: 0, site, action })?;
    }
    if rows.has_offsets {
        overlaps.note(sink.manifest());
    }
    Ok(())
}

#[cfg(test)]
mod tests;
