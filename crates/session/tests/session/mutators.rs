//! The engine with mutators on threads of their own: the figures agree at every
//! pause, nothing is given out twice, and nothing is left when they go.

use crate::platform::Platform;
use arenascope_arena::PolicyKind;
use arenascope_pool::DeviceLimits;
use arenascope_session::Session;
use arenascope_session::config::RunConfig;
use arenascope_session::mutators::MutatorBoard;
use arenascope_session::mutators::{Activity, Mutator};
use arenascope_session::request::{GpuMode, NnMode, Report};
use arenascope_telemetry::Shared;
use arenascope_telemetry::event::Event;
use arenascope_telemetry::metrics::Metrics;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::scenario::ScenarioKind;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

/// Gives up on threads that should have answered long ago.
const PATIENCE: Duration = Duration::from_secs(20);

/// The engine, and the clock that it shares with the mutators.
pub(crate) struct Bench<'s> {
    pub(crate) session: Session<'s>,
    pub(crate) platform: Platform,
    pub(crate) begun: Instant,
}

impl<'s> Bench<'s> {
    fn new(shared: &'s Shared, begun: Instant) -> Self {
        let config = RunConfig { arena_bytes: Bytes::mib(64), ..RunConfig::default() };
        let session = Session::new(config, shared, Micros::ZERO).unwrap();
        let mut session = session.with_clock(move || now(begun));
        let limits = DeviceLimits::default();
        session.handle_report(Report::DevicesReady { gpu: GpuMode::WebGpu, nn: NnMode::WebNn, limits });
        Self { session, platform: Platform::new(NnMode::WebNn), begun }
    }

    /// Calls the mutators back and waits until they are gone.
    pub(crate) fn recall(&mut self) {
        self.session.recall_mutators();
        let begun = Instant::now();
        while !self.session.mutators_are_gone() {
            assert!(begun.elapsed() < PATIENCE, "a mutator does not answer");
            std::thread::yield_now();
        }
    }

    pub(crate) fn start(&mut self, config: RunConfig) {
        self.recall();
        self.start_without_waiting(config);
    }

    fn start_without_waiting(&mut self, config: RunConfig) {
        self.session.start(config, now(self.begun)).unwrap();
        self.settle();
    }

    fn settle(&mut self) {
        self.platform.run(&mut self.session);
        self.session.publish();
    }

    pub(crate) fn tick(&mut self) -> Metrics {
        self.session.handle_tick(now(self.begun));
        self.settle();
        let metrics = self.session.metrics();
        check(&metrics);
        metrics
    }

    /// Ticks until the figures are as wanted.
    fn until(&mut self, what: &str, wanted: impl Fn(&Metrics) -> bool) -> Metrics {
        let begun = Instant::now();
        loop {
            let metrics = self.tick();
            if wanted(&metrics) {
                return metrics;
            }
            assert!(begun.elapsed() < PATIENCE, "waited in vain for {what}: {:#?}", metrics.arena);
        }
    }
}

pub(crate) fn now(begun: Instant) -> Micros {
    Micros::new(begun.elapsed().as_micros() as u64)
}

/// Every byte is accounted for, by the arena and by the budget, and no payload was
/// written by two.
fn check(metrics: &Metrics) {
    let arena = &metrics.arena;
    assert_eq!(arena.capacity_bytes, arena.used_bytes + arena.free_bytes + arena.cached_bytes + arena.metadata_bytes);
    let charged = metrics.budget.categories.iter().map(|row| row.arena_bytes).sum::<u64>();
    assert_eq!(arena.used_bytes, charged, "the arena's used bytes are the sum of the categories");
    assert_eq!(arena.overlaps_total, 0);
}

/// Runs `body` beside `count` mutator threads, which end with it.
pub(crate) fn beside(count: usize, shared: &Shared, body: impl FnOnce(&mut Bench<'_>)) {
    let begun = Instant::now();
    let mut bench = Bench::new(shared, begun);
    let (board, ended) = (bench.session.mutators(), AtomicBool::new(false));
    std::thread::scope(|scope| {
        for _ in 0..count {
            scope.spawn(|| work(Arc::clone(&board), shared, begun, &ended));
        }
        let end = EndOfScope(&ended);
        while board.registered() < count as u32 {
            std::thread::yield_now();
        }
        body(&mut bench);
        drop(end);
    });
}

/// Ends the threads also where the body panics.
pub(crate) struct EndOfScope<'a>(pub(crate) &'a AtomicBool);

impl Drop for EndOfScope<'_> {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Release);
    }
}

fn work(board: Arc<MutatorBoard>, shared: &Shared, begun: Instant, ended: &AtomicBool) {
    let mut mutator = Mutator::register(board, shared).expect("a place on the board");
    while !ended.load(Ordering::Acquire) {
        if mutator.turn(&mut || now(begun)) == Activity::Idle {
            std::thread::yield_now();
        }
    }
}

pub(crate) fn config(mutators: u32) -> RunConfig {
    RunConfig { mutators, arena_bytes: Bytes::mib(64), ..RunConfig::default() }
}

fn remote_frees(metrics: &Metrics) -> u64 {
    metrics.arena.threads.iter().map(|thread| thread.remote_frees_total).sum()
}

#[test]
fn figures_of_engine_and_mutators_agree() {
    for count in [2, 4] {
        let shared = Shared::new();
        beside(count, &shared, |bench| {
            bench.start(config(count as u32));
            let metrics = bench.until("work of every mutator", |metrics| {
                let threads = &metrics.arena.threads[1..];
                threads.iter().all(|thread| thread.operations_total > 20_000) && remote_frees(metrics) > 500
            });
            assert_eq!(metrics.arena.threads.len(), count + 1);
            assert_eq!(metrics.arena.threads[1].name, "mutator 1");
            assert!(metrics.arena.threads[1..].iter().all(|thread| thread.cache_hit_ratio > 0.5));
        });
    }
}

#[test]
fn nothing_is_left_when_they_go() {
    let shared = Shared::new();
    beside(3, &shared, |bench| {
        shared.events.drain(|_| ());
        bench.start(RunConfig { scenario: ScenarioKind::Idle, ..config(3) });
        bench.until("work", |metrics| metrics.arena.threads[1].operations_total > 20_000);
        bench.recall();
        let metrics = bench.until("what was passed", |metrics| metrics.arena.used_bytes == 0);
        // Beside events, rings tell which run they are of.
        let mut drained = 0;
        shared.events.drain(|record| drained += u64::from(Event::from_words(record).is_some()));
        assert_eq!(metrics.own.events_total, drained + metrics.own.events_lost_total, "events of all threads");
        assert_eq!(metrics.arena.allocation_count, 0);
        assert_eq!(metrics.budget.current_bytes, 0);
    });
}

#[test]
fn they_wait_while_the_run_is_stopped() {
    let shared = Shared::new();
    beside(2, &shared, |bench| {
        bench.start(config(2));
        bench.until("work", |metrics| metrics.arena.threads[1].operations_total > 5_000);
        bench.session.stop(now(bench.begun));
        let begun = Instant::now();
        while bench.session.needs_publishing() {
            bench.settle();
            assert!(begun.elapsed() < PATIENCE);
        }
        let before = bench.tick();
        assert!(before.arena.used_bytes > 0, "what is live stays, to be looked at");
        std::thread::sleep(Duration::from_millis(30));
        assert_eq!(bench.tick().arena, before.arena);
    });
}

#[test]
fn a_run_can_be_changed_in_every_way() {
    let shared = Shared::new();
    beside(4, &shared, |bench| {
        let sizes = [Bytes::mib(64), Bytes::mib(32), Bytes::mib(32), Bytes::mib(16)];
        for (mutators, arena_bytes) in [4, 1, 0, 3].into_iter().zip(sizes) {
            for policy in PolicyKind::ALL {
                bench.start(RunConfig { policy, arena_bytes, ..config(mutators) });
                let metrics = bench.until("every thread", |metrics| {
                    metrics.arena.threads[1..].iter().all(|thread| thread.operations_total > 1_000)
                });
                assert_eq!(metrics.arena.threads.len(), mutators as usize + 1);
                assert_eq!(metrics.arena.capacity_bytes, arena_bytes.get());
            }
        }
        bench.recall();
        bench.session.reset(now(bench.begun)).unwrap();
        let metrics = bench.tick();
        assert_eq!((metrics.arena.used_bytes, metrics.budget.current_bytes), (0, 0));
    });
}

#[test]
fn one_that_does_not_answer_is_left_behind_with_the_old_arena() {
    let shared = Shared::new();
    beside(1, &shared, |bench| {
        // A second one that takes part once and then hangs.
        let mut hanging = Mutator::register(bench.session.mutators(), &shared).unwrap();
        bench.start_without_waiting(config(2));
        let begun = bench.begun;
        assert_eq!(hanging.turn(&mut || now(begun)), Activity::Worked);
        bench.session.recall_mutators();
        bench.session.give_up_mutators();
        assert!(bench.session.take_notices().iter().any(|notice| notice.text.contains("does not answer")));
        bench.start_without_waiting(config(2));
        bench.until("the other one", |metrics| metrics.arena.threads[1].operations_total > 5_000);
        // It comes back, and takes part in the run of now.
        assert_eq!(hanging.turn(&mut || now(begun)), Activity::Worked);
        let metrics = bench.tick();
        assert!(metrics.arena.threads[2].operations_total > 0);
        drop(hanging);
    });
}

#[test]
fn networks_run_and_uploads_go_through_while_a_mutator_is_off_its_core() {
    let shared = Shared::new();
    let begun = Instant::now();
    let mut bench = Bench::new(&shared, begun);
    let mut mutator = Mutator::register(bench.session.mutators(), &shared).unwrap();
    bench.start_without_waiting(RunConfig { scenario: ScenarioKind::GameLoop, ..config(1) });
    let mut looks = 0;
    // Its clock is read at the beginning of a batch: it is inside the arena meanwhile, and
    // nobody can pause it.
    mutator.turn(&mut || {
        looks += 1;
        if looks == 1 {
            for frame in 1..=12 {
                let time = now(begun).get() + 17_000 * frame;
                bench.session.handle_tick(Micros::new(time));
                bench.platform.run(&mut bench.session);
            }
        }
        now(begun)
    });
    bench.settle();
    let metrics = bench.session.metrics();
    bench.platform.assert_no_misuse();
    assert!(metrics.nn.dispatches_total > 0 && metrics.gpu.uploaded_bytes_total > 0, "{metrics:#?}");
    assert_eq!((metrics.nn.failures_total, metrics.nn.mismatches_total), (0, 0));
    assert_eq!((metrics.arena.failures_total, metrics.gpu.errors_total), (0, 0));
}
