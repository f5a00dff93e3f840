//! What a scenario asks of the engine, one operation at a time. Steps name
//! things by [`Slot`]; whether a request succeeded changes nothing in the
//! sequence, so that a seed is a sequence on every machine.

use super::network::Network;
use arenascope_pool::{BufferUsage, TextureSpec};
use arenascope_units::Bytes;
use arenascope_units::owner::Owner;

/// The scenario's name for one thing it asked for. Never used twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u32);

/// One operation. A step that names a slot whose request was refused, or that
/// is gone, is skipped and counted.
#[derive(Clone, Debug, PartialEq)]
pub enum Step {
    /// A range of the arena.
    Allocate {
        /// Its name from now on.
        slot: Slot,
        /// Bytes that are asked for.
        size: Bytes,
        /// Alignment, a power of two.
        align: Bytes,
        /// Category and tag that the memory is for.
        owner: Owner,
    },
    /// Gives a range back.
    Free {
        /// The range that is given back.
        slot: Slot,
    },
    /// A GPU buffer from the pool.
    AcquireBuffer {
        /// Its name from now on.
        slot: Slot,
        /// Bytes that are asked for.
        size: Bytes,
        /// The WebGPU usages that it must have.
        usage: BufferUsage,
        /// Category and tag that the memory is for.
        owner: Owner,
    },
    /// A GPU texture from the pool.
    AcquireTexture {
        /// Its name from now on.
        slot: Slot,
        /// Extents, format, levels and usages.
        spec: TextureSpec,
        /// Category and tag that the memory is for.
        owner: Owner,
    },
    /// Stages the whole contents of a buffer or texture in the arena, writes
    /// them to the device, and frees the stage when the GPU is done.
    Upload {
        /// The buffer or texture that is written.
        slot: Slot,
    },
    /// A compute pass that reads one buffer and writes another.
    Dispatch {
        /// The buffer that the pass reads.
        input: Slot,
        /// The buffer that the pass writes.
        output: Slot,
    },
    /// Gives a buffer or texture back to the pool.
    Release {
        /// The buffer or texture that is given back.
        slot: Slot,
    },
    /// Builds a network; its weights are staged in the arena.
    LoadModel {
        /// Its name from now on.
        slot: Slot,
        /// Its kind and size.
        shape: Network,
        /// The seed of its weights.
        seed: u64,
    },
    /// Runs a network: tensors for input and output, result read back into the
    /// arena and checked.
    RunModel {
        /// The network that runs.
        slot: Slot,
        /// The seed of its input.
        seed: u64,
    },
    /// Runs an attention block: the cached keys and values go, the grown ones
    /// come; the result is read back and checked.
    Decode {
        /// The attention block that runs.
        slot: Slot,
        /// The seed of the tokens that the run appends.
        seed: u64,
        /// The keys and the values so far; `None` where the block has no past.
        past: Option<[Slot; 2]>,
        /// The names of the grown ones from now on.
        present: [Slot; 2],
        /// Whose the grown ones are.
        owner: Owner,
    },
    /// Drops a network with its weights.
    DropModel {
        /// The network that is dropped.
        slot: Slot,
    },
    /// A tensor that outlives a run, filled from the arena.
    CreateTensor {
        /// Its name from now on.
        slot: Slot,
        /// `f32` numbers in it.
        elements: u32,
        /// Category and tag that the memory is for.
        owner: Owner,
    },
    /// Drops a tensor that outlived a run.
    DropTensor {
        /// The tensor that is dropped.
        slot: Slot,
    },
}
