//! What the page's own frames cost, told to the engine so that one set of
//! metrics holds everything.

use core::sync::atomic::{AtomicU64, Ordering};

/// Two figures, each whole by itself.
#[derive(Debug, Default)]
pub struct PageCost {
    frame_ms_p95: AtomicU64,
    script_ms_p95: AtomicU64,
}

impl PageCost {
    /// Written by the page, once in a while.
    pub fn set(&self, frame_ms_p95: f64, script_ms_p95: f64) {
        self.frame_ms_p95.store(frame_ms_p95.to_bits(), Ordering::Relaxed);
        self.script_ms_p95.store(script_ms_p95.to_bits(), Ordering::Relaxed);
    }

    /// Time between frames, 95th percentile, ms.
    pub fn frame_ms_p95(&self) -> f64 {
        f64::from_bits(self.frame_ms_p95.load(Ordering::Relaxed))
    }

    /// Script time per frame, 95th percentile, ms.
    pub fn script_ms_p95(&self) -> f64 {
        f64::from_bits(self.script_ms_p95.load(Ordering::Relaxed))
    }
}
