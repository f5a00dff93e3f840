//! Entries of a trace: what the allocator did, in 40 bytes each, in chunks of which those
//! that were told are given back.

use arenascope_trace::Site;

/// Entries of a chunk.
const CHUNK: usize = 1 << 12;
/// The time of an entry without one.
pub(super) const NO_TIME: i64 = i64::MIN;

/// What the allocator did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Alloc,
    FreeRequested,
    FreeCompleted,
    /// A segment was allocated, or a part of one mapped.
    Reserve,
    /// It was freed, or unmapped.
    Release,
    OutOfMemory,
    Mark,
    /// Goes with the one after it.
    Elided,
}

/// What memory is for, as far as the file says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Pool {
    /// The trace does not say: the size does.
    BySize,
    Small,
    Large,
    /// A name of its own, a position among those of the file.
    Named(u8),
}

/// One entry.
#[derive(Clone, Copy, Debug)]
pub(super) struct Entry {
    /// Where. Of [`Action::OutOfMemory`] how much the device had free, of [`Action::Mark`]
    /// which text.
    pub(super) addr: u64,
    pub(super) size: u64,
    /// µs since 1970, or [`NO_TIME`].
    pub(super) time_us: i64,
    pub(super) site: Site,
    /// Which life of its address: what is rolled back says it.
    pub(super) life: u32,
    pub(super) stream: u16,
    pub(super) action: Action,
    pub(super) pool: Pool,
}

/// The entries of one trace, in order.
#[derive(Debug, Default)]
pub(super) struct Entries {
    chunks: std::collections::VecDeque<Vec<Entry>>,
    len: u64,
    /// The file ends within it: later entries are missing.
    pub(super) is_cut: bool,
}

impl Entries {
    pub(super) fn push(&mut self, entry: Entry) {
        match self.chunks.back_mut() {
            Some(last) if last.len() < CHUNK => last.push(entry),
            // The first grows as it is needed: most lists are short.
            before => {
                let mut chunk = if before.is_some() { Vec::with_capacity(CHUNK) } else { Vec::new() };
                chunk.push(entry);
                self.chunks.push_back(chunk);
            }
        }
        self.len += 1;
    }

    pub(super) fn len(&self) -> u64 {
        self.len
    }

    /// From the last to the first.
    pub(super) fn backwards(&mut self) -> impl Iterator<Item = &mut Entry> {
        self.chunks.iter_mut().rev().flat_map(|chunk| chunk.iter_mut().rev())
    }

    pub(super) fn forwards(&self) -> impl Iterator<Item = &Entry> {
        self.chunks.iter().flatten()
    }

    /// Marks the requests whose completion comes next: nobody had to wait for it.
    pub(super) fn elide_requests(&mut self) {
        let mut before: Option<&mut Entry> = None;
        for entry in self.chunks.iter_mut().flatten() {
            if let Some(before) = before
                && (before.action, entry.action) == (Action::FreeRequested, Action::FreeCompleted)
                && before.addr == entry.addr
            {
                before.action = Action::Elided;
                if entry.site == Site::NONE {
                    entry.site = before.site;
                }
            }
            before = Some(entry);
        }
    }

    /// From the first to the last; what was passed is given back.
    pub(super) fn into_told(self) -> impl Iterator<Item = Entry> {
        self.chunks.into_iter().flatten()
    }
}
