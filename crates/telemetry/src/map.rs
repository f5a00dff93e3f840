//! The arena's walk as words on a [`super::board::Board`]: what the map draws
//! and what a hover reads.

use arenascope_units::owner::{MemoryCategory, Owner, Tag};

/// Words that one range takes on the board: its place, then its state.
pub const WORDS_PER_RANGE: usize = 2;
/// The arena's granule: offsets and sizes are multiples of it.
const GRANULE_BYTES: u64 = 16;
const FREE: u64 = 0xff;
const METADATA: u64 = 0xfe;
const CACHED: u64 = 0xfd;
const BORN_MASK: u64 = (1 << 40) - 1;

/// What a range of the arena is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MapState {
    /// Header and node table.
    Metadata,
    /// Free, in the hands of the placement policy.
    Free,
    /// Neither used nor free: in a thread's cache, or held back by guards.
    Cached,
    /// A live allocation, canaries included.
    Used {
        /// Category and tag that it was allocated for.
        owner: Owner,
        /// When it was allocated, µs of engine time (40 bits: 12 days).
        born_us: u64,
    },
}

/// One range of the arena.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MapRange {
    /// From the arena's base.
    pub offset_bytes: u64,
    /// Bytes of the range, a multiple of 16.
    pub size_bytes: u64,
    /// What the range is used for.
    pub state: MapState,
}

impl MapRange {
    /// In words. Offsets and sizes up to 64 GiB.
    pub fn to_words(self) -> [u64; WORDS_PER_RANGE] {
        let place = (self.offset_bytes / GRANULE_BYTES) << 32 | (self.size_bytes / GRANULE_BYTES) & 0xffff_ffff;
        let state = match self.state {
            MapState::Free => FREE,
            MapState::Metadata => METADATA,
            MapState::Cached => CACHED,
            MapState::Used { owner, born_us } => {
                (born_us & BORN_MASK) << 24 | u64::from(owner.tag.0) << 8 | owner.category.index() as u64
            }
        };
        [place, state]
    }

    /// From words; `None` for a category that does not exist.
    pub fn from_words(words: [u64; WORDS_PER_RANGE]) -> Option<Self> {
        let [place, state] = words;
        let state = match state & 0xff {
            FREE => MapState::Free,
            METADATA => MapState::Metadata,
            CACHED => MapState::Cached,
            category => MapState::Used {
                owner: Owner::new(MemoryCategory::from_index(category as usize)?, Tag((state >> 8 & 0xffff) as u16)),
                born_us: state >> 24,
            },
        };
        Some(Self {
            offset_bytes: (place >> 32) * GRANULE_BYTES,
            size_bytes: (place & 0xffff_ffff) * GRANULE_BYTES,
            state,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_back() {
        let owner = Owner::new(MemoryCategory::NPU_TENSORS, Tag(0xabcd));
        let used = MapState::Used { owner, born_us: BORN_MASK };
        for state in [MapState::Free, MapState::Metadata, MapState::Cached, used] {
            let range = MapRange { offset_bytes: (1 << 30) - 16, size_bytes: 1 << 30, state };
            assert_eq!(MapRange::from_words(range.to_words()), Some(range));
        }
        assert_eq!(MapRange::from_words([0, 17]), None);
    }
}
