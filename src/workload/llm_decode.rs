//! A decoder: one network run per token, and key/value tensors that grow with
//! the sequence, as in runtimes whose tensors cannot grow in place.

use super::generator::{Generator, Place};
use super::mlp::MlpShape;
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;

const BLOCK: MlpShape = MlpShape::new(128, 256, 128);
/// Layers, each with one key and one value tensor.
const LAYERS: u64 = 8;
/// Numbers per token in one tensor: one head of 64.
const TOKEN_ELEMENTS: u32 = 64;
/// Tensors grow by this many tokens at a time.
const GROWTH_TOKENS: u64 = 16;
/// Tokens of one sequence; then the next begins.
const SEQUENCE_TOKENS: u64 = 1024;
const VOCABULARY_BYTES: u32 = 128 << 10;

#[derive(Default)]
pub(super) struct LlmDecode {
    block: Option<Slot>,
    cache: Vec<Slot>,
}

impl Generator for LlmDecode {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let block = *self.block.get_or_insert_with(|| script.load_model(place.network(BLOCK), 7));
        let token = place.frame % SEQUENCE_TOKENS;
        if token == 0 {
            self.cache.drain(..).for_each(|tensor| script.drop_tensor(tensor));
        }
        self.grow(token, script);
        script.run_model(block, place.frame);
        let logits = script.allocate(VOCABULARY_BYTES + 4 * rng.below(4096), tags::LOGITS);
        script.free(logits);
    }
}

impl LlmDecode {
    /// Each layer grows in a frame of its own, as layers run one after another.
    fn grow(&mut self, token: u64, script: &mut Script) {
        if token < LAYERS && self.cache.len() < 2 * LAYERS as usize {
            let elements = GROWTH_TOKENS as u32 * TOKEN_ELEMENTS;
            self.cache.extend([script.tensor(elements, tags::KV_CACHE), script.tensor(elements, tags::KV_CACHE)]);
            return;
        }
        let layer = (token % GROWTH_TOKENS) as usize;
        let tokens = (token / GROWTH_TOKENS + 1) * GROWTH_TOKENS;
        for index in [2 * layer, 2 * layer + 1] {
            if let Some(tensor) = self.cache.get_mut(index) {
                let larger = script.tensor(tokens as u32 * TOKEN_ELEMENTS, tags::KV_CACHE);
                script.drop_tensor(std::mem::replace(tensor, larger));
            }
        }
    }
}
