//! Guards: canaries around allocations, a pattern in freed bytes, and a quarantine
//! that holds freed ranges back, so that a stray write is found and blamed.
//!
//! ```text
//! a guarded allocation           | lead 0xFD | payload, as asked for | tail 0xFD |
//! the same range in quarantine   | 0xDD                                           |
//! ```
//!
//! The lead is as long as the alignment, so that the payload keeps it; above
//! [`LEAD_MAX`] it would cost more than it finds, and there is none. The tail is all
//! that the range has behind the payload, a granule at least: the policy's rounding
//! is watched too. Patterns are those of the debug heap of Microsoft's C runtime, so
//! that they are known from debuggers: 0xFD "no man's land", 0xDD "dead". A stray
//! write that writes the very same byte cannot be seen.
//!
//! The quarantine is that of AddressSanitizer (Serebryany, Bruening, Potapenko and
//! Vyukov, "AddressSanitizer: a fast address sanity checker", USENIX ATC 2012): first
//! in, first out, bounded. What it holds counts as cached.

pub(crate) mod state;

use crate::layout::{GRANULE_BYTES, to_bytes};
use crate::nodes::node::Node;
use crate::request::{AllocationId, Extent};
use arenascope_units::owner::Owner;
use arenascope_units::{Bytes, Micros};
use core::fmt;
use strum::IntoStaticStr;

/// What stands around the payload of a guarded allocation.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # arena.set_guards(Some(Guards::default()));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// arena.poke(taken.offset.saturating_sub(Bytes::new(1)), 0);
/// arena.sweep_guards();
/// assert_eq!(arena.take_guard_hits()[0].expected, CANARY);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const CANARY: u8 = 0xfd;

/// What stands in freed bytes while they are in quarantine.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # arena.set_guards(Some(Guards::default()));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// arena.deallocate(taken.id)?;
/// arena.poke(taken.offset, 0);
/// arena.sweep_guards();
/// assert_eq!(arena.take_guard_hits()[0].expected, FREED);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const FREED: u8 = 0xdd;

/// The longest lead: an allocation of a larger alignment has no canary in front.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # arena.set_guards(Some(Guards::default()));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&Request { align: Bytes::kib(1), ..request })?;
/// assert!(taken.offset.get() % 1024 == 0 && LEAD_MAX < Bytes::kib(1));
/// // No canary in front: what lies there is not this allocation's.
/// arena.poke(taken.offset.saturating_sub(Bytes::new(1)), 0);
/// assert_eq!(arena.sweep_guards(), 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
pub const LEAD_MAX: Bytes = Bytes::new(LEAD_MAX_BYTES as u64);

const LEAD_MAX_BYTES: u32 = 256;

/// How strictly an arena is guarded. The quarantine ends for the oldest range when
/// either bound is passed, when a request finds no room otherwise, and when guards
/// are switched off.
///
/// Cost: each allocation takes its alignment and a granule more, and writes its
/// canaries; each free writes the whole range, and reads one that leaves the
/// quarantine. Threads work without their caches while guards are on.
///
/// ```
/// use arenascope_arena::{Arena, GuardFault, Guards, PolicyKind, Region, Request};
/// # use arenascope_units::owner::{MemoryCategory, Owner, Tag};
/// # use arenascope_units::{Bytes, Micros};
/// let mut arena = Arena::new(Region::reserve_pages(16)?, PolicyKind::FirstFit);
/// arena.set_guards(Some(Guards::default()));
/// # let owner = Owner::new(MemoryCategory::ECS, Tag(7));
/// let taken = arena.allocate(&Request { size: Bytes::new(10), align: Bytes::new(8), owner, now: Micros::ZERO })?;
/// // A write behind the end, as a wrong length in a copy would do it.
/// arena.poke(taken.offset.checked_add(Bytes::new(10)).unwrap(), 0);
/// arena.deallocate(taken.id)?;
/// let hit = arena.take_guard_hits()[0];
/// assert_eq!((hit.fault, hit.owner, hit.expected, hit.found), (GuardFault::Overrun, owner, 0xfd, 0));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Guards {
    /// Most ranges in quarantine. Room for their names is reserved when guards are
    /// switched on, 4 B each.
    pub quarantine_frees: u32,
    /// Most bytes in quarantine.
    pub quarantine_bytes: Bytes,
}

impl Guards {
    /// Bytes between the start of a guarded range and its payload, for a payload of
    /// alignment `align`: what [`Allocation::offset`](super::Allocation) is away from
    /// where walks and frees say that the range begins.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// # use arenascope_units::owner::MemoryCategory;
    /// # use arenascope_units::*;
    /// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
    /// # arena.set_guards(Some(Guards::default()));
    /// # let owner = MemoryCategory::ECS.into();
    /// # let request = Request { size: Bytes::new(100), align: Bytes::new(64), owner, now: Micros::ZERO };
    /// let taken = arena.allocate(&request)?;
    /// let start = taken.offset.saturating_sub(Guards::lead(request.align));
    /// assert_eq!(arena.deallocate(taken.id)?.offset, start);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const fn lead(align: Bytes) -> Bytes {
        // Alignments of requests are 64 KiB at most.
        Bytes::new(lead_of(align.get() as u32) as u64)
    }
}

impl Default for Guards {
    /// 4096 ranges and 8 MiB: some frames of a game.
    fn default() -> Self {
        Self { quarantine_frees: 4096, quarantine_bytes: Bytes::mib(8) }
    }
}

/// Where a stray write went.
///
/// ```
/// # use arenascope_arena::GuardFault;
/// assert_eq!(GuardFault::Overrun.to_string(), "written behind its end");
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, IntoStaticStr)]
#[strum(serialize_all = "snake_case")]
pub enum GuardFault {
    /// In front of the payload.
    Underrun,
    /// Behind the payload, into its tail.
    Overrun,
    /// Into freed bytes, while they were in quarantine.
    AfterFree,
}

impl GuardFault {
    /// The name in files: `after_free`.
    ///
    /// ```
    /// # use arenascope_arena::GuardFault;
    /// assert_eq!(GuardFault::AfterFree.key(), "after_free");
    /// ```
    pub fn key(self) -> &'static str {
        self.into()
    }
}

impl fmt::Display for GuardFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Underrun => "written in front of its start",
            Self::Overrun => "written behind its end",
            Self::AfterFree => "written after its free",
        })
    }
}

/// A stray write, as found. Of several in one place, the one at the lowest address;
/// the place is restored, so that each is reported once.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_units::owner::MemoryCategory;
/// # use arenascope_units::*;
/// # let mut arena = Arena::new(Region::reserve_pages(4)?, PolicyKind::FirstFit);
/// # arena.set_guards(Some(Guards::default()));
/// # let owner = MemoryCategory::ECS.into();
/// # let request = Request { size: Bytes::new(100), align: GRANULE, owner, now: Micros::ZERO };
/// let taken = arena.allocate(&request)?;
/// arena.poke(taken.offset.saturating_sub(Bytes::new(1)), 0);
/// arena.sweep_guards();
/// let hit = arena.take_guard_hits()[0];
/// assert_eq!((hit.fault, hit.id, hit.found), (GuardFault::Underrun, taken.id, 0));
/// assert_eq!(hit.payload, Extent { offset: taken.offset, size: request.size });
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct GuardHit {
    /// Which side of the payload it went to, or into freed bytes.
    pub fault: GuardFault,
    /// The first corrupted byte, from the region's base.
    pub offset: Bytes,
    /// The byte that the guards had written there.
    pub expected: u8,
    /// The byte that was found instead.
    pub found: u8,
    /// Who holds the range, or held it last. Who wrote cannot be known; it is most
    /// often the same.
    pub owner: Owner,
    /// The allocation, live or freed.
    pub id: AllocationId,
    /// Its payload, without canaries.
    pub payload: Extent,
    /// When it was allocated.
    pub born: Micros,
}

impl fmt::Display for GuardHit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { fault, offset, expected, found, payload, .. } = self;
        write!(
            f,
            "{} bytes at offset {}: {fault}, at offset {}: {found:#04x} instead of {expected:#04x}",
            payload.size.get(),
            payload.offset.get(),
            offset.get()
        )
    }
}

/// Bytes in front of a guarded payload of alignment `align`, in bytes.
pub(crate) const fn lead_of(align: u32) -> u32 {
    let lead = if align < GRANULE_BYTES { GRANULE_BYTES } else { align };
    if lead > LEAD_MAX_BYTES { 0 } else { lead }
}

/// Bytes that a guarded allocation of alignment `align` takes more: a multiple of the
/// granule.
pub(crate) const fn overhead_of(align: u32) -> u32 {
    lead_of(align) + GRANULE_BYTES
}

/// Where the payload of a used or quarantined range starts, from the region's base.
pub(crate) fn payload_offset(entry: &Node) -> Bytes {
    let lead = if entry.is_guarded() { lead_of(entry.align()) } else { 0 };
    Bytes::new(to_bytes(entry.start).get() + u64::from(lead))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_lead_keeps_the_alignment_and_stays_small() {
        let lead = |exponent: u32| lead_of(1 << exponent);
        assert_eq!([lead(0), lead(4), lead(5), lead(8), lead(9), lead(16)], [16, 16, 32, 256, 0, 0]);
        for align in (0..17).map(|exponent| 1 << exponent) {
            assert!(lead_of(align).is_multiple_of(align) && overhead_of(align).is_multiple_of(GRANULE_BYTES));
        }
    }
}
