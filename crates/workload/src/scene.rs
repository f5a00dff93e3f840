//! The scene of a game: meshes and materials on the device, with what the
//! engine keeps of them in the arena. One arrives at a time; when all are
//! there, one replaces the oldest now and then.

use super::generator::Place;
use super::lifetimes::Lifetimes;
use super::rng::Rng;
use super::script::Script;
use super::step::Slot;
use super::tags;
use arenascope_pool::{BufferUsage, TextureFormat, TextureSpec, TextureUsage};
use std::collections::VecDeque;

/// Meshes and materials of a 256 MiB budget.
const MESHES: usize = 36;
const MATERIALS: usize = 16;
/// A mesh arrives this often while loading, and is replaced this often after.
const LOAD_FRAMES: u64 = 2;
const REPLACE_FRAMES: u64 = 45;
/// How long the decoded source of a material stays.
const SOURCE_FRAMES: u64 = 90;

/// A mesh on the device, and its collision geometry in the arena.
struct Mesh {
    device: Slot,
    collision: Slot,
}

#[derive(Default)]
pub(super) struct Scene {
    meshes: VecDeque<Mesh>,
    materials: VecDeque<Slot>,
    sources: Lifetimes,
}

impl Scene {
    pub(super) fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.sources.ending(place.frame).into_iter().for_each(|source| script.free(source));
        let due = |full: bool| place.frame.is_multiple_of(if full { REPLACE_FRAMES } else { LOAD_FRAMES });
        if due(self.meshes.len() == MESHES) {
            self.mesh(place, rng, script);
        }
        if due(self.materials.len() == MATERIALS) {
            self.material(place, rng, script);
        }
    }

    fn mesh(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        if self.meshes.len() == MESHES
            && let Some(oldest) = self.meshes.pop_front()
        {
            script.release(oldest.device);
            script.free(oldest.collision);
        }
        let size = place.bytes(rng.doubling(18, 20)) & !15;
        let usage = BufferUsage::VERTEX | BufferUsage::INDEX | BufferUsage::STORAGE | BufferUsage::COPY_DST;
        let device = script.buffer(size, usage, tags::SCENE_MESH);
        script.upload(device);
        let collision = script.allocate_aligned(size / 2 + rng.below(4096), 64, tags::COLLISION);
        self.meshes.push_back(Mesh { device, collision });
    }

    fn material(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        if self.materials.len() == MATERIALS
            && let Some(oldest) = self.materials.pop_front()
        {
            script.release(oldest);
        }
        let edge = place.edge(256 << rng.below(2));
        let usage = TextureUsage::TEXTURE_BINDING | TextureUsage::COPY_DST;
        let image = TextureSpec::image(edge, edge, TextureFormat::Rgba8Unorm, usage);
        let material = script.texture(TextureSpec { mips: image.mips_max(), ..image }, tags::MATERIAL);
        script.upload(material);
        self.materials.push_back(material);
        let source = script.allocate_aligned(edge * edge * 4, 256, tags::MATERIAL);
        self.sources.until(place.frame + SOURCE_FRAMES, source);
    }
}
