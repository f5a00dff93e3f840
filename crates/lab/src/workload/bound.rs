//! The bound: the peak of live bytes.

use super::HeapLoad;

impl HeapLoad {
    /// Sets [`Self::bound_bytes`] and [`Self::bound_at`] from the operations. O(operations).
    pub(super) fn measure(&mut self) {
        let (mut live, mut peak, mut at) = (0_u64, 0, 0);
        for (index, op) in self.ops.iter().enumerate() {
            let bytes = self.blocks[op.block()].bytes;
            if op.is_free() {
                live -= bytes;
            } else {
                live = live.saturating_add(bytes);
                if live > peak {
                    (peak, at) = (live, index as u32);
                }
            }
        }
        (self.bound_bytes, self.bound_at) = (peak, at);
    }

    /// The same where sizes are rounded up to `granule_bytes`: what an allocator of that
    /// granule cannot do with less of. O(operations).
    pub fn rounded_bound_bytes(&self, granule_bytes: u64) -> u64 {
        let granule = granule_bytes.max(1);
        let (mut live, mut peak) = (0_u64, 0);
        for op in &self.ops {
            let bytes = self.blocks[op.block()].bytes.div_ceil(granule).saturating_mul(granule);
            live = if op.is_free() { live - bytes } else { live.saturating_add(bytes) };
            peak = peak.max(live);
        }
        peak
    }

    /// Most blocks that live at once. O(operations).
    pub fn live_blocks_peak(&self) -> u32 {
        let (mut live, mut peak) = (0_u32, 0);
        for op in &self.ops {
            if op.is_free() {
                live -= 1;
            } else {
                live += 1;
                peak = peak.max(live);
            }
        }
        peak
    }
}
