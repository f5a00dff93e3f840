//! Uploads on their way to the device: through a ring in the arena, and beside
//! it where the ring is full.

use super::ring::Staging;
use crate::ledger;
use crate::request::Stage;
use crate::session::Session;
use arenascope_pool::Piece;
use arenascope_units::Bytes;
use arenascope_units::owner::{Heap, Owner};
use arenascope_workload::tags;
use core::ops::Range;

/// Alignment of stages: what WebGPU wants of rows of a texture copy.
const STAGE_ALIGN: Bytes = Bytes::new(256);

impl Session<'_> {
    /// A place in the arena for an upload of the frame being recorded; the GPU's
    /// completion gives it back.
    pub(crate) fn stage(&mut self, size: Bytes, owner: Owner) -> Option<Stage> {
        if let Some(stage) = self.stage_in_ring(size) {
            return Some(stage);
        }
        let held = self.take_range(whole_words(size), STAGE_ALIGN, owner)?;
        let stage = Stage { range: held.id, offset: Bytes::ZERO, size };
        self.run.gpu.stages.push(held);
        Some(stage)
    }

    fn stage_in_ring(&mut self, size: Bytes) -> Option<Stage> {
        if self.run.gpu.staging.held.is_none() {
            self.run.gpu.staging.held = self.open_ring();
        }
        let Staging { held, ring } = &mut self.run.gpu.staging;
        let Some(held) = held else {
            ring.pass_by(size);
            return None;
        };
        let Piece { offset, size } = ring.take(size, STAGE_ALIGN).ok()?;
        Some(Stage { range: held.id, offset, size })
    }

    /// The ring is a convenience: where the budget has no room for it, uploads
    /// stage one by one, and nobody is told of a refusal.
    fn open_ring(&mut self) -> Option<ledger::Range> {
        let size = self.run.gpu.staging.ring.capacity();
        if !self.run.budget.tree.has_room(tags::STAGING, Heap::Arena, size) {
            return None;
        }
        let held = self.take_range(size, STAGE_ALIGN, tags::STAGING)?;
        // It goes where memory is short.
        held.note_idle();
        Some(held)
    }

    /// Gives the ring's memory back where nothing is in flight; the next upload
    /// takes it anew. True where there was something to give.
    pub(crate) fn close_idle_ring(&mut self) -> bool {
        let Staging { held, ring } = &mut self.run.gpu.staging;
        let idle = held.take_if(|_| ring.is_idle());
        let given = idle.is_some();
        idle.into_iter().for_each(|held| self.give_range_back(held));
        given
    }

    /// The bytes of a stage: what the platform hands to WebGPU. `None` where it is gone.
    pub fn with_stage<R>(&self, stage: Stage, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        self.with_part(stage.range, part_of(stage)?, read)
    }

    /// Lets `fill` write the bytes of a stage.
    pub(crate) fn write_stage(&self, stage: Stage, fill: impl FnOnce(&mut [u8])) {
        if let Some(part) = part_of(stage) {
            self.write_part(stage.range, part, fill);
        }
    }
}

fn part_of(stage: Stage) -> Option<Range<usize>> {
    let start = stage.offset.to_usize()?;
    Some(start..start.checked_add(stage.size.to_usize()?)?)
}

/// So that the last bytes are in a word too: payloads may be read word by word.
fn whole_words(size: Bytes) -> Bytes {
    Bytes::new(size.get().next_multiple_of(4))
}
