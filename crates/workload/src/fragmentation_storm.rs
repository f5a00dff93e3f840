//! Random sizes and lifetimes in every category, from 32 B to 1 MiB, with a
//! demand that swells past what there is and ebbs again: free space shatters,
//! and requests fail.

use super::generator::{Generator, Place};
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;

/// Allocations that one frame asks for.
const REQUESTS: u32 = 48;
/// Frames from one ebb to the next.
const TIDE_FRAMES: u64 = 480;
/// Demand at ebb and flood, per cent of the total budget.
const EBB: u64 = 55;
const FLOOD: u64 = 108;
/// Categories by their share of the budget, per cent.
const SHARES: [u32; 6] = [25, 30, 20, 10, 10, 5];

#[derive(Default)]
pub(super) struct FragmentationStorm {
    live: Vec<(Slot, u32)>,
    live_bytes: u64,
}

impl Generator for FragmentationStorm {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        for _ in 0..REQUESTS {
            self.request(place, rng, script);
        }
        while self.live_bytes > demand(place) {
            self.free_any(rng, script);
        }
        // Some go for no reason: holes everywhere, not only at the margin.
        for _ in 0..REQUESTS / 3 {
            self.free_any(rng, script);
        }
    }
}

impl FragmentationStorm {
    fn request(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let size = place.bytes(rng.doubling(5, 20)).max(32);
        let align = if rng.once_in(8) { 256 << rng.below(5) } else { 16 };
        let owner = tags::STORM[pick_category(rng)];
        self.live.push((script.allocate_aligned(size, align, owner), size));
        self.live_bytes += u64::from(size);
    }

    fn free_any(&mut self, rng: &mut Rng, script: &mut Script) {
        let index = rng.below(self.live.len() as u32) as usize;
        if index < self.live.len() {
            let (slot, size) = self.live.swap_remove(index);
            script.free(slot);
            self.live_bytes -= u64::from(size);
        }
    }
}

/// Between ebb and flood.
fn demand(place: &Place) -> u64 {
    let percent = EBB + (FLOOD - EBB) * place.tide(TIDE_FRAMES) / TIDE_FRAMES;
    place.total_bytes / 100 * percent
}

fn pick_category(rng: &mut Rng) -> usize {
    let mut point = rng.below(100);
    for (index, share) in SHARES.into_iter().enumerate() {
        if point < share {
            return index;
        }
        point -= share;
    }
    0
}
