//! The pool of the original design, its code unchanged but for Rust's naming of
//! what JavaScript provides: the contrast that each row is shown against.

#![expect(clippy::unwrap_or_default, reason = "the original's wording is kept")]

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::time::{Duration, Instant};

/// A device that remembers what exists: on the web only `destroy` frees, not
/// the drop of a handle.
#[derive(Clone, Default)]
pub(super) struct GpuDevice {
    pub(super) alive: Rc<RefCell<Vec<u64>>>,
    pub(super) created: Rc<RefCell<u64>>,
}

#[derive(Clone, Debug, PartialEq)]
pub(super) struct GpuBuffer {
    pub(super) id: u64,
    pub(super) contents: Rc<RefCell<u8>>,
}

impl GpuDevice {
    pub(super) fn create_buffer(&self, _size: f64, _usage: u32) -> GpuBuffer {
        *self.created.borrow_mut() += 1;
        let id = *self.created.borrow();
        self.alive.borrow_mut().push(id);
        GpuBuffer { id, contents: Rc::default() }
    }
}

pub(super) struct GpuBufferPool {
    pub(super) device: GpuDevice,
    pub(super) pools: HashMap<BufferSpec, Vec<PooledBuffer>>,
    max_pool_size: usize,
}

#[derive(Hash, Eq, PartialEq, Clone)]
pub(super) struct BufferSpec {
    size: usize,
    usage: u32,
}

pub(super) struct PooledBuffer {
    buffer: GpuBuffer,
    in_use: bool,
    last_used: Instant,
}

impl GpuBufferPool {
    pub(super) fn new(device: GpuDevice, max_pool_size: usize) -> Self {
        Self { device, pools: HashMap::new(), max_pool_size }
    }

    pub(super) fn acquire(&mut self, size: usize, usage: u32) -> GpuBuffer {
        let spec = BufferSpec { size, usage };

        // Get or create pool for this spec
        let pool = self.pools.entry(spec.clone()).or_insert_with(Vec::new);

        // Find available buffer
        if let Some(pooled) = pool.iter_mut().find(|b| !b.in_use) {
            pooled.in_use = true;
            pooled.last_used = Instant::now();
            return pooled.buffer.clone();
        }

        // Create new buffer if pool not full
        if pool.len() < self.max_pool_size {
            let buffer = self.device.create_buffer(size as f64, usage);
            pool.push(PooledBuffer { buffer: buffer.clone(), in_use: true, last_used: Instant::now() });
            return buffer;
        }

        // Pool is full, just create temporary buffer
        self.device.create_buffer(size as f64, usage)
    }

    pub(super) fn release(&mut self, buffer: &GpuBuffer) {
        // Mark buffer as available
        for pool in self.pools.values_mut() {
            if let Some(pooled) = pool.iter_mut().find(|b| &b.buffer == buffer) {
                pooled.in_use = false;
                pooled.last_used = Instant::now();
                break;
            }
        }
    }

    pub(super) fn cleanup_old_buffers(&mut self, max_age: Duration) {
        let now = Instant::now();

        for pool in self.pools.values_mut() {
            pool.retain(|b| b.in_use || now.duration_since(b.last_used) < max_age);
        }
    }

    /// Not of the original: how many buffers the pool knows of.
    pub(super) fn known(&self) -> usize {
        self.pools.values().map(Vec::len).sum()
    }
}
