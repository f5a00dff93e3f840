//! The names of the places in the synthetic engine that ask for memory.

use crate::owner::{MemoryCategory, Owner, Tag};

/// Defines the owners and the table of their names from one list, so that a
/// number always has a name.
macro_rules! owners {
    ($($(#[$doc:meta])* $constant:ident = $category:ident, $name:literal;)+) => {
        #[allow(non_camel_case_types, clippy::upper_case_acronyms)]
        enum Position { $($constant,)+ }

        $($(#[$doc])* pub const $constant: Owner =
            Owner::new(MemoryCategory::$category, Tag(Position::$constant as u16));)+

        const NAMES: &[&str] = &[$($name,)+];
        const OWNERS: &[Owner] = &[$($constant,)+];
    };
}

// New ones go to the end: their numbers are in events and fingerprints.
owners! {
    /// Chunks of components of one archetype.
    ARCHETYPE_CHUNK = Ecs, "ecs/archetype-chunk";
    /// Single entities and their small components.
    ENTITY = Ecs, "ecs/entity";
    /// What a level brings along on the host.
    LEVEL_DATA = Ecs, "level/entities";
    /// The `leak` scenario's leak: never freed.
    FORGOTTEN = Ecs, "leak/forgotten";
    /// Per-frame constants.
    UNIFORMS = GpuBuffers, "frame/uniforms";
    /// Per-frame dynamic geometry.
    VERTICES = GpuBuffers, "frame/vertices";
    /// Where compute passes write.
    COMPUTE_OUTPUT = GpuBuffers, "frame/compute-output";
    /// Geometry that stays.
    SCENE_MESH = GpuBuffers, "scene/mesh";
    /// What the engine keeps of it to collide with.
    COLLISION = GpuBuffers, "scene/collision";
    /// A level's geometry.
    LEVEL_MESH = GpuBuffers, "level/mesh";
    /// Buffers of ever new sizes.
    THRASH = GpuBuffers, "thrash/buffer";
    /// Textures that stay.
    MATERIAL = GpuTextures, "scene/material";
    /// Textures that stream.
    LEVEL_TEXTURE = GpuTextures, "level/texture";
    /// Weights of a network.
    WEIGHTS = NpuModels, "nn/weights";
    /// Inputs and outputs of a network's run.
    ACTIVATIONS = NpuTensors, "nn/activations";
    /// A decoder's key and value tensors.
    KV_CACHE = NpuTensors, "nn/kv-cache";
    /// What a network remembers from run to run.
    MEMORY = NpuTensors, "nn/memory";
    /// Scratch of one frame.
    SCRATCH = Temporary, "frame/scratch";
    /// A decoder's logits.
    LOGITS = Temporary, "nn/logits";
    /// Fragmentation storm, ECS share.
    STORM_ECS = Ecs, "storm/ecs";
    /// Fragmentation storm, GPU buffer share (staging).
    STORM_BUFFERS = GpuBuffers, "storm/gpu-buffers";
    /// Fragmentation storm, GPU texture share (staging).
    STORM_TEXTURES = GpuTextures, "storm/gpu-textures";
    /// Fragmentation storm, NPU model share (staging).
    STORM_MODELS = NpuModels, "storm/npu-models";
    /// Fragmentation storm, NPU tensor share (staging).
    STORM_TENSORS = NpuTensors, "storm/npu-tensors";
    /// Fragmentation storm, temporary share.
    STORM_TEMPORARY = Temporary, "storm/temporary";
    /// The ring that uploads pass through.
    STAGING = GpuBuffers, "staging/ring";
    /// What mutator threads do.
    MUTATOR = Temporary, "mutator/work";
}

/// The storm's owner in each category, in the budget's order.
pub const STORM: [Owner; 6] = [STORM_ECS, STORM_BUFFERS, STORM_TEXTURES, STORM_MODELS, STORM_TENSORS, STORM_TEMPORARY];

/// The name of a tag; `"?"` for one that no scenario uses.
pub fn name(tag: Tag) -> &'static str {
    NAMES.get(usize::from(tag.0)).copied().unwrap_or("?")
}

/// The owner whose tag has this name.
pub fn owner_of(name: &str) -> Option<Owner> {
    NAMES.iter().position(|known| *known == name).and_then(|index| OWNERS.get(index).copied())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_owner_has_its_own_name() {
        assert_eq!(name(KV_CACHE.tag), "nn/kv-cache");
        assert_eq!(name(STORM_TEMPORARY.tag), "storm/temporary");
        assert_eq!(name(Tag(u16::MAX)), "?");
        assert_eq!((owner_of("nn/kv-cache"), owner_of("?")), (Some(KV_CACHE), None));
        let unique: std::collections::BTreeSet<_> = NAMES.iter().collect();
        assert_eq!(unique.len(), NAMES.len());
    }

    #[test]
    fn the_storm_has_every_category_in_order() {
        assert_eq!(STORM.map(|owner| owner.category), MemoryCategory::ALL);
    }
}
