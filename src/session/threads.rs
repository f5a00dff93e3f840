//! The engine's end of the mutators: a crew for each run, called back before the
//! arena is taken apart; what they pass to the engine; their figures.

use super::cookie;
use super::crew::{Crew, Kept, MutatorBoard};
use super::engine::Session;
use super::host::free;
use super::live::Held;
use super::run::Run;
use crate::arena::{FreeError, SharedArena, ThreadArena, ThreadFigures};
use crate::telemetry::event::Op;
use crate::telemetry::metrics::ThreadMetrics;
use crate::telemetry::notice::Level;
use crate::telemetry::samples::{Sample, Series};
use crate::workload::tags;
use std::sync::Arc;

/// Rates are taken over this long at least: shorter ones would show the batches.
const RATE_US: u64 = 250_000;
const THREADS: usize = Series::THREADS.len();

/// Operations per second by thread, and waits per second of all.
#[derive(Debug, Default)]
pub(super) struct Rates {
    since_us: u64,
    operations: [u64; THREADS],
    waits: u64,
    pub(super) per_second: [f64; THREADS],
    pub(super) waits_per_second: f64,
}

impl Rates {
    /// Takes the newest counts in, once they are old enough to make a rate.
    fn update(&mut self, time_us: u64, operations: [u64; THREADS], waits: u64) {
        let width_us = time_us.saturating_sub(self.since_us);
        if width_us < RATE_US {
            return;
        }
        let seconds = width_us as f64 / 1e6;
        let rate = |now: u64, then: u64| now.saturating_sub(then) as f64 / seconds;
        self.per_second = core::array::from_fn(|thread| rate(operations[thread], self.operations[thread]));
        self.waits_per_second = rate(waits, self.waits);
        (self.since_us, self.operations, self.waits) = (time_us, operations, waits);
    }
}

/// What was given up while the arena was held by somebody else, with what pays for
/// it.
#[derive(Debug, Default)]
pub(super) struct Owed {
    pub(super) kept: Vec<Kept>,
    pub(super) held: Vec<Held>,
}

impl Session<'_> {
    /// Where mutator threads find their orders: give it to
    /// [`super::mutator::Mutator::enlist`] on each of them.
    pub fn mutators(&self) -> Arc<MutatorBoard> {
        Arc::clone(&self.board)
    }

    /// Tells the mutators to give everything back. Call before [`Self::start`] and
    /// [`Self::reset`], and wait for [`Self::mutators_are_gone`]; where they are not,
    /// the old arena stays theirs and the next run gets new memory.
    pub fn recall_mutators(&mut self) {
        self.board.recall();
    }

    /// True once every mutator thread has let go of the arena. Those in a batch need
    /// some milliseconds.
    pub fn mutators_are_gone(&self) -> bool {
        self.board.is_deserted()
    }

    /// Does not wait any longer for the mutators that did not answer, ever.
    pub fn give_up_mutators(&mut self) {
        for number in self.board.late() {
            self.board.give_up(number);
            self.say(Level::Error, format!("mutator {} does not answer: the run goes on without it", number + 1));
        }
    }

    /// The crew of a run that begins.
    pub(super) fn post_crew(&mut self) {
        let Run { budget, started, .. } = &self.run;
        if self.config.mutators == 0 {
            return;
        }
        let crew = Crew::new(Arc::clone(&self.arena), budget.clone(), self.config.seed, self.config.mutators, *started);
        let crew = Arc::new(crew);
        self.run.crew = Some(Arc::clone(&crew));
        self.board.post(crew, true);
    }

    /// Lets go of the run's crew; what was on its way to somebody goes with it. The
    /// arena, if nobody else has it any more.
    pub(super) fn dismiss(&mut self, spare: (Arc<SharedArena>, ThreadArena)) -> Option<SharedArena> {
        self.board.recall();
        self.run.crew = None;
        drop(core::mem::replace(&mut self.thread, spare.1));
        Arc::into_inner(core::mem::replace(&mut self.arena, spare.0))
    }

    /// Frees what mutators have passed to the engine.
    pub(super) fn take_in_passed(&mut self) {
        let is_alone = self.board.is_deserted();
        self.pay_back();
        let passed = self.run.crew.as_ref().map(|crew| crew.passed_to_engine(is_alone)).unwrap_or_default();
        for kept in passed {
            // An arena that is held too long says nothing about the payload.
            let holds = self.thread.pin().map_or(true, |mut here| cookie::holds(&mut here, &kept));
            self.run.overlaps += u64::from(!holds);
            self.free_kept(kept);
        }
    }

    /// Where the arena is held too long, the memory stays, and so does its charge: it
    /// is freed at a later tick.
    fn free_kept(&mut self, kept: Kept) {
        match free(&mut self.thread, kept.id) {
            Ok(_) => {
                let Kept { id, extent, .. } = kept;
                self.emit(Op::ArenaFree, tags::MUTATOR, id.to_bits(), extent.offset.get(), extent.size);
            }
            Err(FreeError::Contended(_)) => self.run.owed.kept.push(kept),
            Err(error) => self.say(Level::Error, format!("what a mutator passed on was not freed: {error}")),
        }
    }

    /// Frees what could not be freed when it was given up.
    pub(super) fn pay_back(&mut self) {
        let Owed { kept, held } = std::mem::take(&mut self.run.owed);
        kept.into_iter().for_each(|kept| self.free_kept(kept));
        held.into_iter().for_each(|held| self.give_range_back(held));
    }

    /// Takes the newest counts into the rates.
    pub(super) fn update_rates(&mut self) {
        let threads = self.by_thread();
        let operations = core::array::from_fn(|thread| threads.get(thread).map_or(0, operations));
        let waits = threads.iter().map(|figures| figures.lock_waits).sum();
        self.run.rates.update(self.run.time.get(), operations, waits);
    }

    /// Payloads that were not as their thread had written them.
    pub(super) fn overlaps(&self) -> u64 {
        let figures = (0..self.config.mutators).map(|number| self.board.figures(number));
        self.run.overlaps + figures.map(|figures| figures.overlaps).sum::<u64>()
    }

    /// The engine's row, then those of the run's mutators.
    pub(super) fn thread_rows(&self) -> Vec<ThreadMetrics> {
        self.by_thread().iter().enumerate().map(|(thread, figures)| self.row(thread, figures)).collect()
    }

    /// The engine's figures, then those of the run's mutators. What the arena counts
    /// and no mutator has done is the engine's.
    fn by_thread(&self) -> Vec<ThreadFigures> {
        let mut threads = vec![ThreadFigures::default(); 1 + self.config.mutators as usize];
        for figures in self.arena.threads() {
            let mutator = self.board.mutator_of(figures.number.get());
            let place = mutator.map_or(0, |number| 1 + number as usize);
            if let Some(slot) = threads.get_mut(place) {
                *slot = figures;
            }
        }
        let (mutators, all) =
            (&threads[1..], self.run.books.get().map(|(statistics, _)| statistics).unwrap_or_default());
        let sum = |of: fn(&ThreadFigures) -> u64| mutators.iter().map(of).sum::<u64>();
        let allocations = all.allocations_total.saturating_sub(sum(|it| it.allocations));
        let frees = all.frees_total.saturating_sub(sum(|it| it.frees));
        // What the engine freed for mutators, they count as theirs.
        let for_others = sum(|it| it.remote_frees_received).saturating_sub(sum(|it| it.remote_frees_sent));
        threads[0] = ThreadFigures { allocations, frees, remote_frees_sent: for_others, ..threads[0] };
        threads
    }

    fn row(&self, thread: usize, figures: &ThreadFigures) -> ThreadMetrics {
        let name = if thread == 0 { "engine".into() } else { format!("mutator {thread}") };
        let own = thread.checked_sub(1).map(|number| self.board.figures(number as u32)).unwrap_or_default();
        let hits = figures.cache_hits + figures.cache_cuts;
        ThreadMetrics {
            name,
            operations_total: operations(figures),
            operations_per_second: self.run.rates.per_second.get(thread).copied().unwrap_or_default(),
            allocations_total: figures.allocations,
            cache_hits_total: hits,
            cache_hit_ratio: if figures.allocations == 0 { 0.0 } else { hits as f64 / figures.allocations as f64 },
            cached_bytes: figures.cached.get(),
            remote_frees_total: figures.remote_frees_sent,
            locks_total: figures.lock_acquisitions,
            lock_waits_total: figures.lock_waits,
            pauses_total: figures.safepoint_waits,
            passed_total: own.passed,
            refused_total: own.refused,
        }
    }

    /// Adds the rates to a row of samples.
    pub(super) fn sample_threads(&self, sample: Sample) -> Sample {
        let rates = Series::THREADS.into_iter().zip(self.run.rates.per_second);
        let sample = rates.fold(sample, |sample, (series, rate)| sample.with(series, rate));
        sample.with(Series::LockWaitRate, self.run.rates.waits_per_second)
    }
}

/// What a thread has done itself. Its frees include those that others did for it.
fn operations(figures: &ThreadFigures) -> u64 {
    let own_frees = figures.frees.saturating_sub(figures.remote_frees_received);
    figures.allocations + own_frees + figures.remote_frees_sent
}
