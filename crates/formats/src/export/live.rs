//! What lives at a time, and what an event changes of it.

use arenascope_trace::{Action, CategoryId, Event, Site, SpaceId};
use std::collections::HashMap;

/// One allocation that lives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Block {
    /// Its number among the allocations of the run, from 0.
    pub(super) ordinal: u64,
    /// Where it lies.
    pub(super) space: SpaceId,
    /// At which address.
    pub(super) address: u64,
    /// Its size now.
    pub(super) bytes: u64,
    /// What for.
    pub(super) category: CategoryId,
    /// Who asked.
    pub(super) site: Site,
    /// Since when.
    pub(super) begun_us: u64,
}

/// What an event changes of the sums.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Change {
    /// It lives now.
    Began(Block),
    /// It lives no more.
    Ended(Block),
    /// It lives on, with the size it has now.
    Resized { block: Block, from_bytes: u64 },
    /// A space has more behind it.
    Reserved { space: SpaceId, address: u64, bytes: u64 },
    /// It has less.
    Released { space: SpaceId, address: u64, bytes: u64 },
}

/// Everything that lives. Frees and resizes of what does not change nothing; an id that is
/// taken while it lives ends what had it.
#[derive(Debug, Default)]
pub(super) struct Live {
    by_id: HashMap<u64, Block>,
    begun: u64,
}

impl Live {
    /// Takes in the next event; two changes where an id was taken twice. O(1).
    pub(super) fn apply(&mut self, event: &Event) -> impl Iterator<Item = Change> + use<> {
        let changes = match event.action {
            Action::Allocate { id, space, address, bytes, category } => {
                let (ordinal, site, begun_us) = (self.begun, event.site, event.time_us);
                self.begun += 1;
                let block = Block { ordinal, space, address, bytes, category, site, begun_us };
                [self.by_id.insert(id, block).map(Change::Ended), Some(Change::Began(block))]
            }
            Action::Free { id } => [self.by_id.remove(&id).map(Change::Ended), None],
            Action::Resize { id, bytes } => [self.resize(id, bytes), None],
            Action::Reserve { space, address, bytes } => [Some(Change::Reserved { space, address, bytes }), None],
            Action::Release { space, address, bytes } => [Some(Change::Released { space, address, bytes }), None],
            Action::FreeRequested { .. } | Action::Fail { .. } | Action::Mark { .. } | Action::Lost { .. } => {
                [None, None]
            }
        };
        changes.into_iter().flatten()
    }

    fn resize(&mut self, id: u64, bytes: u64) -> Option<Change> {
        let block = self.by_id.get_mut(&id)?;
        let from_bytes = std::mem::replace(&mut block.bytes, bytes);
        Some(Change::Resized { block: *block, from_bytes })
    }

    /// What has that id.
    pub(super) fn get(&self, id: u64) -> Option<&Block> {
        self.by_id.get(&id)
    }

    /// All that lives, in the order in which it began.
    pub(super) fn into_blocks(self) -> Vec<Block> {
        let mut blocks: Vec<_> = self.by_id.into_values().collect();
        blocks.sort_unstable_by_key(|block| block.ordinal);
        blocks
    }
}
