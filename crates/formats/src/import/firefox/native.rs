//! Native allocations in order of time.

use super::profile::{Native, Profile, micros};
use super::sites::{Names, Sites};
use super::tables::NONE;
use crate::import::error::ImportError;
use arenascope_trace::{
    Action, CannotTell, CategoryId, Event, Manifest, NoteKind, Sink, Site, Space, SpaceId, Stopped,
};
use std::collections::{BTreeMap, HashMap};

/// Highest address and largest allocation that can be.
const ADDRESS_MAX: u64 = 1 << 57;
const BYTES_MAX: u64 = 1 << 40;
/// Ranges of a space are of whole pages of this size, bytes.
const PAGE: u64 = 1 << 16;
/// Ids of what nobody said was allocated: beyond all others.
const UNKNOWN: u64 = 1 << 63;

/// A row of any thread's table.
#[derive(Clone, Copy, Debug)]
struct Row {
    ms: f64,
    weight: i64,
    /// 0 where nobody says.
    address: u64,
    site: Site,
    thread: u16,
    space: SpaceId,
}

/// Rows that are not told as they stand.
#[derive(Debug, Default)]
struct Gaps {
    broken_rows: u64,
    uneven_tables: u64,
    broken_stacks: u64,
    frees_unknown: u64,
    alive_twice: u64,
    unmatched: u64,
    unmatched_bytes: u64,
}

/// Tells all native allocations.
pub(super) fn tell(profile: &Profile, sink: &mut dyn Sink) -> Result<(), ImportError> {
    let mut gaps = Gaps::default();
    let is_matched = profile.threads.iter().any(|thread| !thread.native.address.is_empty());
    introduce(sink.manifest(), is_matched);
    let mut rows = rows(profile, is_matched, &mut gaps, sink);
    rows.sort_by(|one, other| one.ms.total_cmp(&other.ms));
    let first = rows.first().map_or(0.0, |row| row.ms);
    sink.manifest().source.begun_ms = profile.begun_ms(first);
    if is_matched {
        say_ranges(&rows, sink);
    }
    let category = sink.manifest().category("Native allocations");
    sink.begin()?;
    let mut telling = Telling { living: HashMap::new(), next: 0, category, is_matched, gaps, sink };
    for row in &rows {
        telling.row(row, micros(first, row.ms))?;
    }
    let gaps = telling.gaps;
    note(&gaps, sink.manifest());
    Ok(())
}

fn introduce(manifest: &mut Manifest, is_matched: bool) {
    manifest.lacks(CannotTell::All, "Firefox records a sample of native allocations: of small ones only some");
    if !is_matched {
        let why = "the profile has no memoryAddress of native allocations";
        manifest.lacks(CannotTell::Addresses, why);
        manifest.lacks(CannotTell::Frees, &format!("{why}: deallocations cannot be matched"));
    }
}

fn note(gaps: &Gaps, manifest: &mut Manifest) {
    let notes = [
        (
            gaps.broken_rows,
            NoteKind::Contradiction,
            "native allocations have no time, or an address or a size that cannot be, and are left out",
        ),
        (
            gaps.uneven_tables,
            NoteKind::Contradiction,
            "tables of native allocations have columns of different lengths: the shortest counts",
        ),
        (gaps.broken_stacks, NoteKind::Contradiction, "stacks name a caller that is not before them: they end there"),
        (gaps.alive_twice, NoteKind::Contradiction, "native allocations are at an address where another still lives"),
        (gaps.frees_unknown, NoteKind::Missing, "deallocations are of what was not recorded"),
    ];
    for (count, kind, what) in notes {
        if count > 0 {
            manifest.note(kind, format!("{count} {what}"));
        }
    }
    if gaps.unmatched > 0 {
        let (count, bytes) = (gaps.unmatched, gaps.unmatched_bytes);
        let text = format!("{count} deallocations of {bytes} bytes say no address, and are of none of the allocations");
        manifest.note(NoteKind::Missing, text);
    }
}

/// All rows, with their stacks as sites; adds the spaces, one a process.
fn rows(profile: &Profile, has_addresses: bool, gaps: &mut Gaps, sink: &mut dyn Sink) -> Vec<Row> {
    let (mut rows, mut names, mut spaces, mut numbers) =
        (Vec::new(), Names::default(), BTreeMap::new(), HashMap::new());
    for (position, thread) in profile.threads.iter().enumerate() {
        let space = *spaces.entry(&thread.process).or_insert_with(|| {
            let name = if thread.process_name.is_empty() { &thread.name } else { &thread.process_name };
            let label = format!("{name}, process {}", thread.process);
            sink.manifest().add_space(Space { label, has_addresses, capacity_bytes: None, granule_bytes: 1 })
        });
        let native = &thread.native;
        let mut sites = Sites::new(&thread.tables, &profile.shared);
        gaps.uneven_tables += u64::from(is_uneven(native));
        for index in 0..native.len() {
            let address = native.address.get(index).copied().unwrap_or(0);
            let (ms, weight) = (native.time[index], native.weight[index]);
            if !ms.is_finite() || address > ADDRESS_MAX || weight.unsigned_abs() > BYTES_MAX {
                gaps.broken_rows += 1;
                continue;
            }
            let stack = native.stack.get(index).copied().unwrap_or(NONE);
            let site = sites.site(stack, &mut names, sink.stacks());
            let thread = native.thread.get(index).copied().unwrap_or(position as u64);
            let next = numbers.len().min(usize::from(u16::MAX)) as u16;
            let thread = if next == u16::MAX { next } else { *numbers.entry(thread).or_insert(next) };
            rows.push(Row { ms, weight, address, site, thread, space });
        }
        gaps.broken_stacks += sites.broken;
    }
    if names.left_out > 0 {
        let text = format!("{} names of frames are left out: there are too many", names.left_out);
        sink.manifest().note(NoteKind::Missing, text);
    }
    rows
}

fn is_uneven(native: &Native) -> bool {
    let columns = [native.time.len(), native.weight.len(), native.stack.len(), native.address.len()];
    columns.into_iter().any(|length| length != 0 && length != native.time.len())
}

/// Says the pages that allocations are in, in order of address.
fn say_ranges(rows: &[Row], sink: &mut dyn Sink) {
    let begun = rows.iter().filter(|row| row.weight >= 0);
    let mut ranges: Vec<(SpaceId, u64, u64)> = begun
        .map(|row| {
            let end = row.address + row.weight.unsigned_abs().max(1);
            (row.space, row.address / PAGE * PAGE, end.next_multiple_of(PAGE))
        })
        .collect();
    ranges.sort_unstable();
    let mut ranges = ranges.into_iter();
    let Some(mut open) = ranges.next() else { return };
    for range in ranges {
        if range.0 == open.0 && range.1 <= open.2 {
            open.2 = open.2.max(range.2);
        } else {
            sink.extent(open.0, open.1, open.2 - open.1);
            open = range;
        }
    }
    sink.extent(open.0, open.1, open.2 - open.1);
}

/// Tells rows, and knows what lives.
struct Telling<'s> {
    living: HashMap<(SpaceId, u64), u64>,
    next: u64,
    category: CategoryId,
    is_matched: bool,
    gaps: Gaps,
    sink: &'s mut dyn Sink,
}

impl Telling<'_> {
    fn row(&mut self, row: &Row, time_us: u64) -> Result<(), Stopped> {
        let &Row { weight, address, site, thread, space, .. } = row;
        let action = if weight >= 0 {
            let (id, category, bytes) = (self.next, self.category, weight.unsigned_abs());
            self.next += 1;
            if self.is_matched && self.living.insert((space, address), id).is_some() {
                self.gaps.alive_twice += 1;
            }
            Action::Allocate { id, space, address, bytes, category }
        } else if self.is_matched {
            let id = self.living.remove(&(space, address));
            self.gaps.frees_unknown += u64::from(id.is_none());
            Action::Free { id: id.unwrap_or(UNKNOWN | address) }
        } else {
            self.gaps.unmatched += 1;
            self.gaps.unmatched_bytes = self.gaps.unmatched_bytes.saturating_add(weight.unsigned_abs());
            return Ok(());
        };
        self.sink.event(Event { time_us, thread, site, action })
    }
}
