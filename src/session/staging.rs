//! Uploads on their way to the device: through a ring in the arena, and beside
//! it where the ring is full.

use super::engine::Session;
use super::live::Held;
use super::request::Stage;
use crate::owner::Owner;
use crate::pool::{Piece, StagingRing};
use crate::units::Bytes;
use crate::workload::tags;

/// Alignment of stages: what WebGPU wants of rows of a texture copy.
const STAGE_ALIGN: Bytes = Bytes::new(256);
/// The ring's part of the total: 8 MiB of the usual 256.
const RING_PART: u64 = 32;

/// The ring, and the range of the arena that it lies in.
#[derive(Debug)]
pub(super) struct Staging {
    held: Held,
    pub(super) ring: StagingRing,
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
        if self.run.staging.is_none() {
            self.run.staging = self.open_ring();
        }
        let staging = self.run.staging.as_mut()?;
        let Piece { offset, size } = staging.ring.take(size, STAGE_ALIGN).ok()?;
        Some(Stage { range: staging.held.allocation.id, offset, size })
    }

    /// The ring is a convenience: where the budget has no room for it, uploads
    /// stage one by one, and nobody is told of a refusal.
    fn open_ring(&mut self) -> Option<Staging> {
        let size = Bytes::new(self.config.arena_bytes.get() / RING_PART);
        if !self.run.budget.can_allocate(tags::STAGING, size) {
            return None;
        }
        let held = self.take_range(size, STAGE_ALIGN, tags::STAGING)?;
        Some(Staging { held, ring: StagingRing::new(size) })
    }

    /// Gives the ring's memory back where nothing is in flight; the next upload
    /// takes it anew. True where there was something to give.
    pub(super) fn close_idle_ring(&mut self) -> bool {
        let idle = self.run.staging.take_if(|staging| staging.ring.is_idle());
        let Some(staging) = idle else { return false };
        self.give_range_back(staging.held);
        true
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
