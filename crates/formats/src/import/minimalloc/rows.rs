//! The table, whole: its lines are in no order of time.

use crate::import::comma::{Columns, number};
use crate::import::error::ImportError;
use crate::import::format::Format;
use crate::import::lines::{Line, Lines};
use crate::import::tally::Tally;
use arenascope_trace::{Frame, Manifest, NoteKind, Site, Stacks};

pub(super) const ID: &[&str] = &["id", "buffer", "buffer_id"];
pub(super) const LOWER: &[&str] = &["lower", "begin", "start"];
pub(super) const UPPER: &[&str] = &["upper"];
/// The last moment at which a buffer is alive.
pub(super) const END: &[&str] = &["end"];
pub(super) const SIZE: &[&str] = &["size"];

/// Most buffers of a table.
const ROWS_MAX: usize = 1 << 24;

/// One buffer. Its id is the name of the one frame of its call stack.
#[derive(Clone, Copy, Debug)]
pub(super) struct Row {
    pub(super) lower: i64,
    pub(super) upper: i64,
    pub(super) bytes: u64,
    /// 0 where nobody said.
    pub(super) offset: u64,
    pub(super) site: Site,
}

/// All buffers that are alive at some time.
#[derive(Debug, Default)]
pub(super) struct Rows {
    pub(super) all: Vec<Row>,
    pub(super) has_offsets: bool,
    first: i64,
    backwards: Tally,
    never: Tally,
    beyond: Tally,
    gaps: Tally,
}

impl Rows {
    /// Reads all there are.
    pub(super) fn read(lines: &mut Lines, stacks: &mut Stacks) -> Result<Self, ImportError> {
        let Some(line) = lines.next_whole()? else {
            return Err(ImportError::Empty { format: Format::Minimalloc, why: "its first line has no end".into() });
        };
        let table = Table::of(line)?;
        let mut rows = Self { has_offsets: table.offset.is_some(), first: i64::MAX, ..Self::default() };
        while let Some(line) = lines.next_whole()? {
            if !line.bytes.trim_ascii().is_empty() {
                rows.add(&table, line, stacks)?;
            }
        }
        Ok(rows)
    }

    fn add(&mut self, table: &Table, line: Line, stacks: &mut Stacks) -> Result<(), ImportError> {
        let mut fields = Vec::new();
        table.columns.read(line, &mut fields)?;
        let lower: i64 = number(&line, &fields[table.lower])?;
        let upper = number::<i64>(&line, &fields[table.upper])?.saturating_add(i64::from(table.upper_is_last));
        let bytes = number(&line, &fields[table.size])?;
        let offset = table.offset.map_or(Ok(0), |column| number::<u64>(&line, &fields[column]))?;
        if table.gaps.is_some_and(|column| !fields[column].trim_ascii().is_empty()) {
            self.gaps.add(line.number);
        }
        if upper < lower {
            self.backwards.add(line.number);
        } else if upper == lower {
            self.never.add(line.number);
        } else if offset.checked_add(bytes).is_none() {
            self.beyond.add(line.number);
        } else if self.all.len() == ROWS_MAX {
            return Err(line.too_much("buffers", ROWS_MAX as u64));
        } else {
            let function = String::from_utf8_lossy(&fields[table.id]).trim().into();
            let frame = stacks.intern(Frame { function, ..Frame::default() });
            let site = stacks.child(Site::NONE, frame);
            self.first = self.first.min(lower);
            self.all.push(Row { lower, upper, bytes, offset, site });
        }
        Ok(())
    }

    /// A time since the first.
    pub(super) const fn time(&self, time: i64) -> u64 {
        time.abs_diff(self.first)
    }

    /// Where the arena ends: the least that it needs to hold.
    pub(super) fn end(&self) -> u64 {
        self.all.iter().map(|row| row.offset + row.bytes).max().unwrap_or(0)
    }

    /// The largest power of two that all offsets are multiples of.
    pub(super) fn granule(&self) -> u64 {
        let bits = self.all.iter().fold(0, |bits, row| bits | row.offset);
        if bits == 0 { 1 } else { 1 << bits.trailing_zeros() }
    }

    pub(super) fn note(&self, manifest: &mut Manifest) {
        let note = |tally: &Tally, manifest: &mut Manifest, kind, what| tally.note(manifest, kind, what);
        note(&self.backwards, manifest, NoteKind::Contradiction, "buffers end before they begin: they are left out");
        note(&self.beyond, manifest, NoteKind::Contradiction, "buffers end beyond 64 bits: they are left out");
        note(&self.never, manifest, NoteKind::Remark, "buffers end as they begin: they are left out");
        note(&self.gaps, manifest, NoteKind::Remark, "buffers have gaps, in which they are shown as alive");
    }
}

/// Where the columns are.
struct Table {
    columns: Columns,
    id: usize,
    lower: usize,
    upper: usize,
    upper_is_last: bool,
    size: usize,
    offset: Option<usize>,
    gaps: Option<usize>,
}

impl Table {
    fn of(line: Line) -> Result<Self, ImportError> {
        let columns = Columns::of(line)?;
        let column = |names: &[&str]| {
            let missing = || line.malformed(line.bytes, format!("a column `{}`", names[0]));
            columns.position(names).ok_or_else(missing)
        };
        let last = columns.position(END);
        let upper = last.map_or_else(|| column(UPPER), Ok)?;
        Ok(Self {
            id: column(ID)?,
            lower: column(LOWER)?,
            upper,
            upper_is_last: last.is_some(),
            size: column(SIZE)?,
            offset: columns.position(&["offset"]),
            gaps: columns.position(&["gaps"]),
            columns,
        })
    }
}
