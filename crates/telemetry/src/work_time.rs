//! How long a worker has worked, and on how much: the recorder's pace is the one
//! divided by the other, however much of the time it waits.

use core::sync::atomic::{AtomicU64, Ordering};

/// Work done so far. One thread adds; each figure is whole by itself.
///
/// ```
/// use arenascope_telemetry::work_time::WorkTime;
///
/// let work = WorkTime::default();
/// assert_eq!(work.per_second(), None);
/// work.add(3_000, 0.5);
/// work.add(1_000, 0.3);
/// assert_eq!((work.items(), work.busy_us()), (4_000, 800));
/// assert_eq!(work.per_second(), Some(5e6));
/// ```
#[derive(Debug, Default)]
pub struct WorkTime {
    items: AtomicU64,
    busy_ns: AtomicU64,
}

impl WorkTime {
    /// So many more in so many ms. From one thread alone.
    pub fn add(&self, items: u64, busy_ms: f64) {
        let busy_ns = (busy_ms.max(0.0) * 1e6) as u64;
        self.items.store(self.items() + items, Ordering::Relaxed);
        self.busy_ns.store(self.busy_ns.load(Ordering::Relaxed) + busy_ns, Ordering::Relaxed);
    }

    /// What was worked on, in its own unit.
    pub fn items(&self) -> u64 {
        self.items.load(Ordering::Relaxed)
    }

    /// Time at work, µs.
    pub fn busy_us(&self) -> u64 {
        self.busy_ns.load(Ordering::Relaxed) / 1_000
    }

    /// Items for each second at work; `None` before there was any.
    pub fn per_second(&self) -> Option<f64> {
        let busy_ns = self.busy_ns.load(Ordering::Relaxed);
        (busy_ns > 0).then(|| self.items() as f64 * 1e9 / busy_ns as f64)
    }
}
