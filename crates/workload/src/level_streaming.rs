//! A world that streams: regions with their mesh, texture and entities come
//! in, stay while the player is near, and go.

use super::generator::{Generator, Place};
use super::lifetimes::Lifetimes;
use super::rng::Rng;
use super::script::Script;
use super::tags;
use arenascope_pool::{BufferUsage, TextureFormat, TextureSpec, TextureUsage};
use arenascope_units::owner::Owner;

/// A region arrives this often.
const ARRIVAL_FRAMES: u64 = 12;
/// How long the decoded source of a texture stays in the arena, as for a
/// streamer that keeps it until the higher mips have been seen.
const SOURCE_FRAMES: u64 = 45;

#[derive(Default)]
pub(super) struct LevelStreaming {
    host: Lifetimes,
    device: Lifetimes,
}

impl Generator for LevelStreaming {
    fn frame(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        self.host.ending(place.frame).into_iter().for_each(|range| script.free(range));
        self.device.ending(place.frame).into_iter().for_each(|resource| script.release(resource));
        if place.frame.is_multiple_of(ARRIVAL_FRAMES) {
            self.arrive(place, rng, script);
        }
        cull(rng, script);
    }
}

impl LevelStreaming {
    fn arrive(&mut self, place: &Place, rng: &mut Rng, script: &mut Script) {
        let leaves = place.frame + u64::from(rng.between(50, 90));
        for _ in 0..rng.between(1, 4) {
            self.host(script, place.bytes(rng.doubling(18, 22)), tags::LEVEL_DATA, leaves);
        }
        let usage = BufferUsage::VERTEX | BufferUsage::INDEX | BufferUsage::STORAGE | BufferUsage::COPY_DST;
        let mesh = script.buffer(place.bytes(rng.doubling(19, 22)) & !15, usage, tags::LEVEL_MESH);
        script.upload(mesh);
        self.device.until(leaves, mesh);
        for _ in 0..rng.between(1, 2) {
            self.texture(place, rng, script, leaves);
        }
    }

    fn texture(&mut self, place: &Place, rng: &mut Rng, script: &mut Script, leaves: u64) {
        let edge = place.edge(256 << rng.below(3));
        let usage = TextureUsage::TEXTURE_BINDING | TextureUsage::COPY_DST;
        let image = TextureSpec::image(edge, edge, TextureFormat::Rgba8Unorm, usage);
        let spec = TextureSpec { mips: image.mips_max(), ..image };
        let texture = script.texture(spec, tags::LEVEL_TEXTURE);
        script.upload(texture);
        self.device.until(leaves, texture);
        self.host(script, edge * edge * 4, tags::LEVEL_TEXTURE, place.frame + SOURCE_FRAMES);
    }

    fn host(&mut self, script: &mut Script, size: u32, owner: Owner, leaves: u64) {
        let range = script.allocate_aligned(size, 256, owner);
        self.host.until(leaves, range);
    }
}

/// Per-frame culling on the GPU, and its scratch.
fn cull(rng: &mut Rng, script: &mut Script) {
    let scratch = script.allocate(rng.doubling(12, 16), tags::SCRATCH);
    let visible = script.buffer(64 << 10, BufferUsage::STORAGE | BufferUsage::COPY_DST, tags::COMPUTE_OUTPUT);
    let bounds =
        script.buffer(rng.doubling(12, 15) & !15, BufferUsage::STORAGE | BufferUsage::COPY_DST, tags::UNIFORMS);
    script.upload(bounds);
    script.dispatch(bounds, visible);
    script.release(bounds);
    script.release(visible);
    script.free(scratch);
}
