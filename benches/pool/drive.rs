//! One policy through one sequence, with an executor that does as it is told.

use super::sequences::{Ask, Sequence};
use arenascope::owner::{MemoryCategory, Owner, Tag};
use arenascope::pool::{
    Acquired, BufferHandle, Contents, Eviction, NextUse, Pool, PoolConfig, PoolMode, Serial, Statistics,
};
use arenascope::units::{Bytes, Micros};
use std::collections::BTreeMap;

/// What the pools that know bytes may hold: the page's default budget.
pub(crate) const BYTE_LIMIT: Bytes = Bytes::mib(256);
const OWNER: Owner = Owner::new(MemoryCategory::GPU_BUFFERS, Tag(0));
const FRAME: Micros = Micros::new(16_667);

/// A pool at work.
pub(crate) struct Drive {
    pub(crate) pool: Pool,
    held: BTreeMap<u32, BufferHandle>,
    frame: u64,
    now: Micros,
}

impl Drive {
    pub(crate) fn new(mode: PoolMode) -> Self {
        // Enough for the baseline that never destroys.
        let config = PoolConfig { max_resources: 1 << 20, ..PoolConfig::with_byte_limit(mode, BYTE_LIMIT) };
        Self { pool: Pool::new(config), held: BTreeMap::new(), frame: 0, now: Micros::ZERO }
    }

    /// One frame: its requests, its submission, the housekeeping. The GPU lags
    /// so many frames behind.
    pub(crate) fn frame(&mut self, asks: &[Ask], lag: u64) {
        let serial = Serial(self.frame + 1);
        for ask in asks {
            match ask {
                Ask::Acquire { name, spec } => {
                    let acquired = self.pool.acquire_for(NextUse::GpuWrite, spec, Contents::Undefined, OWNER, self.now);
                    self.take(*name, acquired.expect("within the device's limits"));
                }
                Ask::Release { name } => {
                    let handle = self.held.remove(name).expect("was acquired");
                    self.pool.release(handle, serial, self.now).expect("is held");
                }
            }
        }
        self.pool.submit(serial);
        self.pool.complete(Serial(serial.0.saturating_sub(lag)));
        destroy(&self.pool.trim(self.now));
        (self.frame, self.now) = (self.frame + 1, self.now.after(FRAME));
    }

    fn take(&mut self, name: u32, acquired: Acquired) {
        if let Acquired::Fresh { handle, created, .. } = acquired {
            destroy(&self.pool.make_room(&created));
            self.pool.confirm(handle.resource()).expect("is being created");
        }
        self.held.insert(name, acquired.handle());
    }

    /// The whole sequence; misses of each frame.
    pub(crate) fn run(&mut self, sequence: &mut Sequence) -> Vec<u64> {
        let mut misses = Vec::new();
        for frame in 0..sequence.frames {
            let before = self.pool.statistics().misses;
            let asks = sequence.frame(frame);
            self.frame(&asks, sequence.lag);
            misses.push(self.pool.statistics().misses - before);
        }
        misses
    }

    pub(crate) fn statistics(&self) -> Statistics {
        self.pool.statistics()
    }
}

/// The executor would call `destroy()` on each.
fn destroy(_gone: &[Eviction]) {}
