//! The names of the places in the synthetic engine that ask for memory.

use arenascope_units::owner::{MemoryCategory, Owner, Tag};

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
    ARCHETYPE_CHUNK = ECS, "ecs/archetype-chunk";
    /// Single entities and their small components.
    ENTITY = ECS, "ecs/entity";
    /// What a level brings along on the host.
    LEVEL_DATA = ECS, "level/entities";
    /// The `leak` scenario's leak: never freed.
    FORGOTTEN = ECS, "leak/forgotten";
    /// Uniform buffers that are written each frame.
    UNIFORMS = GPU_BUFFERS, "frame/uniforms";
    /// Vertex buffers that are written each frame.
    VERTICES = GPU_BUFFERS, "frame/vertices";
    /// Where compute passes write.
    COMPUTE_OUTPUT = GPU_BUFFERS, "frame/compute-output";
    /// Geometry that stays for the whole run.
    SCENE_MESH = GPU_BUFFERS, "scene/mesh";
    /// What the engine keeps of it to collide with.
    COLLISION = GPU_BUFFERS, "scene/collision";
    /// Geometry that comes and goes with a level.
    LEVEL_MESH = GPU_BUFFERS, "level/mesh";
    /// Buffers of ever new sizes.
    THRASH = GPU_BUFFERS, "thrash/buffer";
    /// Textures that stay for the whole run.
    MATERIAL = GPU_TEXTURES, "scene/material";
    /// Textures that come and go with a level.
    LEVEL_TEXTURE = GPU_TEXTURES, "level/texture";
    /// Weights of a network.
    WEIGHTS = NPU_MODELS, "nn/weights";
    /// Inputs and outputs of a network's run.
    ACTIVATIONS = NPU_TENSORS, "nn/activations";
    /// A decoder's key and value tensors.
    KV_CACHE = NPU_TENSORS, "nn/kv-cache";
    /// What a network remembers from run to run.
    MEMORY = NPU_TENSORS, "nn/memory";
    /// Scratch of one frame.
    SCRATCH = TEMPORARY, "frame/scratch";
    /// A decoder's scores over its vocabulary, in host memory for a frame.
    LOGITS = TEMPORARY, "nn/logits";
    /// Fragmentation storm, ECS share.
    STORM_ECS = ECS, "storm/ecs";
    /// Fragmentation storm, GPU buffer share (staging).
    STORM_BUFFERS = GPU_BUFFERS, "storm/gpu-buffers";
    /// Fragmentation storm, GPU texture share (staging).
    STORM_TEXTURES = GPU_TEXTURES, "storm/gpu-textures";
    /// Fragmentation storm, NPU model share (staging).
    STORM_MODELS = NPU_MODELS, "storm/npu-models";
    /// Fragmentation storm, NPU tensor share (staging).
    STORM_TENSORS = NPU_TENSORS, "storm/npu-tensors";
    /// Fragmentation storm, temporary share.
    STORM_TEMPORARY = TEMPORARY, "storm/temporary";
    /// The ring that uploads pass through.
    STAGING = GPU_BUFFERS, "staging/ring";
    /// What mutator threads do.
    MUTATOR = TEMPORARY, "mutator/work";
}

/// The storm's owner in each category, in the budget's order.
pub const STORM: [Owner; 6] = [STORM_ECS, STORM_BUFFERS, STORM_TEXTURES, STORM_MODELS, STORM_TENSORS, STORM_TEMPORARY];

/// The names of all tags, by number.
pub const fn names() -> &'static [&'static str] {
    NAMES
}

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
