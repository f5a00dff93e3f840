//! The engine's end of the mutators: a run is dispatched to them, and they are recalled
//! before the arena is taken apart; what they pass to the engine; their figures.

use super::board::MutatorBoard;
use super::mark;
use super::pool::{MutatorPool, RunParts};
use crate::engine_arena::EngineArena;
use crate::run::Run;
use crate::session::Session;
use arenascope_arena::{SharedArena, ThreadArena, ThreadFigures};
use arenascope_telemetry::metrics::ThreadMetrics;
use arenascope_telemetry::notice::Level;
use arenascope_telemetry::samples::{Sample, Series};
use std::sync::Arc;

impl Session<'_> {
    /// Where mutator threads find their orders: give it to
    /// [`Mutator::register`](super::Mutator::register) on each of them.
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

    /// Hands a run that begins to its mutators.
    pub(crate) fn dispatch_mutators(&mut self) {
        let config = self.config();
        if config.mutators == 0 {
            return;
        }
        let Run { number, started, budget, .. } = &self.run;
        let parts = RunParts {
            arena: Arc::clone(&self.arena.shared),
            budget: budget.tree.clone(),
            is_guarded: config.guards,
            run: *number,
            seed: config.seed,
            started: *started,
        };
        let pool = Arc::new(MutatorPool::new(parts, config.mutators));
        self.run.mutators.pool = Some(Arc::clone(&pool));
        self.board.dispatch(pool, true);
    }

    /// Lets go of the run's mutators; what was on its way to somebody goes with them, and
    /// `spare` stands in for the arena. The arena, if nobody else has it any more.
    pub(crate) fn part_from_mutators(&mut self, spare: (Arc<SharedArena>, ThreadArena)) -> Option<SharedArena> {
        self.board.recall();
        self.run.mutators.pool = None;
        let former = core::mem::replace(&mut self.arena, EngineArena::new(spare.0, spare.1, false));
        let EngineArena { shared, thread, .. } = former;
        drop(thread);
        Arc::into_inner(shared)
    }

    /// Frees what mutators have passed to the engine, and what could not be freed when it
    /// was given up.
    pub(crate) fn take_in_passed(&mut self) {
        let is_alone = self.board.is_deserted();
        self.pay_back();
        let pool = self.run.mutators.pool.as_ref();
        let passed = pool.map(|pool| pool.passed_to_engine(is_alone)).unwrap_or_default();
        for marked in passed {
            // An arena that is held too long says nothing about the payload.
            let thread = self.arena.thread.get_mut();
            let holds = thread.pin().map_or(true, |mut here| mark::holds(&mut here, &marked));
            self.run.mutators.overlaps += u64::from(!holds);
            self.give_range_back(marked.range);
        }
    }

    /// Takes the newest counts into the rates.
    pub(crate) fn update_rates(&mut self) {
        let threads = self.by_thread();
        let operations = core::array::from_fn(|thread| threads.get(thread).map_or(0, operations));
        let waits = threads.iter().map(|figures| figures.lock_waits).sum();
        self.run.mutators.rates.update(self.run.time.get(), operations, waits);
    }

    /// Payloads that were not as their thread had written them.
    pub(crate) fn overlaps(&self) -> u64 {
        let figures = (0..self.config().mutators).map(|number| self.board.figures(number));
        self.run.mutators.overlaps + figures.map(|figures| figures.overlaps).sum::<u64>()
    }

    /// The engine's row, then those of the run's mutators.
    pub(crate) fn thread_rows(&self) -> Vec<ThreadMetrics> {
        self.by_thread().iter().enumerate().map(|(thread, figures)| self.row(thread, figures)).collect()
    }

    /// The engine's figures, then those of the run's mutators. What the arena counts
    /// and no mutator has done is the engine's.
    fn by_thread(&self) -> Vec<ThreadFigures> {
        let mut threads = vec![ThreadFigures::default(); 1 + self.config().mutators as usize];
        for figures in self.arena.shared.threads() {
            let mutator = self.board.mutator_of(figures.number.get());
            let place = mutator.map_or(0, |number| 1 + number as usize);
            if let Some(slot) = threads.get_mut(place) {
                *slot = figures;
            }
        }
        let (mutators, all) =
            (&threads[1..], self.publisher.agreeing.get().map(|(statistics, _)| statistics).unwrap_or_default());
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
            operations_per_second: self.run.mutators.rates.per_second.get(thread).copied().unwrap_or_default(),
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
    pub(crate) fn sample_threads(&self, sample: Sample) -> Sample {
        let rates = Series::THREADS.into_iter().zip(self.run.mutators.rates.per_second);
        let sample = rates.fold(sample, |sample, (series, rate)| sample.with(series, rate));
        sample.with(Series::LockWaitRate, self.run.mutators.rates.waits_per_second)
    }
}

/// What a thread has done itself. Its frees include those that others did for it.
fn operations(figures: &ThreadFigures) -> u64 {
    let own_frees = figures.frees.saturating_sub(figures.remote_frees_received);
    figures.allocations + own_frees + figures.remote_frees_sent
}
