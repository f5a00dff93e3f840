//! What the browser and the machine offer, as found by asking: the value of
//! `arenascope.capabilities()`.

use serde::{Deserialize, Serialize};

/// Whether a browser interface can be used.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Availability {
    /// The browser has no such interface.
    #[default]
    Absent,
    /// It has, but refuses; the reason is the browser's own.
    Rejected,
    /// It can be used: an adapter or a context was made.
    Ready,
}

/// What the browser offers of WebGPU.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebGpuCapability {
    /// Whether it can be used.
    pub state: Availability,
    /// The adapter, as it describes itself; `None` without one.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub adapter: Option<String>,
    /// True for an adapter that computes on the CPU.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub software: Option<bool>,
    /// The browser's reason where it refuses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What the browser offers of WebNN.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct WebNnCapability {
    /// Whether it can be used.
    pub state: Availability,
    /// The device type that a context was made for.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub device: Option<String>,
    /// Whether the context says of itself that it is accelerated; absent where
    /// it does not say.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub accelerated: Option<bool>,
    /// The largest tensor that it takes.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub max_tensor_bytes: Option<u64>,
    /// The browser's reason where it refuses.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    pub reason: Option<String>,
}

/// What the browser offers of all that a run can use.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Capabilities {
    /// True where the page may share memory between threads.
    pub cross_origin_isolated: bool,
    /// True where workers run on the page's memory.
    pub threads: bool,
    /// WebGPU, in the engine worker.
    pub webgpu: WebGpuCapability,
    /// WebNN, in the engine worker.
    pub webnn: WebNnCapability,
}
