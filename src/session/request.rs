//! What the session asks of the platform, and what the platform reports. The
//! session never touches a GPU or a browser: an executor runs its requests in
//! order and tells it what became of them.

use crate::arena::AllocationId;
use crate::pool::{DeviceLimits, ResourceId, ResourceSpec, Serial, TextureSpec};
use crate::units::{Bytes, Micros};
use crate::workload::mlp::MlpShape;

/// Names a network on the neural-network device. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ModelId(pub u64);

/// Names a lasting tensor. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TensorId(pub u64);

/// Names one run of a network. Never given twice.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct RunId(pub u64);

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
    /// Build a network; reported.
    BuildModel {
        /// Its name.
        model: ModelId,
        /// Its size.
        shape: MlpShape,
        /// Its weights, `f32`.
        stage: AllocationId,
    },
    /// Run a network; reported when the result is in `output`.
    RunModel {
        /// The run's name.
        run: RunId,
        /// Which network.
        model: ModelId,
        /// Its size.
        shape: MlpShape,
        /// Its input, `f32`.
        input: AllocationId,
        /// Where the result goes, `f32`.
        output: AllocationId,
    },
    /// Drop a network.
    DropModel {
        /// Which.
        model: ModelId,
    },
    /// Create a lasting tensor and fill it; reported.
    CreateTensor {
        /// Its name.
        tensor: TensorId,
        /// Numbers in it.
        elements: u32,
        /// Its contents, `f32`.
        stage: AllocationId,
    },
    /// Drop a lasting tensor.
    DropTensor {
        /// Which.
        tensor: TensorId,
    },
}

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
    /// A network is built, or not.
    ModelBuilt {
        /// Which.
        model: ModelId,
        /// The browser's words where it failed.
        result: Result<(), String>,
    },
    /// A run is done, or failed.
    ModelRan {
        /// Which.
        run: RunId,
        /// The browser's words where it failed.
        result: Result<(), String>,
    },
    /// A tensor is created and filled, or not.
    TensorCreated {
        /// Which.
        tensor: TensorId,
        /// The browser's words where it failed.
        result: Result<(), String>,
    },
}
