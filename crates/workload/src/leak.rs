//! A game loop that forgets a small allocation every now and then: the leak
//! that a leak finder must find, and the only one.

use super::game_loop::GameLoop;
use super::generator::{Generator, Place};
use super::rng::Rng;
use super::script::Script;
use super::tags;

/// What is forgotten at a time.
pub const LEAKED_BYTES: u32 = 256;
/// Frames from one forgotten allocation to the next.
pub const LEAK_EVERY_FRAMES: u64 = 8;

#[derive(Default)]
pub(super) struct Leak(GameLoop);

impl Generator for Leak {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.0.frame(place, rng, script);
        if place.frame.is_multiple_of(LEAK_EVERY_FRAMES) {
            script.allocate(LEAKED_BYTES, tags::FORGOTTEN);
        }
    }
}
