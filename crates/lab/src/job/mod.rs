//! One row, step by step: what a thread or a worker runs.

mod packed;
mod pass;
mod smallest;

use crate::model::Model;
use crate::packing::{Instance, Packer};
use crate::policies::bare::BarePolicy;
use crate::pytorch::CachingAllocator;
use crate::rows::figures::{Figures, Packing, Row, Unavailable};
use crate::rows::settings::Settings;
use crate::rows::spec::RowSpec;
use crate::workload::HeapLoad;
use core::time::Duration;
use pass::{Fitting, Looking, Placed, Placing};
use serde::{Deserialize, Serialize};
use smallest::Smallest;
use std::sync::Arc;

/// How far a [`Job`] is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Progress {
    /// What it is at.
    pub phase: Phase,
    /// The part that is done, 0 to 1: an estimate, as nobody knows how many tries a search
    /// takes. Of a packing, the part of its time or nodes.
    pub part: f64,
    /// Whether nothing is left to do.
    pub is_finished: bool,
    /// The best packing so far, bytes.
    pub best_bytes: Option<u64>,
}

/// What a [`Job`] is at.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Phase {
    /// Places every block; this pass is timed.
    #[default]
    Placing,
    /// Places them again, and looks at what is held for what.
    Looking,
    /// Searches the smallest arena that fits.
    Smallest,
    /// Searches a packing.
    Packing,
    /// Done, or it could not run.
    Done,
}

/// One row of one heap, in the making.
pub struct Job {
    heap: Arc<HeapLoad>,
    settings: Settings,
    state: State,
    row: Row,
    operations_done: u64,
}

enum State {
    Placing(Placing, Duration),
    Looking(Looking),
    Smallest(Smallest, Fitting),
    Packing(Box<Packer>, Duration),
    Done,
}

/// Passes of a job, as its progress counts: placing, looking, and tries that end early.
const PASSES_EXPECTED: u64 = 8;
/// What sizes are multiples of where the smallest arena is searched.
const SMALLEST_GRANULE_BYTES: u64 = 16;

impl Job {
    /// A row of a heap, of which nothing is done yet.
    pub fn new(heap: Arc<HeapLoad>, spec: RowSpec, settings: Settings) -> Self {
        let mut row = Row::of(spec);
        if spec == RowSpec::Packing {
            let packer = Packer::new(Instance::of(&heap, settings.align_bytes), settings.budget_bytes);
            let state = State::Packing(Box::new(packer), Duration::ZERO);
            return Self { heap, settings, state, row, operations_done: 0 };
        }
        let state = match model(&heap, spec, &settings, capacity(&heap, spec, &settings)) {
            Ok(model) => State::Placing(Placing::new(model, &heap), Duration::ZERO),
            Err(why) => {
                row.unavailable = Some(why);
                State::Done
            }
        };
        Self { heap, settings, state, row, operations_done: 0 }
    }

    /// Does about so many operations, by a clock that only grows; how far it is then.
    pub fn step(&mut self, operations: u64, clock: &mut dyn FnMut() -> Duration) -> Progress {
        let operations = operations.max(1);
        self.state = match core::mem::replace(&mut self.state, State::Done) {
            State::Placing(placing, took) => self.place(placing, took, operations, clock),
            State::Looking(looking) => self.look(looking, operations),
            State::Smallest(search, fitting) => self.fit(search, fitting, operations),
            State::Packing(packer, spent) => self.pack(packer, spent, operations, clock),
            State::Done => State::Done,
        };
        self.progress()
    }

    fn progress(&self) -> Progress {
        let phase = match self.state {
            State::Placing(..) => Phase::Placing,
            State::Looking(_) => Phase::Looking,
            State::Smallest(..) => Phase::Smallest,
            State::Packing(..) => Phase::Packing,
            State::Done => Phase::Done,
        };
        let is_finished = phase == Phase::Done;
        let expected = (self.heap.ops.len() as u64 * PASSES_EXPECTED).max(1) as f64;
        let part = match &self.state {
            State::Done => 1.0,
            State::Packing(_, spent) => (spent.as_secs_f64() / self.settings.packing_seconds).min(0.99),
            _ => (self.operations_done as f64 / expected).min(0.99),
        };
        let best_bytes = self.packing().map(|packing| packing.height_bytes);
        Progress { phase, part, is_finished, best_bytes }
    }

    /// How near the packing is to the optimum, as far as it is found.
    pub fn packing(&self) -> Option<Packing> {
        match &self.state {
            State::Packing(packer, _) => packer.packing(),
            _ => self.row.packing,
        }
    }

    fn pack(
        &mut self,
        mut packer: Box<Packer>,
        spent: Duration,
        operations: u64,
        clock: &mut dyn FnMut() -> Duration,
    ) -> State {
        let begun = clock();
        let is_at_end = packer.step(operations);
        let spent = spent + clock().saturating_sub(begun);
        if !is_at_end && spent.as_secs_f64() < self.settings.packing_seconds {
            return State::Packing(packer, spent);
        }
        self.note_packed(&packer);
        self.done()
    }

    fn note_packed(&mut self, packer: &Packer) {
        let Some(packing) = packer.packing() else { return };
        self.row.packing = Some(packing);
        self.row.addresses = packer.addresses();
        (self.row.figures, self.row.held) = packed::figures(&self.heap, &self.row.addresses, self.settings.align_bytes);
    }

    fn place(
        &mut self,
        mut placing: Placing,
        took: Duration,
        operations: u64,
        clock: &mut dyn FnMut() -> Duration,
    ) -> State {
        let begun = clock();
        self.operations_done += placing.step(&self.heap, operations);
        let took = took + clock().saturating_sub(begun);
        if placing.at < self.heap.ops.len() {
            return State::Placing(placing, took);
        }
        self.note_placed(placing.placed, took);
        let model = self.model(capacity(&self.heap, self.row.spec, &self.settings));
        model.map_or(State::Done, |model| State::Looking(Looking::new(model, self.row.held_peak_at())))
    }

    fn note_placed(&mut self, placed: Placed, took: Duration) {
        let operations = self.heap.ops.len() as u64;
        let bound = self.heap.bound_bytes.max(1) as f64;
        self.row.figures = Some(Figures {
            operations,
            peak_bytes: placed.held_peak_bytes,
            overhead: placed.held_peak_bytes as f64 / bound - 1.0,
            failures: placed.failures,
            nanoseconds: took.as_nanos() as f64 / operations.max(1) as f64,
            ..Figures::default()
        });
        self.row.addresses = placed.addresses;
        self.row.held = placed.held;
    }

    fn look(&mut self, mut looking: Looking, operations: u64) -> State {
        self.operations_done += looking.step(&self.heap, &self.row.addresses, operations);
        if looking.at < self.heap.ops.len() {
            return State::Looking(looking);
        }
        if let Some(figures) = &mut self.row.figures {
            (figures.at_peak, figures.at_bound) = (looking.at_peak, looking.at_bound);
            figures.fragmentation_within_mean = looking.within_mean();
        }
        if !self.settings.searches_smallest {
            return self.done();
        }
        let figures = self.row.figures.unwrap_or_default();
        let most = unlimited(&self.heap, self.row.spec);
        let bound = self.heap.bound_bytes;
        self.try_next(Smallest::new(bound, figures.peak_bytes, most, SMALLEST_GRANULE_BYTES))
    }

    fn fit(&mut self, mut search: Smallest, mut fitting: Fitting, operations: u64) -> State {
        let (did, fits) = fitting.step(&self.heap, operations);
        self.operations_done += did;
        let Some(fits) = fits else { return State::Smallest(search, fitting) };
        search.note(fits, SMALLEST_GRANULE_BYTES);
        self.try_next(search)
    }

    fn try_next(&mut self, search: Smallest) -> State {
        if let Some(figures) = &mut self.row.figures {
            figures.smallest_bytes = search.found();
            figures.smallest_step_bytes = search.step_bytes();
        }
        let next = search.next().and_then(|size| self.model(size));
        next.map_or_else(|| self.done(), |model| State::Smallest(search, Fitting::new(model)))
    }

    fn model(&mut self, capacity_bytes: u64) -> Option<Box<dyn Model + Send>> {
        model(&self.heap, self.row.spec, &self.settings, capacity_bytes).ok()
    }

    fn done(&mut self) -> State {
        self.row.is_complete = true;
        State::Done
    }

    /// What was found, all of it or up to where it was stepped.
    pub fn finish(mut self) -> Row {
        if let State::Packing(packer, _) = core::mem::replace(&mut self.state, State::Done) {
            self.note_packed(&packer);
        }
        if !self.settings.keeps_addresses {
            self.row.addresses = Vec::new();
        }
        self.row
    }
}

/// As much as anyone could want: a power of two of at least four times the bound, and of what
/// an allocator takes at least.
fn unlimited(heap: &HeapLoad, spec: RowSpec) -> u64 {
    const LEAST: u64 = 16 << 10;
    let least = match spec {
        RowSpec::PyTorch(_) => CachingAllocator::least_bytes(heap),
        RowSpec::Packing | RowSpec::Policy { .. } => LEAST,
    };
    heap.bound_bytes.max(least).saturating_mul(4).checked_next_power_of_two().unwrap_or(1 << 63)
}

fn capacity(heap: &HeapLoad, spec: RowSpec, settings: &Settings) -> u64 {
    settings.budget_bytes.unwrap_or_else(|| unlimited(heap, spec))
}

fn model(
    heap: &HeapLoad,
    spec: RowSpec,
    settings: &Settings,
    capacity_bytes: u64,
) -> Result<Box<dyn Model + Send>, Unavailable> {
    match spec {
        RowSpec::Policy { policy, thread_cache: false } => {
            Ok(Box::new(BarePolicy::new(heap, policy, settings, capacity_bytes)?))
        }
        RowSpec::PyTorch(of) => Ok(Box::new(CachingAllocator::new(heap, of, capacity_bytes))),
        RowSpec::Packing | RowSpec::Policy { thread_cache: true, .. } => {
            Err(Unavailable::NeedsMemory { wanted_bytes: capacity_bytes, most_bytes: 0 })
        }
    }
}
