//! One pass over a heap's operations.

use crate::model::Model;
use crate::rows::figures::{Failures, Moment, Row};
use crate::workload::HeapLoad;

/// What a pass of placing remembers of each block.
#[derive(Debug)]
pub(super) struct Placed {
    /// By block: its address; [`Row::NOWHERE`] for one that was refused, or is not born.
    pub(super) addresses: Vec<u64>,
    pub(super) failures: Failures,
    /// Bytes held, where they change.
    pub(super) held: Vec<(u32, u64)>,
    pub(super) held_peak_bytes: u64,
    /// The operation after which they first are that many.
    pub(super) held_peak_at: u32,
}

/// A pass that places every block. It remembers where, and what was held.
pub(super) struct Placing {
    pub(super) model: Box<dyn Model + Send>,
    pub(super) at: usize,
    pub(super) placed: Placed,
}

impl Placing {
    pub(super) fn new(model: Box<dyn Model + Send>, heap: &HeapLoad) -> Self {
        let placed = Placed {
            addresses: vec![Row::NOWHERE; heap.blocks.len()],
            failures: Failures::default(),
            held: Vec::new(),
            held_peak_bytes: 0,
            held_peak_at: 0,
        };
        Self { model, at: 0, placed }
    }

    /// Does at most so many operations; how many it did.
    pub(super) fn step(&mut self, heap: &HeapLoad, most: u64) -> u64 {
        let end = heap.ops.len().min(self.at.saturating_add(usize::try_from(most).unwrap_or(usize::MAX)));
        let did = (end - self.at) as u64;
        let mut held_before = self.placed.held.last().map_or(0, |last| last.1);
        for index in self.at..end {
            let op = heap.ops[index];
            self.apply(heap, op);
            let held = self.model.held_bytes();
            if held != held_before {
                held_before = held;
                self.note_held(index as u32, held);
            }
        }
        self.at = end;
        did
    }

    fn apply(&mut self, heap: &HeapLoad, op: crate::workload::Op) {
        let (number, block) = (op.block() as u32, &heap.blocks[op.block()]);
        if op.is_free() {
            if self.placed.addresses[op.block()] != Row::NOWHERE {
                self.model.free(number, block);
            }
            return;
        }
        match self.model.allocate(number, block) {
            Ok(address) => self.placed.addresses[op.block()] = address,
            Err(refused) => self.placed.failures.note(refused),
        }
    }

    #[cold]
    fn note_held(&mut self, at: u32, bytes: u64) {
        self.placed.held.push((at + 1, bytes));
        if bytes > self.placed.held_peak_bytes {
            (self.placed.held_peak_bytes, self.placed.held_peak_at) = (bytes, at);
        }
    }
}

/// Moments that the mean of fragmentation is taken over.
const SAMPLES: usize = 256;

/// A pass that looks: at the peak of what is held, at the peak of what lives, and at
/// moments spread evenly over the operations.
pub(super) struct Looking {
    model: Box<dyn Model + Send>,
    pub(super) at: usize,
    live_bytes: u64,
    held_peak_at: u32,
    pub(super) at_peak: Moment,
    pub(super) at_bound: Moment,
    within_sum: f64,
    samples: u64,
}

impl Looking {
    pub(super) fn new(model: Box<dyn Model + Send>, held_peak_at: u32) -> Self {
        let (at_peak, at_bound) = (Moment::default(), Moment::default());
        Self { model, at: 0, live_bytes: 0, held_peak_at, at_peak, at_bound, within_sum: 0.0, samples: 0 }
    }

    /// Does at most so many operations; how many it did. `addresses` are those of the first
    /// pass, which say what was refused.
    pub(super) fn step(&mut self, heap: &HeapLoad, addresses: &[u64], most: u64) -> u64 {
        let end = heap.ops.len().min(self.at.saturating_add(usize::try_from(most).unwrap_or(usize::MAX)));
        let did = (end - self.at) as u64;
        let each = heap.ops.len().div_ceil(SAMPLES).max(1);
        for index in self.at..end {
            self.apply(heap, addresses, index);
            let at = index as u32;
            let (is_peak, is_bound) = (at == self.held_peak_at, at == heap.bound_at);
            let is_sample = (index + 1).is_multiple_of(each);
            if is_peak || is_bound || is_sample {
                self.look(at, is_peak, is_bound, is_sample);
            }
        }
        self.at = end;
        did
    }

    fn apply(&mut self, heap: &HeapLoad, addresses: &[u64], index: usize) {
        let op = heap.ops[index];
        if addresses[op.block()] == Row::NOWHERE {
            // Asked again all the same: a refusal may change what is held.
            if !op.is_free() {
                let _ = self.model.allocate(op.block() as u32, &heap.blocks[op.block()]);
            }
            return;
        }
        let (number, block) = (op.block() as u32, &heap.blocks[op.block()]);
        if op.is_free() {
            self.model.free(number, block);
            self.live_bytes -= block.bytes;
        } else if self.model.allocate(number, block).is_ok() {
            self.live_bytes += block.bytes;
        }
    }

    #[cold]
    fn look(&mut self, at: u32, is_peak: bool, is_bound: bool, is_sample: bool) {
        let look = self.model.look(self.live_bytes);
        let moment = Moment {
            at,
            held_bytes: look.held_bytes,
            live_bytes: self.live_bytes,
            waste: look.waste,
            fragmentation_within: look.fragmentation_within,
            fragmentation_whole: look.fragmentation_whole,
        };
        if is_peak {
            self.at_peak = moment;
        }
        if is_bound {
            self.at_bound = moment;
        }
        if is_sample {
            self.within_sum += look.fragmentation_within;
            self.samples += 1;
        }
    }

    pub(super) fn within_mean(&self) -> f64 {
        self.within_sum / self.samples.max(1) as f64
    }
}

/// A pass that ends with the first refusal.
pub(super) struct Fitting {
    model: Box<dyn Model + Send>,
    at: usize,
}

impl Fitting {
    pub(super) const fn new(model: Box<dyn Model + Send>) -> Self {
        Self { model, at: 0 }
    }

    /// Does at most so many operations; how many it did, and once it knows, whether
    /// everything fits.
    pub(super) fn step(&mut self, heap: &HeapLoad, most: u64) -> (u64, Option<bool>) {
        let end = heap.ops.len().min(self.at.saturating_add(usize::try_from(most).unwrap_or(usize::MAX)));
        let from = self.at;
        while self.at < end {
            let op = heap.ops[self.at];
            let (number, block) = (op.block() as u32, &heap.blocks[op.block()]);
            self.at += 1;
            if op.is_free() {
                self.model.free(number, block);
            } else if self.model.allocate(number, block).is_err() {
                return ((self.at - from) as u64, Some(false));
            }
        }
        ((end - from) as u64, (end == heap.ops.len()).then_some(true))
    }
}
