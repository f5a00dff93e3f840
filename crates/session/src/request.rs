//! What the session asks of the platform, and what the platform reports. The
//! session never touches a GPU or a browser: an executor runs its requests in
//! order and tells it what became of them.

use arenascope_arena::AllocationId;
use arenascope_pool::{BufferSpec, DeviceLimits, ResourceId, ResourceSpec, Serial, TextureSpec};
use arenascope_units::{Bytes, Micros};
use arenascope_workload::network::Network;
use strum::IntoStaticStr;

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
    /// `f32` numbers in each input, in the network's order.
    pub inputs: Vec<u32>,
    /// `f32` numbers in each output, in the network's order.
    pub outputs: Vec<u32>,
}

/// A tensor of a run, with the stage that it is filled from before, or read
/// into after the run. Stages are as long as their tensors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Binding {
    /// The tensor that the graph reads or writes.
    pub tensor: ResourceId,
    /// Where from or where to; `None` for what stays on the device.
    pub stage: Option<AllocationId>,
}

/// A part of a range of the arena, which the executor reads in place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stage {
    /// The allocation that the part lies in.
    pub range: AllocationId,
    /// Where the part begins.
    pub offset: Bytes,
    /// Bytes of the part.
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
        /// The name that later requests use, unique among buffers and textures.
        resource: ResourceId,
        /// Kind, size and usage of what to create.
        spec: ResourceSpec,
        /// A label for the browser's own tools.
        label: &'static str,
    },
    /// Destroy a buffer or texture: `destroy()`, not only dropping it.
    Destroy {
        /// The buffer or texture to destroy.
        resource: ResourceId,
    },
    /// Write the stage into a buffer.
    WriteBuffer {
        /// The buffer that is written, from its first byte.
        resource: ResourceId,
        /// The bytes to write; the executor reads them in place.
        stage: Stage,
    },
    /// Write the stage into all mip levels of a texture.
    WriteTexture {
        /// The texture that is written, all levels of it.
        resource: ResourceId,
        /// Its kind, and so the layout of the stage: mip after mip.
        spec: TextureSpec,
        /// The bytes to write, level after level.
        stage: Stage,
    },
    /// A compute pass that reads one buffer and writes another.
    Dispatch {
        /// The buffer that is read.
        input: ResourceId,
        /// The buffer that is written.
        output: ResourceId,
        /// Bytes of the smaller one.
        size: Bytes,
    },
    /// Submit everything recorded; completion is reported.
    Submit {
        /// The number that the report of its completion will carry.
        serial: Serial,
    },
    /// Get a WebNN context, or who stands in for it, again after a loss.
    OpenContext,
    /// Build a graph; reported.
    BuildModel {
        /// The name that later requests use, unique among graphs.
        model: ModelId,
        /// Its kind and size.
        network: Network,
        /// The tensors that it will be given.
        sizes: Sizes,
        /// The allocation that holds its constants, `f32` in the network's order.
        stage: AllocationId,
    },
    /// Run a graph; reported when the results are in their stages.
    RunModel {
        /// The name that the report of its end will carry.
        run: RunId,
        /// The graph to run.
        model: ModelId,
        /// Its inputs, in the network's order.
        inputs: Vec<Binding>,
        /// Its outputs, in the network's order.
        outputs: Vec<Binding>,
    },
    /// Drop a graph with its constants.
    DropModel {
        /// The graph to drop.
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
        /// The name that the report of its end will carry.
        write: RunId,
        /// The tensor that is filled, to its end.
        tensor: ResourceId,
        /// The allocation that holds the numbers, `f32`.
        stage: AllocationId,
    },
    /// Destroy a tensor: `destroy()`, not only dropping it.
    DestroyTensor {
        /// The tensor to destroy.
        tensor: ResourceId,
    },
}

/// Why something of a network did not come about.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NnFailure {
    /// The graph, a tensor of it, or the contents of a tensor are not there:
    /// refused before, or gone with their context.
    #[error("what it needs was refused before, or is gone with its context")]
    Missing,
    /// The device refused it, or failed at it.
    #[error("{reason}")]
    Refused {
        /// Why, in the browser's words.
        reason: String,
    },
}

/// Who runs the GPU's work.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum GpuMode {
    /// Nobody yet: no device has been reported.
    #[default]
    Off,
    /// A WebGPU device of the browser.
    #[strum(serialize = "webgpu")]
    WebGpu,
    /// The CPU, in place of a device.
    CpuEmulated,
}

impl GpuMode {
    /// The name in files.
    pub fn key(self) -> &'static str {
        self.into()
    }
}

/// Who runs the networks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, IntoStaticStr)]
#[strum(serialize_all = "kebab-case")]
pub enum NnMode {
    /// Nobody yet: no context has been reported.
    #[default]
    Off,
    /// A WebNN context of the browser.
    #[strum(serialize = "webnn")]
    WebNn,
    /// Compute passes on the WebGPU device.
    #[strum(serialize = "webgpu-emulated")]
    WebGpuEmulated,
    /// The CPU, in place of a context.
    CpuEmulated,
}

impl NnMode {
    /// The name in files.
    pub fn key(self) -> &'static str {
        self.into()
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
        /// Why, in the browser's words.
        reason: String,
    },
    /// A creation succeeded: the device answered.
    Created {
        /// The buffer or texture that was created.
        resource: ResourceId,
        /// From the request to the answer.
        took: Micros,
    },
    /// A creation failed: the device had no memory for it, or refused it.
    CreationFailed {
        /// The buffer or texture that does not exist.
        resource: ResourceId,
        /// Why, in the browser's words.
        reason: String,
    },
    /// The device reported an error that belongs to no single request.
    GpuError {
        /// Why, in the browser's words.
        reason: String,
    },
    /// A submission, and all before it, are done.
    Completed {
        /// The newest submission that is done.
        serial: Serial,
    },
    /// There is somebody to run networks: at the start, and after a loss.
    ContextReady {
        /// Who runs networks from now on.
        nn: NnMode,
        /// The largest tensor that is taken.
        tensor_limit: Bytes,
    },
    /// The WebNN context is gone, and every tensor and graph of it.
    ContextLost {
        /// Why, in the browser's words.
        reason: String,
    },
    /// A graph is built, or not.
    ModelBuilt {
        /// The graph, by the name that the request gave it.
        model: ModelId,
        /// What became of it.
        result: Result<(), NnFailure>,
    },
    /// A run is done, or failed.
    ModelRan {
        /// The run, by the name that the request gave it.
        run: RunId,
        /// What became of it.
        result: Result<(), NnFailure>,
    },
    /// A tensor could not be created.
    TensorCreationFailed {
        /// The tensor that does not exist.
        tensor: ResourceId,
        /// Why, in the browser's words.
        reason: String,
    },
    /// A tensor is filled, or not.
    TensorWritten {
        /// The write, by the name that the request gave it.
        write: RunId,
        /// What became of it.
        result: Result<(), NnFailure>,
    },
}
