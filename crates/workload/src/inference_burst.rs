//! Networks that are loaded, run in a burst and dropped; perceptrons and
//! convolution nets in turn; tensors live for one call.

use super::generator::{Generator, Place};
use super::network::{ConvolutionShape, MlpShape, Network};
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;

/// One load, burst and drop.
const CYCLE_FRAMES: u64 = 60;
/// Frames of a burst, in which models run.
const BURST_FRAMES: u64 = 36;
const PERCEPTRONS: [MlpShape; 4] = [
    MlpShape::new(64, 128, 32),
    MlpShape::new(256, 512, 64),
    MlpShape::new(128, 256, 128),
    MlpShape::new(512, 512, 16),
];
/// Pictures of 16 to 32 pixels; the reference runs them on the CPU as well.
const CONVOLUTIONS: [ConvolutionShape; 3] =
    [ConvolutionShape::new(3, 32, 8, 10), ConvolutionShape::new(1, 28, 8, 10), ConvolutionShape::new(3, 16, 16, 32)];

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
        for index in 0..rng.between(2, 3) {
            let network = if index % 2 == 0 { perceptron(place, rng) } else { convolution(rng) };
            self.loaded.push(script.load_model(network, place.frame + u64::from(rng.below(1000))));
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

fn perceptron(place: &Place, rng: &mut Rng) -> Network {
    place.network(PERCEPTRONS[rng.below(PERCEPTRONS.len() as u32) as usize]).into()
}

/// Small already: 33 KB of weights at most.
fn convolution(rng: &mut Rng) -> Network {
    CONVOLUTIONS[rng.below(CONVOLUTIONS.len() as u32) as usize].into()
}
