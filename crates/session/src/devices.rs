//! The devices: who does their work, and what they take.

use super::request::{GpuMode, NnMode};
use arenascope_pool::{DeviceLimits, Serial};
use arenascope_units::Bytes;

/// What the devices take.
#[derive(Clone, Copy, Debug)]
pub(crate) struct DeviceCaps {
    /// What the GPU device refuses.
    pub(crate) device: DeviceLimits,
    /// Bytes of the largest tensor that the context takes.
    pub(crate) tensor: Bytes,
}

impl Default for DeviceCaps {
    /// What every WebGPU device grants, which runs the networks where there is
    /// no WebNN: `maxStorageBufferBindingSize`.
    fn default() -> Self {
        Self { device: DeviceLimits::default(), tensor: Bytes::mib(128) }
    }
}

/// Who does the devices' work, and the numbers that were given to it. Outlives runs.
#[derive(Debug)]
pub(crate) struct Devices {
    pub(crate) gpu: GpuMode,
    pub(crate) nn: NnMode,
    /// False from a device loss until there is a device again.
    pub(crate) is_device_open: bool,
    /// False from a context loss until there is somebody to run networks again.
    pub(crate) is_context_open: bool,
    pub(crate) caps: DeviceCaps,
    /// The newest submission; counts on across runs and losses.
    pub(crate) last_serial: Serial,
    /// The number that was given last to a graph, a run or a write.
    last_number: u64,
}

impl Devices {
    /// Before any device was reported: nobody runs GPU work or networks.
    pub(crate) fn none() -> Self {
        Self {
            gpu: GpuMode::Off,
            nn: NnMode::Off,
            is_device_open: false,
            is_context_open: true,
            caps: DeviceCaps::default(),
            last_serial: Serial(0),
            last_number: 0,
        }
    }

    /// A number for a graph, a run or a write.
    pub(crate) const fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    /// A number for a submission.
    pub(crate) const fn next_serial(&mut self) -> Serial {
        self.last_serial = Serial(self.last_serial.0 + 1);
        self.last_serial
    }
}
