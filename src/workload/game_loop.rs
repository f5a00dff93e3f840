//! A game at work: entities come and go, every frame brings its uniforms,
//! vertices and scratch, a small network thinks now and then.

use super::generator::{Generator, Place};
use super::lifetimes::Lifetimes;
use super::mlp::MlpShape;
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;
use crate::pool::{BufferUsage, TextureFormat, TextureSpec, TextureUsage};

/// One chunk of an archetype, the size that common ECS libraries use.
const CHUNK_BYTES: u32 = 16 << 10;
/// Chunks at rest in a 256 MiB arena: 24 MiB of the 64 MiB for ECS.
const CHUNKS: u64 = 1536;
const MIND: MlpShape = MlpShape::new(64, 128, 32);

#[derive(Default)]
pub(super) struct GameLoop {
    chunks: Vec<Slot>,
    entities: Lifetimes,
    mind: Option<Slot>,
}

impl Generator for GameLoop {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        if place.frame == 0 {
            self.open(place, rng, script);
        }
        self.churn_chunks(place, rng, script);
        self.churn_entities(place, rng, script);
        draw(rng, script);
        self.think(place, script);
    }
}

impl GameLoop {
    fn open(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let wanted = place.scaled(CHUNKS).max(8);
        self.chunks = (0..wanted).map(|_| script.allocate_aligned(CHUNK_BYTES, 4096, tags::ARCHETYPE_CHUNK)).collect();
        let usage = TextureUsage::TEXTURE_BINDING | TextureUsage::COPY_DST;
        for _ in 0..place.scaled(6).max(1) {
            let edge = 256 << rng.below(2);
            let image = TextureSpec::image(edge, edge, TextureFormat::Rgba8Unorm, usage);
            let material = script.texture(TextureSpec { mips: image.mips_max(), ..image }, tags::MATERIAL);
            script.upload(material);
        }
        self.mind = Some(script.load_model(place.network(MIND), 1));
    }

    fn churn_chunks(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let wanted = place.scaled(CHUNKS).max(8) as usize;
        for _ in 0..rng.between(2, 10) {
            // Drifts around the wanted number; the further off, the stronger.
            let grow = rng.below(2 * wanted as u32) as usize >= self.chunks.len();
            if grow {
                self.chunks.push(script.allocate_aligned(CHUNK_BYTES, 4096, tags::ARCHETYPE_CHUNK));
            } else if !self.chunks.is_empty() {
                let index = rng.below(self.chunks.len() as u32) as usize;
                script.free(self.chunks.swap_remove(index));
            }
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

    fn think(&mut self, place: &Place, script: &mut Script) {
        if let (Some(mind), 0) = (self.mind, place.frame % 4) {
            script.run_model(mind, place.frame);
        }
    }
}

/// What every frame uploads, computes and throws away.
fn draw(rng: &mut Rng, script: &mut Script) {
    let scratch: Vec<Slot> =
        (0..rng.between(4, 10)).map(|_| script.allocate(rng.doubling(10, 16), tags::SCRATCH)).collect();
    let uniform_usage = BufferUsage::UNIFORM | BufferUsage::COPY_DST;
    let vertex_usage = BufferUsage::STORAGE | BufferUsage::VERTEX | BufferUsage::COPY_DST;
    let uniforms: Vec<Slot> =
        (0..3).map(|_| script.buffer(256 * rng.between(1, 16), uniform_usage, tags::UNIFORMS)).collect();
    let vertices: Vec<Slot> =
        (0..4).map(|_| script.buffer(rng.doubling(12, 17) & !15, vertex_usage, tags::VERTICES)).collect();
    let skinned = script.buffer(128 << 10, BufferUsage::STORAGE | BufferUsage::COPY_SRC, tags::COMPUTE_OUTPUT);
    uniforms.iter().chain(&vertices).for_each(|&buffer| script.upload(buffer));
    vertices.iter().take(2).for_each(|&buffer| script.dispatch(buffer, skinned));
    uniforms.into_iter().chain(vertices).chain([skinned]).for_each(|buffer| script.release(buffer));
    scratch.into_iter().rev().for_each(|range| script.free(range));
}
