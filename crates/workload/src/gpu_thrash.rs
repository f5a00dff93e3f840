//! Buffers of ever new sizes, held for a few frames: what dynamic shapes do to
//! a pool, and the worst case of one that matches sizes exactly.

use super::generator::{Generator, Place};
use super::lifetimes::Lifetimes;
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;
use arenascope_pool::BufferUsage;

/// Buffers that one frame acquires and releases.
const BUFFERS: u32 = 12;

#[derive(Default)]
pub(super) struct GpuThrash {
    held: Lifetimes,
}

impl Generator for GpuThrash {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.held.ending(place.frame).into_iter().for_each(|buffer| script.release(buffer));
        let usage = BufferUsage::STORAGE | BufferUsage::COPY_DST | BufferUsage::COPY_SRC;
        let buffers: Vec<Slot> = (0..BUFFERS)
            .map(|_| script.buffer(place.bytes(rng.doubling(10, 20)).max(64) & !3, usage, tags::THRASH))
            .collect();
        for pair in buffers.chunks_exact(3) {
            script.upload(pair[0]);
            script.dispatch(pair[0], pair[1]);
        }
        for buffer in buffers {
            self.held.until(place.frame + u64::from(rng.between(1, 4)), buffer);
        }
    }
}
