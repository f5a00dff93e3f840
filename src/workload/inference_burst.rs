//! Networks that are loaded, run in a burst and dropped; tensors live for one
//! call.

use super::generator::{Generator, Place};
use super::mlp::MlpShape;
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;

/// One load, burst and drop.
const CYCLE_FRAMES: u64 = 60;
/// The burst's length.
const BURST_FRAMES: u64 = 36;
const SHAPES: [MlpShape; 4] = [
    MlpShape::new(64, 128, 32),
    MlpShape::new(256, 512, 64),
    MlpShape::new(128, 256, 128),
    MlpShape::new(512, 512, 16),
];

#[derive(Default)]
pub(super) struct InferenceBurst {
    loaded: Vec<Slot>,
}

impl Generator for InferenceBurst {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let phase = place.frame % CYCLE_FRAMES;
        if phase == 0 {
            self.load(place, rng, script);
        }
        if (1..=BURST_FRAMES).contains(&phase) {
            self.burst(place, rng, script);
        }
        if phase == BURST_FRAMES + 1 {
            self.loaded.drain(..).for_each(|model| script.drop_model(model));
        }
    }
}

impl InferenceBurst {
    fn load(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        for _ in 0..rng.between(2, 3) {
            let shape = place.network(SHAPES[rng.below(SHAPES.len() as u32) as usize]);
            self.loaded.push(script.load_model(shape, place.frame + u64::from(rng.below(1000))));
        }
    }

    fn burst(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let features = script.allocate_aligned(rng.doubling(13, 17), 64, tags::SCRATCH);
        for (index, &model) in self.loaded.iter().enumerate() {
            script.run_model(model, place.frame * 8 + index as u64);
        }
        script.free(features);
    }
}
