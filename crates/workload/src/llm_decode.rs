//! A decoder: layer after layer, a chunk of tokens attends to what is cached;
//! the caches of keys and values grow with the sequence, as in runtimes whose
//! tensors cannot grow in place.

use super::generator::{Generator, Place};
use super::network::AttentionShape;
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;

/// Layers, each with one key and one value tensor: 64 tensors.
const LAYERS: usize = 32;
/// Layers that run in one frame: a chunk takes eight frames.
const LAYERS_PER_FRAME: usize = 4;
/// Numbers per token in one tensor: one head of 8, so that 64 tensors of the
/// longest sequence are 16 MiB.
const WIDTH: u32 = 8;
/// Tokens that one pass through the layers appends.
const CHUNK: u32 = 16;
/// Tokens of the longest sequence, of a 256 MiB budget; then the next begins.
const SEQUENCE_TOKENS: u64 = 8192;
/// All layers share their weights, as in ALBERT (Lan et al., 2019).
const WEIGHTS_SEED: u64 = 7;
const VOCABULARY_BYTES: u32 = 128 << 10;

#[derive(Default)]
pub(super) struct LlmDecode {
    /// The block of the current length: a graph has one length only.
    block: Option<Slot>,
    caches: Vec<[Slot; 2]>,
    /// Tokens in the caches before this pass.
    past: u32,
    /// Layers that have run in this pass.
    done: usize,
}

impl Generator for LlmDecode {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        if self.done == LAYERS {
            self.begin_pass(place, script);
        }
        let block = *self
            .block
            .get_or_insert_with(|| script.load_model(AttentionShape::new(WIDTH, self.past, CHUNK), WEIGHTS_SEED));
        for layer in self.done..self.done + LAYERS_PER_FRAME {
            self.decode(block, layer, place.frame * LAYERS as u64 + layer as u64, script);
        }
        self.done += LAYERS_PER_FRAME;
        let logits = script.allocate(VOCABULARY_BYTES + 4 * rng.below(4096), tags::LOGITS);
        script.free(logits);
    }
}

impl LlmDecode {
    /// Every layer has seen the chunk: the next one needs a longer graph, or is
    /// the first of another sequence.
    fn begin_pass(&mut self, place: &Place, script: &mut Script) {
        self.block.take().into_iter().for_each(|block| script.drop_model(block));
        self.past += CHUNK;
        self.done = 0;
        let longest = place.scaled(SEQUENCE_TOKENS).clamp(u64::from(CHUNK), SEQUENCE_TOKENS);
        if u64::from(self.past) >= longest {
            self.caches.drain(..).flatten().for_each(|tensor| script.drop_tensor(tensor));
            self.past = 0;
        }
    }

    fn decode(&mut self, block: Slot, layer: usize, seed: u64, script: &mut Script) {
        match self.caches.get_mut(layer) {
            Some(cache) => *cache = script.decode(block, seed, Some(*cache), tags::KV_CACHE),
            None => self.caches.push(script.decode(block, seed, None, tags::KV_CACHE)),
        }
    }
}
