//! The session: what the engine does, and the one that calls its parts. Time comes in
//! as an argument; the platform runs the requests.

use super::config::RunConfig;
use super::devices::Devices;
use super::engine_arena::EngineArena;
use super::events::{Clock, EventSink};
use super::manifest::Manifest;
use super::mutators::MutatorBoard;
use super::outbox::Outbox;
use super::publish::Publisher;
use super::request::{Report, Request};
use super::run::Run;
use arenascope_arena::{Arena, Guards, PolicyKind, Region, ReserveError, SharedArena, ThreadArena};
use arenascope_telemetry::Shared;
use arenascope_telemetry::notice::{Level, Notice};
use arenascope_telemetry::run::RunNumber;
use arenascope_units::{Bytes, Micros};
use arenascope_workload::step::Step;
use core::sync::atomic::Ordering;
use std::sync::Arc;

/// Submissions that may be unfinished before the scenario waits for the GPU.
const MAX_IN_FLIGHT: usize = 3;

/// An arena of all of `region`, and the engine's part of it.
fn share(region: Region, policy: PolicyKind, guards: Option<Guards>) -> (Arc<SharedArena>, ThreadArena) {
    let mut arena = Arena::new(region, policy);
    arena.set_guards(guards);
    let arena = Arc::new(SharedArena::new(arena));
    let thread = arena.attach().expect("a new arena has a seat for its first thread");
    (arena, thread)
}

/// The engine's memory subsystem at work. Belongs to one thread; others read
/// what it publishes in [`Shared`].
///
/// It is called in this order, over and over, by one loop:
///
/// 1. commands: [`start`](Self::start), [`stop`](Self::stop), [`reset`](Self::reset),
///    [`set_limits`](Self::set_limits) and the like. Before a start or a reset,
///    [`recall_mutators`](Self::recall_mutators) until
///    [`mutators_are_gone`](Self::mutators_are_gone), or
///    [`give_up_mutators`](Self::give_up_mutators);
/// 2. [`handle_tick`](Self::handle_tick), which steps the frames that are due;
/// 3. [`poll_request`](Self::poll_request) until there is none, each request run in this
///    order, with [`handle_report`](Self::handle_report) for what became of it;
/// 4. [`publish`](Self::publish), where
///    [`needs_publishing`](Self::needs_publishing);
/// 5. [`take_notices`](Self::take_notices), for the console.
pub struct Session<'s> {
    pub(crate) shared: &'s Shared,
    config: RunConfig,
    pub(crate) arena: EngineArena,
    pub(crate) board: Arc<MutatorBoard>,
    pub(crate) devices: Devices,
    pub(crate) run: Run,
    pub(crate) out: Outbox<'s>,
    pub(crate) publisher: Publisher,
    /// Reads ms since 1970.
    wall_clock: Option<fn() -> u64>,
}

impl<'s> Session<'s> {
    /// A session that has not started, with an arena of the config's size.
    ///
    /// # Errors
    /// [`ReserveError`] where the arena cannot be reserved.
    pub fn new(config: RunConfig, shared: &'s Shared, now: Micros) -> Result<Self, ReserveError> {
        let guards = config.guards.then(Guards::default);
        let (arena, thread) = share(Region::reserve(config.arena_bytes)?, config.policy, guards);
        let devices = Devices::none();
        let run = Run::new(RunNumber::after(0), &config, devices.caps, now, false);
        let events = EventSink::new(shared, now);
        let mut session = Self {
            shared,
            arena: EngineArena::new(arena, thread, config.guards),
            config,
            board: Arc::default(),
            devices,
            run,
            out: Outbox::new(events),
            publisher: Publisher::default(),
            wall_clock: None,
        };
        session.begin(now, false);
        Ok(session)
    }

    /// Stamps events one by one from now on, as `clock` tells: it is asked once for each,
    /// and counts as the `now` of the calls does. Without a clock all events of a tick
    /// have the tick's time.
    #[must_use]
    pub fn with_clock(mut self, clock: impl FnMut() -> Micros + 'static) -> Self {
        let clock: Clock = Box::new(clock);
        self.out.events.set_clock(clock);
        self
    }

    /// Says of runs that begin from now on when they did: `wall_clock` reads ms since 1970.
    #[must_use]
    pub const fn with_wall_clock(mut self, wall_clock: fn() -> u64) -> Self {
        self.wall_clock = Some(wall_clock);
        self
    }

    /// What the run was started with.
    pub fn config(&self) -> &RunConfig {
        &self.config
    }

    /// Drops everything of the previous run and begins the one of `config`.
    ///
    /// # Errors
    /// [`ReserveError`] where the arena cannot be reserved: nothing is changed
    /// and the previous run goes on.
    pub fn start(&mut self, config: RunConfig, now: Micros) -> Result<(), ReserveError> {
        self.renew(config, now, true)?;
        let RunConfig { scenario, seed, policy, pool_mode, budget_mode, arena_bytes, speed, mutators, .. } =
            &self.config;
        let guarded = if self.config.guards { ", guarded" } else { "" };
        let lossless = if self.config.lossless { ", recorded without loss" } else { "" };
        let text = format!(
            "started {} with seed {seed}: arena {arena_bytes} ({}{guarded}), pool {}, budget {}, speed {speed}×, mutators {mutators}{lossless}",
            scenario.label(),
            policy.label(),
            pool_mode.label(),
            budget_mode.label(),
        );
        self.say(Level::Info, text);
        Ok(())
    }

    /// Ends the run; what is live stays, to be looked at.
    pub fn stop(&mut self, now: Micros) {
        if self.run.running {
            self.note_time(now);
            // The last moment too is in the map and in the heat map.
            self.publish_map_now();
            self.run.running = false;
            self.out.events.set_still(true);
            self.board.set_running(false);
            self.say(Level::Info, format!("stopped after {} frames, {}", self.run.workload.frame(), self.run.time));
        }
    }

    /// Drops everything and zeroes every figure.
    ///
    /// # Errors
    /// As [`Self::start`]; only where memory for a moment's second arena of
    /// 64 KiB is missing.
    pub fn reset(&mut self, now: Micros) -> Result<(), ReserveError> {
        self.renew(self.config.clone(), now, false)?;
        self.say(Level::Info, "reset: everything is dropped, every figure is zero".into());
        Ok(())
    }

    /// Changes the speed of the run in progress.
    pub fn set_speed(&mut self, speed: f64) {
        self.config.speed = speed;
        self.run.pacing.set_speed(speed);
    }

    fn renew(&mut self, config: RunConfig, now: Micros, running: bool) -> Result<(), ReserveError> {
        let fresh = match config.arena_bytes == self.config.arena_bytes && self.mutators_are_gone() {
            true => None,
            false => Some(Region::reserve(config.arena_bytes)?),
        };
        // Otherwise the memory is kept: a stand-in of one page lends its place.
        let spare = share(Region::reserve_pages(1)?, config.policy, None);
        self.drop_devices();
        let former = self.part_from_mutators(spare);
        let region = match (fresh, former) {
            (Some(region), _) => region,
            (None, Some(arena)) => arena.into_arena().into_region(),
            (None, None) => Region::reserve(config.arena_bytes)?,
        };
        let guards = config.guards.then(Guards::default);
        let (arena, thread) = share(region, config.policy, guards);
        self.arena = EngineArena::new(arena, thread, config.guards);
        self.config = config;
        self.begin(now, running);
        Ok(())
    }

    fn begin(&mut self, now: Micros, running: bool) {
        let number = RunNumber::after(self.shared.runs_begun.fetch_add(1, Ordering::Relaxed));
        self.run = Run::new(number, &self.config, self.devices.caps, now, running);
        self.publisher.begin_run((self.events_offered(), self.shared.events.lost()));
        self.shared.samples.begin_run();
        self.shared.heat.begin_run();
        let manifest = Manifest::of(&self.config, self.wall_clock.map(|read| read()));
        // Settings fit in an eighth of the board; before the run's first event, which says
        // that it is there.
        let _ = self.shared.manifest.publish(number, &manifest.to_text());
        let payload = self.arena.shared.with(|arena| arena.sections().payload.offset).map_or(0, Bytes::get);
        self.out.forget_notices();
        self.out.events.begin_run(now, number, payload, self.config.arena_bytes);
        self.out.events.set_still(!running);
        self.out.events.flush();
        // While the engine is alone: from now on there are figures to fall back on.
        self.agreeing_figures();
        if running {
            self.dispatch_mutators();
        }
    }

    /// Asks for the destruction of everything on the devices.
    fn drop_devices(&mut self) {
        self.run.gpu.pool.drop_all(&mut self.out);
        self.run.nn.tensors.drop_all(&mut self.out);
        self.drop_graphs();
    }

    /// Takes in what time it is; stands still while stopped.
    fn note_time(&mut self, now: Micros) {
        self.out.events.note_time(now);
        self.run.time = self.out.events.newest();
        self.run.budget.tree.set_time(self.run.time);
    }

    /// Steps the frames that are due at `now`; none while the GPU is behind or
    /// there is no device. Afterwards the platform runs [`Self::poll_request`].
    pub fn handle_tick(&mut self, now: Micros) {
        if !self.run.running {
            return self.pay_back();
        }
        self.note_time(now);
        self.take_in_passed();
        let due = self.run.pacing.due(now);
        let Devices { is_device_open, is_context_open, .. } = self.devices;
        if !is_device_open || !is_context_open || self.run.gpu.in_flight() >= MAX_IN_FLIGHT {
            return;
        }
        (0..due).for_each(|_| self.step_frame());
    }

    /// One frame of the scenario: its steps, its submission, the pool's
    /// housekeeping.
    fn step_frame(&mut self) {
        for step in self.run.workload.next_frame() {
            self.step(step);
        }
        self.submit();
        let Self { run, out, .. } = self;
        run.gpu.pool.trim(run.time, out);
        run.nn.tensors.trim(run.time, out);
        self.handle_budget_events();
    }

    fn step(&mut self, step: Step) {
        let done = match step {
            Step::Allocate { slot, size, align, owner } => self.allocate_slot(slot, size, align, owner),
            Step::Free { slot } => self.free_slot(slot),
            Step::AcquireBuffer { slot, size, usage, owner } => self.acquire_buffer(slot, size, usage, owner),
            Step::AcquireTexture { slot, spec, owner } => self.acquire(slot, spec.into(), owner),
            Step::Upload { slot } => self.upload(slot),
            Step::Dispatch { input, output } => self.dispatch(input, output),
            Step::Release { slot } => self.release(slot),
            Step::LoadModel { slot, shape, seed } => self.load_model(slot, shape, seed),
            Step::RunModel { slot, seed } => self.run_model(slot, seed),
            Step::Decode { slot, seed, past, present, owner } => self.decode(slot, seed, past, (present, owner)),
            Step::DropModel { slot } => self.drop_model(slot),
            Step::CreateTensor { slot, elements, owner } => self.hold_tensor(slot, elements, owner),
            Step::DropTensor { slot } => self.drop_tensor(slot),
        };
        if done.is_none() {
            self.run.steps_skipped += 1;
        }
    }

    /// The next thing for the platform to do, in order.
    pub fn poll_request(&mut self) -> Option<Request> {
        self.out.next_request()
    }

    /// Takes in what became of a request, or what happened unasked. Reports of
    /// an earlier run change nothing.
    pub fn handle_report(&mut self, report: Report) {
        self.publisher.is_due = true;
        match report {
            Report::DevicesReady { gpu, nn, limits } => self.open_devices(gpu, nn, limits),
            Report::DeviceLost { reason } => self.lose_device(&reason),
            Report::Created { took, .. } => self.run.gpu.pool.note_creation(took),
            Report::CreationFailed { resource, reason } => self.creation_failed(resource, &reason),
            Report::GpuError { reason } => {
                self.run.gpu.counters.errors += 1;
                self.say(Level::Error, format!("the GPU reported: {reason}"));
            }
            Report::Completed { serial } => self.complete(serial),
            Report::ContextReady { nn, tensor_limit } => self.open_context(nn, tensor_limit),
            Report::ContextLost { reason } => self.lose_context(&reason),
            Report::ModelBuilt { model, result } => self.model_built(model, result),
            Report::ModelRan { run, result } => self.model_ran(run, result),
            Report::TensorCreationFailed { tensor, reason } => self.tensor_creation_failed(tensor, &reason),
            Report::TensorWritten { write, result } => self.tensor_written(write, result),
        }
    }

    /// Lines for the console since the last call.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        self.out.take_notices()
    }

    /// Says something on the console.
    pub fn say(&mut self, level: Level, text: String) {
        self.out.say(level, text);
    }

    /// True between start and stop.
    pub fn is_running(&self) -> bool {
        self.run.running
    }

    /// Time since the run's start; stands still while stopped.
    pub fn time(&self) -> Micros {
        self.run.time
    }

    /// True where figures may have changed since they were published: while
    /// running, and until the GPU has finished what was submitted.
    pub fn needs_publishing(&self) -> bool {
        self.run.running || self.run.gpu.in_flight() > 0 || self.publisher.is_due || !self.board.is_settled()
    }

    /// Events of all threads so far, lost ones included. Of other threads' the newest
    /// batch may be missing.
    pub(crate) fn events_offered(&self) -> u64 {
        self.shared.events.offered() + self.out.events.gathered()
    }
}
