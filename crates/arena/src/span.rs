//! The placement of the arena over addresses that nothing backs.
//!
//! The same policies, cuts and joins over the same nodes: only the payload is not there. So
//! a recording of 100 GB can be placed in a browser's tab, as a real arena would place it.

use crate::error::{AllocError, ReserveError};
use crate::layout::{GRANULE_BYTES, MAX_ALIGN, NodeIndex};
use crate::nodes::division::Division;
use crate::nodes::memory::Memory;
use crate::nodes::table::Table;
use crate::policy::kind::PolicyKind;
use crate::region::Region;
use crate::request::Request;
use crate::split_coalesce::space::Space;
use arenascope_units::owner::{MemoryCategory, Owner, Tag};
use arenascope_units::{Bytes, Micros};

/// How large a [`Span`] is, and how it is counted.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// let size = SpanSize { capacity: Bytes::mib(128 * 1024), largest: Bytes::mib(512), nodes: 1000 };
/// assert_eq!((size.granule(), SpanSize { capacity: Bytes::mib(1), ..size }.granule()), (Bytes::new(256), GRANULE));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanSize {
    /// Bytes of addresses, rounded down to the granule.
    pub capacity: Bytes,
    /// The largest request to come, bytes: a larger one is refused.
    pub largest: Bytes,
    /// How many ranges there can be, free and used.
    pub nodes: u32,
}

impl SpanSize {
    /// Granules that a policy counts: half of what its classes can tell apart.
    const GRANULES_MAX: u64 = 1 << 29;

    /// What addresses and sizes are multiples of: [`GRANULE`](crate::GRANULE) up to 8 GiB in
    /// requests of at most 1 GiB, and a larger power of two beyond.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let size = SpanSize { capacity: Bytes::mib(8 * 1024), largest: Bytes::mib(2048), nodes: 64 };
    /// assert_eq!(size.granule(), Bytes::new(32));
    /// ```
    pub const fn granule(&self) -> Bytes {
        Bytes::new((GRANULE_BYTES as u64) << self.shift())
    }

    const fn shift(&self) -> u32 {
        let mut shift = 0;
        let most = Self::GRANULES_MAX * GRANULE_BYTES as u64;
        while self.capacity.get() >> shift > most || self.largest.get() >> shift > Region::MAX.get() {
            shift += 1;
        }
        shift
    }
}

/// Names one block of one [`Span`], while it lives.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
/// let placed = span.allocate(Bytes::new(100), GRANULE)?;
/// let block: SpanBlock = placed.block;
/// assert_eq!(span.free(block), Some(Bytes::new(112)));
/// assert_eq!(span.free(block), None);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SpanBlock(NodeIndex);

/// Where a block lies.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// let size = SpanSize { capacity: Bytes::mib(1), largest: Bytes::mib(1), nodes: 64 };
/// let mut span = Span::bare(size, PolicyKind::Buddy)?;
/// let SpanPlace { offset, usable, .. } = span.allocate(Bytes::new(100), GRANULE)?;
/// assert_eq!((offset, usable), (Bytes::ZERO, Bytes::new(128)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanPlace {
    /// What frees it.
    pub block: SpanBlock,
    /// Its first byte.
    pub offset: Bytes,
    /// Bytes set aside, at least what was asked for.
    pub usable: Bytes,
}

/// One range of a span, as a walk shows it.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// let span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
/// let ranges: Vec<SpanRange> = span.walk().collect();
/// assert_eq!((ranges.len(), ranges[0].is_free, ranges[0].size), (1, true, span.free_bytes()));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SpanRange {
    /// Its first byte.
    pub offset: Bytes,
    /// How long it is.
    pub size: Bytes,
    /// Whether nobody holds it.
    pub is_free: bool,
}

/// A placement policy over addresses that nothing backs: 40 bytes for each range that there
/// can be, and nothing for what it holds. No handles that outlive their block, no guards, no
/// threads.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::Bytes;
/// let size = SpanSize { capacity: Bytes::mib(100 * 1024), largest: Bytes::mib(1024), nodes: 1000 };
/// let mut span = Span::bare(size, PolicyKind::BestFit)?;
/// let gigabyte = span.allocate(Bytes::mib(1024), GRANULE)?;
/// assert_eq!((gigabyte.offset, span.footprint()), (Bytes::ZERO, Bytes::mib(1024)));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug)]
pub struct Span {
    space: Space,
    /// Binary places that addresses are shifted by, so that a granule is 16 of what is left.
    shift: u32,
    /// One past the highest granule ever set aside.
    used_end: u32,
}

/// Who holds the blocks of a span.
const OWNER: Owner = Owner::new(MemoryCategory::TEMPORARY, Tag(0));

impl Span {
    /// Addresses from 0.
    ///
    /// # Errors
    ///
    /// [`ReserveError`] where there is no memory for the nodes.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let size = SpanSize { capacity: Bytes::mib(1), largest: Bytes::mib(1), nodes: 9 };
    /// let mut span = Span::bare(size, PolicyKind::FirstFit)?;
    /// assert_eq!(span.allocate(Bytes::mib(1), GRANULE)?.offset, Bytes::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn bare(size: SpanSize, policy: PolicyKind) -> Result<Self, ReserveError> {
        let granules = size.capacity.get() / size.granule().get();
        // At most `GRANULES_MAX`, by the choice of the granule.
        Self::of(Division::bare(granules as u32, size.nodes), size.shift(), policy)
    }

    /// The addresses of a real arena of that size, a multiple of 64 KiB and at most 1 GiB:
    /// its blocks lie where that arena's would, and it has as many nodes.
    ///
    /// # Errors
    ///
    /// [`ReserveError`] where there is no such arena, or no memory for its nodes.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// let mut arena = Arena::new(Region::reserve_pages(16)?, PolicyKind::Tlsf);
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::Tlsf)?;
    /// # let owner = MemoryCategory::ECS.into();
    /// let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
    /// assert_eq!(span.allocate(request.size, request.align)?.offset, arena.allocate(&request)?.offset);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn of_arena(capacity: Bytes, policy: PolicyKind) -> Result<Self, ReserveError> {
        let is_whole = capacity.get().is_multiple_of(MAX_ALIGN.get());
        if !is_whole {
            return Err(ReserveError::NotWholePages { requested: capacity, page: MAX_ALIGN });
        }
        if capacity.is_zero() || capacity > Region::MAX {
            return Err(ReserveError::OutOfRange { requested: capacity, min: MAX_ALIGN, max: Region::MAX });
        }
        Self::of(Division::of(capacity.get()), 0, policy)
    }

    fn of(division: Division, shift: u32, policy: PolicyKind) -> Result<Self, ReserveError> {
        let needed = Bytes::new(division.table_end());
        let pages = needed.get().div_ceil(MAX_ALIGN.get());
        let too_many = ReserveError::OutOfRange { requested: needed, min: MAX_ALIGN, max: Region::MAX };
        let region = Region::reserve_pages(u32::try_from(pages).map_err(|_| too_many)?)?;
        let memory = Memory::without_payload(region, division).ok_or(too_many)?;
        let space = Space::over(Table::format_memory(memory, 0), policy);
        Ok(Self { space, shift, used_end: division.first_granule() })
    }

    const fn to_bytes(&self, granules: u32) -> Bytes {
        Bytes::new((granules as u64 * GRANULE_BYTES as u64) << self.shift)
    }

    /// Takes `size` bytes at a multiple of `align`, at most 64 KiB or the granule.
    ///
    /// # Errors
    ///
    /// [`AllocError`] as [`Arena::allocate`](crate::Arena::allocate), with figures in bytes.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
    /// assert_eq!(span.allocate(Bytes::new(100), Bytes::kib(4))?.offset.get() % 4096, 0);
    /// let refused = span.allocate(Bytes::mib(1), GRANULE).unwrap_err();
    /// assert_eq!(RefusalKind::from(&refused), RefusalKind::Full);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn allocate(&mut self, size: Bytes, align: Bytes) -> Result<SpanPlace, AllocError> {
        // Rounded up, so that what is given is never less than what was asked for.
        let scaled = size.get().div_ceil(1 << self.shift);
        let align = Bytes::new((align.get() >> self.shift).max(1));
        let request = Request { size: Bytes::new(scaled), align, owner: OWNER, now: Micros::ZERO };
        request.check()?;
        let node = self.space.place(&request).map_err(|refusal| self.refusal(self.space.word(refusal, &request, 0)))?;
        let entry = &self.space.table[node];
        let (start, granules) = (entry.start, entry.size);
        self.used_end = self.used_end.max(start + granules);
        Ok(SpanPlace { block: SpanBlock(node), offset: self.to_bytes(start), usable: self.to_bytes(granules) })
    }

    /// The refusal in bytes.
    #[cold]
    fn refusal(&self, error: AllocError) -> AllocError {
        let scaled = |bytes: Bytes| Bytes::new(bytes.get() << self.shift);
        match error {
            AllocError::OutOfMemory { requested, needed, largest_free, free, free_ranges } => AllocError::OutOfMemory {
                requested: scaled(requested),
                needed: scaled(needed),
                largest_free: scaled(largest_free),
                free: scaled(free),
                free_ranges,
            },
            other => other,
        }
    }

    /// Gives a block back; the bytes that were set aside for it. `None` where it does not
    /// live: one that was freed, unless its place was taken again.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
    /// let all = span.free_bytes();
    /// let placed = span.allocate(Bytes::new(100), GRANULE)?;
    /// assert_eq!(span.free(placed.block), Some(placed.usable));
    /// assert_eq!(span.free_bytes(), all);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free(&mut self, block: SpanBlock) -> Option<Bytes> {
        let entry = self.space.table.get(block.0).filter(|entry| entry.is_used())?;
        let size = self.to_bytes(entry.size);
        self.space.vacate(block.0).then_some(size)
    }

    /// From the first byte to the highest that was ever set aside.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
    /// let placed = span.allocate(Bytes::new(100), GRANULE)?;
    /// span.free(placed.block);
    /// assert_eq!(span.footprint(), placed.usable);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn footprint(&self) -> Bytes {
        self.to_bytes(self.used_end - self.space.table.division().first_granule())
    }

    /// Bytes that are free.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let size = SpanSize { capacity: Bytes::mib(1), largest: Bytes::mib(1), nodes: 9 };
    /// assert_eq!(Span::bare(size, PolicyKind::Bins)?.free_bytes(), Bytes::mib(1));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn free_bytes(&self) -> Bytes {
        self.to_bytes(self.space.free())
    }

    /// Every range, in order of address. Where a policy joins late, neighbours may both be
    /// free.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
    /// span.allocate(Bytes::new(100), GRANULE)?;
    /// assert_eq!(span.walk().map(|range| range.is_free).collect::<Vec<_>>(), [false, true]);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn walk(&self) -> impl Iterator<Item = SpanRange> {
        self.space.table.chain().map(|node| {
            let entry = &self.space.table[node];
            SpanRange { offset: self.to_bytes(entry.start), size: self.to_bytes(entry.size), is_free: entry.is_free() }
        })
    }

    /// Nodes that ranges have taken so far, at most: what describes them is 40 bytes each.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
    /// span.allocate(Bytes::new(100), GRANULE)?;
    /// assert_eq!(span.nodes_touched(), 2);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn nodes_touched(&self) -> u32 {
        self.space.table.header().touched
    }

    /// Forgets every block. O(1): as when it was made.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::Bytes;
    /// let mut span = Span::of_arena(Bytes::mib(1), PolicyKind::FirstFit)?;
    /// span.allocate(Bytes::new(100), GRANULE)?;
    /// span.reset();
    /// assert_eq!(span.footprint(), Bytes::ZERO);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn reset(&mut self) {
        self.space.reset();
        self.used_end = self.space.table.division().first_granule();
    }
}
