//! A game at work: entities come and go with the crowd on screen, every frame
//! brings its uniforms, vertices and scratch, the scene's meshes and materials
//! are replaced one by one, a small network thinks.

use super::generator::{Generator, Place};
use super::lifetimes::Lifetimes;
use super::network::MlpShape;
use super::rng::Rng;
use super::scene::Scene;
use super::script::Script;
use super::step::Slot;
use super::tags;
use arenascope_pool::BufferUsage;

/// One chunk of an archetype, the size that common ECS libraries use.
const CHUNK_BYTES: u32 = 16 << 10;
/// Chunks of a 256 MiB arena when nobody is on screen (20 MiB of the 64 MiB
/// for ECS), and when everybody is (48 MiB).
const CHUNKS_QUIET: u64 = 1280;
const CHUNKS_CROWDED: u64 = 3072;
/// Frames from one crowd to the next.
const CROWD_FRAMES: u64 = 720;
/// Scratch is double-buffered: the frame after next reuses it.
const SCRATCH_FRAMES: u64 = 2;
const MIND: MlpShape = MlpShape::new(256, 512, 64);
/// Numbers in each of the tensors in which the network remembers.
const MEMORY_ELEMENTS: u32 = 96 << 10;
const MEMORIES: usize = 12;

#[derive(Default)]
pub(super) struct GameLoop {
    chunks: Vec<Slot>,
    entities: Lifetimes,
    scratch: Lifetimes,
    scene: Scene,
    mind: Option<Slot>,
    memories: Vec<Slot>,
}

impl Generator for GameLoop {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.churn_chunks(place, rng, script);
        self.churn_entities(place, rng, script);
        self.scene.frame(place, rng, script);
        self.scratch(place, rng, script);
        draw(place, rng, script);
        self.think(place, script);
    }
}

impl GameLoop {
    fn churn_chunks(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let wanted = crowd(place);
        // At most a screenful arrives at once; some come and go at all times.
        let arrivals = wanted.saturating_sub(self.chunks.len()).min(64) + rng.below(4) as usize;
        let departures = self.chunks.len().saturating_sub(wanted).min(64) + rng.below(4) as usize;
        for _ in 0..arrivals {
            self.chunks.push(script.allocate_aligned(CHUNK_BYTES, 4096, tags::ARCHETYPE_CHUNK));
        }
        for _ in 0..departures.min(self.chunks.len()) {
            let index = rng.below(self.chunks.len() as u32) as usize;
            script.free(self.chunks.swap_remove(index));
        }
    }

    fn churn_entities(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.entities.ending(place.frame).into_iter().for_each(|entity| script.free(entity));
        for _ in 0..rng.between(12, 36) {
            let entity = script.allocate(rng.doubling(5, 11), tags::ENTITY);
            // Most entities are short-lived, a few stay for ten seconds.
            let frames = rng.doubling(0, 9) + if rng.once_in(16) { 300 } else { 0 };
            self.entities.until(place.frame + u64::from(frames), entity);
        }
    }

    fn scratch(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.scratch.ending(place.frame).into_iter().for_each(|range| script.free(range));
        for _ in 0..rng.between(6, 14) {
            let range = script.allocate(place.bytes(rng.doubling(14, 19)), tags::SCRATCH);
            self.scratch.until(place.frame + SCRATCH_FRAMES, range);
        }
    }

    fn think(&mut self, place: &Place, script: &mut Script) {
        let mind = *self.mind.get_or_insert_with(|| script.load_model(place.network(MIND), 1));
        if !place.frame.is_multiple_of(4) {
            return;
        }
        script.run_model(mind, place.frame);
        // The oldest memory makes room for a new one of another length.
        if place.frame.is_multiple_of(8) {
            let length = place.bytes(MEMORY_ELEMENTS) / 4 * (1 + place.frame as u32 / 8 % 4);
            self.memories.push(script.tensor(length, tags::MEMORY));
        }
        if self.memories.len() > MEMORIES {
            script.drop_tensor(self.memories.remove(0));
        }
    }
}

/// Chunks wanted in this frame: a tide between quiet and crowded.
fn crowd(place: &Place) -> usize {
    let (quiet, crowded) = (place.scaled(CHUNKS_QUIET).max(8), place.scaled(CHUNKS_CROWDED).max(16));
    let height = place.tide(CROWD_FRAMES);
    (quiet + (crowded - quiet) * height / CROWD_FRAMES) as usize
}

/// What every frame uploads, computes and gives back.
fn draw(place: &Place, rng: &mut Rng, script: &mut Script) {
    let uniform_usage = BufferUsage::UNIFORM | BufferUsage::COPY_DST;
    let vertex_usage = BufferUsage::STORAGE | BufferUsage::VERTEX | BufferUsage::COPY_DST;
    let uniforms: Vec<Slot> =
        (0..3).map(|_| script.buffer(256 * rng.between(1, 16), uniform_usage, tags::UNIFORMS)).collect();
    let vertices: Vec<Slot> =
        (0..4).map(|_| script.buffer(place.bytes(rng.doubling(13, 18)) & !15, vertex_usage, tags::VERTICES)).collect();
    let skinned = script.buffer(128 << 10, BufferUsage::STORAGE | BufferUsage::COPY_SRC, tags::COMPUTE_OUTPUT);
    uniforms.iter().chain(&vertices).for_each(|&buffer| script.upload(buffer));
    vertices.iter().take(2).for_each(|&buffer| script.dispatch(buffer, skinned));
    uniforms.into_iter().chain(vertices).chain([skinned]).for_each(|buffer| script.release(buffer));
}
