//! What the session asks of the platform, and what the platform reports. The
//! session never touches a GPU or a browser: an executor runs its requests in
//! order and tells it what became of them.

use crate::arena::AllocationId;
use crate::pool::{BufferSpec, DeviceLimits, ResourceId, ResourceSpec, Serial, TextureSpec};
use crate::units::{Bytes, Micros};
use crate::workload::network::Network;
use core::fmt;

/// Names a graph on the neural-network device: one network for tensors of given
/// sizes. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(pub u64);

/// Names one run of a network, or one write into a tensor. Never given twice;
/// counts up in the order of the requests.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

/// The sizes, in numbers, of the tensors that a graph is built for: at least
/// what the network needs, and more where the pool rounds. WebNN binds a tensor
/// only where its shape is the graph's, to the number.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sizes {
    /// Of each input.
    pub inputs: Vec<u32>,
    /// Of each output.
    pub outputs: Vec<u32>,
}

/// A tensor of a run, with the stage that it is filled from before, or read
/// into after the run. Stages are as long as their tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// Which tensor.
    pub tensor: ResourceId,
    /// Where from or where to; `None` for what stays on the device.
    pub stage: Option<AllocationId>,
}

/// A part of a range of the arena, which the executor reads in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The range.
    pub range: AllocationId,
    /// Where the part begins.
    pub offset: Bytes,
    /// Its bytes.
    pub size: Bytes,
}

/// Something for the executor to do. Stages are ranges of the arena: the
/// executor reads and writes them in place.
#[derive(Clone, Debug, PartialEq)]
pub enum Request {
    /// Get a device again after a loss.
    OpenDevice,
    /// Create a buffer or texture; reported.
    Create {
        /// Its name.
        resource: ResourceId,
        /// What to create.
        spec: ResourceSpec,
        /// A label for the browser's own tools.
        label: &'static str,
    },
    /// Destroy a buffer or texture: `destroy()`, not only dropping it.
    Destroy {
        /// Which.
        resource: ResourceId,
    },
    /// Write the stage into a buffer.
    WriteBuffer {
        /// Where to.
        resource: ResourceId,
        /// Where from.
        stage: Stage,
    },
    /// Write the stage into all mip levels of a texture.
    WriteTexture {
        /// Where to.
        resource: ResourceId,
        /// Its kind, and so the layout of the stage: mip after mip.
        spec: TextureSpec,
        /// Where from.
        stage: Stage,
    },
    /// A compute pass that reads one buffer and writes another.
    Dispatch {
        /// Read.
        input: ResourceId,
        /// Written.
        output: ResourceId,
        /// Bytes of the smaller one.
        size: Bytes,
    },
    /// Submit everything recorded; completion is reported.
    Submit {
        /// The submission's number.
        serial: Serial,
    },
    /// Get a WebNN context, or who stands in for it, again after a loss.
    OpenContext,
    /// Build a graph; reported.
    BuildModel {
        /// Its name.
        model: ModelId,
        /// Its kind and size.
        network: Network,
        /// The tensors that it will be given.
        sizes: Sizes,
        /// Its constants, `f32`.
        stage: AllocationId,
    },
    /// Run a graph; reported when the results are in their stages.
    RunModel {
        /// The run's name.
        run: RunId,
        /// Which graph.
        model: ModelId,
        /// Its inputs, in the network's order.
        inputs: Vec<Binding>,
        /// Its outputs, in the network's order.
        outputs: Vec<Binding>,
    },
    /// Drop a graph with its constants.
    DropModel {
        /// Which.
        model: ModelId,
    },
    /// Create a flat tensor of `f32`. Failure is reported; success is not.
    CreateTensor {
        /// Its name, of the pool of tensors.
        tensor: ResourceId,
        /// Its bytes; `COPY_DST` where the host writes it, `COPY_SRC` where the
        /// host reads it.
        spec: BufferSpec,
    },
    /// Fill a tensor from a stage as long as it; reported.
    WriteTensor {
        /// The write's name.
        write: RunId,
        /// Where to.
        tensor: ResourceId,
        /// Where from, `f32`.
        stage: AllocationId,
    },
    /// Destroy a tensor: `destroy()`, not only dropping it.
    DestroyTensor {
        /// Which.
        tensor: ResourceId,
    },
}

/// Why something of a network did not come about.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum NnFailure {
    /// The graph, a tensor of it, or the contents of a tensor are not there:
    /// refused before, or gone with their context.
    Missing,
    /// The device refuses.
    Refused {
        /// The browser's words.
        reason: String,
    },
}

impl fmt::Display for NnFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("what it needs was refused before, or is gone with its context"),
            Self::Refused { reason } => f.write_str(reason),
        }
    }
}

impl std::error::Error for NnFailure {}

/// Who runs the GPU's work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum GpuMode {
    /// Nobody yet.
    #[default]
    Off,
    /// A WebGPU device.
    WebGpu,
    /// The CPU, in place of a device.
    CpuEmulated,
}

impl GpuMode {
    /// The name in files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::WebGpu => "webgpu",
            Self::CpuEmulated => "cpu-emulated",
        }
    }
}

/// Who runs the networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum NnMode {
    /// Nobody yet.
    #[default]
    Off,
    /// A WebNN context.
    WebNn,
    /// Compute passes on the WebGPU device.
    WebGpuEmulated,
    /// The CPU.
    CpuEmulated,
}

impl NnMode {
    /// The name in files.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Off => "off",
            Self::WebNn => "webnn",
            Self::WebGpuEmulated => "webgpu-emulated",
            Self::CpuEmulated => "cpu-emulated",
        }
    }
}

/// What became of a request, or what happened unasked.
#[derive(Clone, Debug, PartialEq)]
pub enum Report {
    /// There are devices to work on: at the start, and after a loss.
    DevicesReady {
        /// Who runs the GPU's work.
        gpu: GpuMode,
        /// Who runs the networks.
        nn: NnMode,
        /// What the GPU device refuses.
        limits: DeviceLimits,
    },
    /// The device is gone, and everything on it.
    DeviceLost {
        /// The browser's words.
        reason: String,
    },
    /// A creation succeeded: the device answered.
    Created {
        /// Of what.
        resource: ResourceId,
        /// From the request to the answer.
        took: Micros,
    },
    /// A creation failed.
    CreationFailed {
        /// Of what.
        resource: ResourceId,
        /// The browser's words.
        reason: String,
    },
    /// The device reported an error that belongs to no single request.
    GpuError {
        /// The browser's words.
        reason: String,
    },
    /// A submission, and all before it, are done.
    Completed {
        /// Its number.
        serial: Serial,
    },
    /// There is somebody to run networks: at the start, and after a loss.
    ContextReady {
        /// Who.
        nn: NnMode,
        /// The largest tensor that is taken.
        tensor_limit: Bytes,
    },
    /// The WebNN context is gone, and every tensor and graph of it.
    ContextLost {
        /// The browser's words.
        reason: String,
    },
    /// A graph is built, or not.
    ModelBuilt {
        /// Which.
        model: ModelId,
        /// What became of it.
        result: Result<(), NnFailure>,
    },
    /// A run is done, or failed.
    ModelRan {
        /// Which.
        run: RunId,
        /// What became of it.
        result: Result<(), NnFailure>,
    },
    /// A tensor could not be created.
    TensorCreationFailed {
        /// Which.
        tensor: ResourceId,
        /// The browser's words.
        reason: String,
    },
    /// A tensor is filled, or not.
    TensorWritten {
        /// The write's name.
        write: RunId,
        /// What became of it.
        result: Result<(), NnFailure>,
    },
}
