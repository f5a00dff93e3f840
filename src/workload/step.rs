//! What a scenario asks of the engine, one operation at a time. Steps name
//! things by [`Slot`]; whether a request succeeded changes nothing in the
//! sequence, so that a seed is a sequence on every machine.

use super::network::Network;
use crate::owner::Owner;
use crate::pool::{BufferUsage, TextureSpec};
use crate::units::Bytes;

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
        /// How much.
        size: Bytes,
        /// Alignment, a power of two.
        align: Bytes,
        /// Whose.
        owner: Owner,
    },
    /// Gives a range back.
    Free {
        /// Which.
        slot: Slot,
    },
    /// A GPU buffer from the pool.
    AcquireBuffer {
        /// Its name from now on.
        slot: Slot,
        /// How much.
        size: Bytes,
        /// What for.
        usage: BufferUsage,
        /// Whose.
        owner: Owner,
    },
    /// A GPU texture from the pool.
    AcquireTexture {
        /// Its name from now on.
        slot: Slot,
        /// What kind.
        spec: TextureSpec,
        /// Whose.
        owner: Owner,
    },
    /// Stages the whole contents of a buffer or texture in the arena, writes
    /// them to the device, and frees the stage when the GPU is done.
    Upload {
        /// Which.
        slot: Slot,
    },
    /// A compute pass that reads one buffer and writes another.
    Dispatch {
        /// Read.
        input: Slot,
        /// Written.
        output: Slot,
    },
    /// Gives a buffer or texture back to the pool.
    Release {
        /// Which.
        slot: Slot,
    },
    /// Builds a network; its weights are staged in the arena.
    LoadModel {
        /// Its name from now on.
        slot: Slot,
        /// Its kind and size.
        shape: Network,
        /// Its weights.
        seed: u64,
    },
    /// Runs a network: tensors for input and output, result read back into the
    /// arena and checked.
    RunModel {
        /// Which.
        slot: Slot,
        /// Its input.
        seed: u64,
    },
    /// Runs an attention block: the cached keys and values go, the grown ones
    /// come; the result is read back and checked.
    Decode {
        /// Which block.
        slot: Slot,
        /// Its chunk of tokens.
        seed: u64,
        /// The keys and the values so far; `None` where the block has no past.
        past: Option<[Slot; 2]>,
        /// The names of the grown ones from now on.
        present: [Slot; 2],
        /// Whose the grown ones are.
        owner: Owner,
    },
    /// Drops a network.
    DropModel {
        /// Which.
        slot: Slot,
    },
    /// A tensor that outlives a run, filled from the arena.
    CreateTensor {
        /// Its name from now on.
        slot: Slot,
        /// Number of `f32`.
        elements: u32,
        /// Whose.
        owner: Owner,
    },
    /// Drops a tensor.
    DropTensor {
        /// Which.
        slot: Slot,
    },
}
