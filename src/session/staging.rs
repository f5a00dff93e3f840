//! Uploads on their way to the device: through a ring in the arena, and beside
//! it where the ring is full.

use super::engine::Session;
use super::live::Held;
use super::request::Stage;
use crate::owner::{Heap, Owner};
use crate::pool::{Piece, StagingRing, StagingStatistics};
use crate::units::Bytes;
use crate::workload::tags;

/// Alignment of stages: what WebGPU wants of rows of a texture copy.
const STAGE_ALIGN: Bytes = Bytes::new(256);
/// The ring's part of the total: 8 MiB of the usual 256.
const RING_PART: u64 = 32;

/// The ring of a run, and the range of the arena that it lies in, which comes with
/// the first upload and goes where memory is short. The ring's totals stay.
#[derive(Debug)]
pub(super) struct Staging {
    held: Option<Held>,
    pub(super) ring: StagingRing,
}

impl Staging {
    /// For an arena of so many bytes.
    pub(super) fn new(arena: Bytes) -> Self {
        Self { held: None, ring: StagingRing::new(Bytes::new(arena.get() / RING_PART)) }
    }

    /// The ring's figures; its capacity is zero while it has no memory.
    pub(super) fn statistics(&self) -> StagingStatistics {
        let statistics = self.ring.statistics();
        let capacity = if self.held.is_some() { statistics.capacity } else { Bytes::ZERO };
        StagingStatistics { capacity, ..statistics }
    }
}

impl Session<'_> {
    /// A place in the arena for an upload of the frame being recorded; the GPU's
    /// completion gives it back.
    pub(super) fn stage(&mut self, size: Bytes, owner: Owner) -> Option<Stage> {
        if let Some(stage) = self.stage_in_ring(size) {
            return Some(stage);
        }
        let held = self.take_range(size, STAGE_ALIGN, owner)?;
        let stage = Stage { range: held.allocation.id, offset: Bytes::ZERO, size };
        self.run.stages.push(held);
        Some(stage)
    }

    fn stage_in_ring(&mut self, size: Bytes) -> Option<Stage> {
        if self.run.staging.held.is_none() {
            self.run.staging.held = self.open_ring();
        }
        let Staging { held, ring } = &mut self.run.staging;
        let Some(held) = held else {
            ring.pass_by(size);
            return None;
        };
        let Piece { offset, size } = ring.take(size, STAGE_ALIGN).ok()?;
        Some(Stage { range: held.allocation.id, offset, size })
    }

    /// The ring is a convenience: where the budget has no room for it, uploads
    /// stage one by one, and nobody is told of a refusal.
    fn open_ring(&mut self) -> Option<Held> {
        let size = self.run.staging.ring.capacity();
        if !self.run.budget.has_room(tags::STAGING, Heap::Arena, size) {
            return None;
        }
        self.take_range(size, STAGE_ALIGN, tags::STAGING)
    }

    /// Gives the ring's memory back where nothing is in flight; the next upload
    /// takes it anew. True where there was something to give.
    pub(super) fn close_idle_ring(&mut self) -> bool {
        let Staging { held, ring } = &mut self.run.staging;
        let idle = held.take_if(|_| ring.is_idle());
        let given = idle.is_some();
        idle.into_iter().for_each(|held| self.give_range_back(held));
        given
    }

    /// The bytes of a stage, in place: what the platform hands to WebGPU. `None`
    /// where it is gone.
    pub fn with_stage<R>(&self, stage: Stage, read: impl FnOnce(&[u8]) -> R) -> Option<R> {
        let (start, size) = (stage.offset.to_usize()?, stage.size.to_usize()?);
        self.with_payload(stage.range, |bytes| bytes.get(start..start.checked_add(size)?).map(read))?
    }

    /// Lets `fill` write the bytes of a stage.
    pub(super) fn write_stage(&self, stage: Stage, fill: impl FnOnce(&mut [u8])) {
        let (Some(start), Some(size)) = (stage.offset.to_usize(), stage.size.to_usize()) else { return };
        self.write(stage.range, |bytes| {
            if let Some(part) = bytes.get_mut(start..start + size) {
                fill(part);
            }
        });
    }
}
