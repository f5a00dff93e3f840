//! Who pins the space: the owners whose ranges keep free space apart, by the free bytes
//! that they block, at any moment of which there is a scene.

use super::scene::{Piece, Scene, What};
use crate::numbers::text::count;
use crate::run::names::Names;
use arenascope_units::Bytes;
use arenascope_units::owner::Owner;
use std::collections::BTreeMap;

/// One owner that keeps free space apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pinning {
    /// Category and tag of the ranges.
    pub owner: Owner,
    /// Its ranges next to free space.
    pub ranges: u64,
    /// Bytes of those ranges.
    pub held_bytes: u64,
    /// Bytes of the free ranges next to them, each counted once.
    pub blocked_bytes: u64,
    /// The largest stretch that would be free were all of this owner's ranges gone.
    pub opens_bytes: u64,
}

/// What is known of one owner while the pieces are passed over.
#[derive(Clone, Debug, Default)]
struct Sum {
    ranges: u64,
    held_bytes: u64,
    blocked_bytes: u64,
    opens_bytes: u64,
    /// The free range that was counted last: where it begins.
    counted: Option<u64>,
    /// The stretch of free and own ranges that goes on, while it does.
    stretch: core::ops::Range<u64>,
    /// There is a free range in it.
    is_open: bool,
}

/// The owners with ranges next to free space, the most blocked bytes first. At an earlier
/// moment, where free is not told from cached, all that is not used counts as free.
/// O(pieces · log owners).
pub fn pinning_owners(scene: &Scene) -> Vec<Pinning> {
    let pieces = scene.pieces();
    let mut sums: BTreeMap<Owner, Sum> = BTreeMap::new();
    for (place, piece) in pieces.iter().enumerate() {
        let Some(holder) = piece.holder() else { continue };
        let free = |place: Option<usize>| place.and_then(|place| pieces.get(place)).filter(|piece| is_free(piece));
        let beside = [free(place.checked_sub(1)), free(place.checked_add(1))];
        sums.entry(holder.owner).or_default().pass(piece, beside);
    }
    let pinning = |(owner, sum): (Owner, Sum)| Pinning {
        owner,
        ranges: sum.ranges,
        held_bytes: sum.held_bytes,
        blocked_bytes: sum.blocked_bytes,
        opens_bytes: sum.opens_bytes,
    };
    let mut owners: Vec<Pinning> = sums.into_iter().map(pinning).filter(|owner| owner.blocked_bytes > 0).collect();
    owners.sort_by_key(|owner| core::cmp::Reverse((owner.blocked_bytes, owner.opens_bytes)));
    owners
}

impl Sum {
    /// Takes in a range of the owner, with the free ranges before and behind it.
    fn pass(&mut self, piece: &Piece, [before, behind]: [Option<&Piece>; 2]) {
        let from = before.map_or(piece.offset_bytes, |free| free.offset_bytes);
        let to = behind.map_or(piece.end_bytes(), Piece::end_bytes);
        let goes_on = !self.stretch.is_empty() && from <= self.stretch.end;
        let has_free = before.is_some() || behind.is_some();
        self.stretch = if goes_on { self.stretch.start..to } else { from..to };
        self.is_open = has_free || goes_on && self.is_open;
        if self.is_open {
            self.opens_bytes = self.opens_bytes.max(self.stretch.end - self.stretch.start);
        }
        if !has_free {
            return;
        }
        self.ranges += 1;
        self.held_bytes += piece.size_bytes;
        for free in [before, behind].into_iter().flatten() {
            if self.counted.replace(free.offset_bytes) != Some(free.offset_bytes) {
                self.blocked_bytes += free.size_bytes;
            }
        }
    }
}

const fn is_free(piece: &Piece) -> bool {
    matches!(piece.what, What::Free | What::Unused)
}

/// One owner as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PinningLine {
    /// Category and tag of the ranges.
    pub owner: Owner,
    /// The name of the owner's tag.
    pub tag: String,
    /// Bytes of free ranges next to its own.
    pub blocked: String,
    /// Its ranges next to free space, how many.
    pub ranges: String,
    /// Bytes of those ranges.
    pub held: String,
    /// The largest stretch that would be free without it.
    pub opens: String,
}

/// The lines of some owners, in their order, of a run with these names.
pub fn lines(owners: &[Pinning], names: &Names) -> Vec<PinningLine> {
    let line = |pinning: &Pinning| PinningLine {
        owner: pinning.owner,
        tag: names.tag(pinning.owner.tag).into(),
        blocked: Bytes::new(pinning.blocked_bytes).to_string(),
        ranges: count(pinning.ranges),
        held: Bytes::new(pinning.held_bytes).to_string(),
        opens: Bytes::new(pinning.opens_bytes).to_string(),
    };
    owners.iter().map(line).collect()
}

#[cfg(test)]
mod tests {
    use super::super::scene::tests::{holder, scene};
    use super::*;
    use arenascope_units::owner::MemoryCategory;
    use proptest::prelude::*;

    #[test]
    fn owners_are_ranked_by_the_free_bytes_that_they_block() {
        let (one, other) =
            (What::Used(holder(MemoryCategory::ECS, 1, 0)), What::Used(holder(MemoryCategory::GPU_BUFFERS, 2, 0)));
        let scene = scene(&[
            (64, What::Metadata),
            (32, What::Free),
            (16, one),
            (64, What::Free),
            (16, one),
            (16, What::Free),
            (48, other),
            (16, What::Cached),
            (16, other),
        ]);
        let found = pinning_owners(&scene);
        let told: Vec<_> = found
            .iter()
            .map(|owner| (owner.owner.tag.0, owner.ranges, owner.held_bytes, owner.blocked_bytes, owner.opens_bytes))
            .collect();
        // The middle free range lies between two ranges of one: counted once.
        assert_eq!(told, [(1, 2, 32, 112, 144), (2, 1, 48, 16, 64)]);
        assert_eq!(lines(&found, &Names::engine())[0].blocked, "112 B");
    }

    #[test]
    fn where_nothing_is_free_nobody_pins() {
        let used = What::Used(holder(MemoryCategory::ECS, 1, 0));
        assert_eq!(pinning_owners(&scene(&[(64, What::Metadata), (64, used), (64, What::Cached)])), []);
        assert_eq!(pinning_owners(&Scene::default()), []);
    }

    proptest! {
        /// Against the definition, piece by piece.
        #[test]
        fn it_is_what_the_definition_says(kinds in prop::collection::vec((1..9_u64, 0..5_u16), 1..60)) {
            let what = |kind: u16| match kind {
                0 => What::Free,
                1 => What::Cached,
                2 => What::Unused,
                tag => What::Used(holder(MemoryCategory::ECS, tag, 0)),
            };
            let mut last_free = false;
            let mut parts = Vec::new();
            for (granules, kind) in kinds {
                // Two free ranges never lie side by side.
                let is_free = kind == 0 || kind == 2;
                if !(is_free && last_free) {
                    parts.push((granules * 16, what(kind)));
                }
                last_free = is_free;
            }
            let scene = scene(&parts);
            let pieces = scene.pieces();
            for pinning in pinning_owners(&scene) {
                let is_own = |piece: &Piece| piece.holder().is_some_and(|holder| holder.owner == pinning.owner);
                let beside = |place: usize| place.checked_sub(1).into_iter().chain([place + 1]).filter_map(|at| pieces.get(at));
                let blocked: u64 = (0..pieces.len())
                    .filter(|place| is_free(&pieces[*place]) && beside(*place).any(is_own))
                    .map(|place| pieces[place].size_bytes)
                    .sum();
                prop_assert_eq!(pinning.blocked_bytes, blocked);
                let with_own = pieces.split(|piece| !is_free(piece) && !is_own(piece)).filter(|run| run.iter().any(is_own) && run.iter().any(is_free));
                let most = with_own.map(|run| run.iter().map(|piece| piece.size_bytes).sum::<u64>()).max();
                prop_assert_eq!(Some(pinning.opens_bytes), most);
            }
        }
    }
}
