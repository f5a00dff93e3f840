//! Why the CPU stands in for a device.

use crate::telemetry::capabilities::Availability;

/// Why there is no WebGPU device.
pub(in crate::platform) enum Refusal {
    /// The browser has no `navigator.gpu`.
    Absent,
    /// It has, but gives no adapter or device.
    Rejected(String),
}

impl Refusal {
    pub(super) fn state(&self) -> Availability {
        match self {
            Self::Absent => Availability::Absent,
            Self::Rejected(_) => Availability::Rejected,
        }
    }

    pub(super) fn reason(self) -> String {
        match self {
            Self::Absent => "navigator.gpu is undefined in this browser's workers".into(),
            Self::Rejected(reason) => reason,
        }
    }
}
