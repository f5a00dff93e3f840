//! The session: takes commands, steps the scenario, asks for device work, takes
//! reports. Time comes in as an argument; the platform runs the requests.

use super::config::RunConfig;
use super::crew::MutatorBoard;
use super::publish::ArenaLook;
use super::request::{GpuMode, NnMode, Report, Request};
use super::run::{Limits, Run};
use crate::arena::{Arena, PolicyKind, Region, ReserveError, SharedArena, ThreadArena};
use crate::owner::Owner;
use crate::pool::Serial;
use crate::telemetry::Shared;
use crate::telemetry::event::{Event, Op};
use crate::telemetry::notice::{Level, Notice};
use crate::telemetry::ring::Producer;
use crate::units::{Bytes, Micros};
use crate::workload::step::Step;
use std::collections::VecDeque;
use std::sync::Arc;

/// Submissions that may be unfinished before the scenario waits for the GPU.
const MAX_IN_FLIGHT: usize = 3;
pub(super) use crate::telemetry::event::NOBODY;

/// An arena of all of `region`, and the engine's part of it.
fn share(region: Region, policy: PolicyKind) -> (Arc<SharedArena>, ThreadArena) {
    let arena = Arc::new(SharedArena::new(Arena::new(region, policy)));
    let thread = arena.attach().expect("a new arena has a seat for its first thread");
    (arena, thread)
}

/// The engine's memory subsystem at work. Belongs to one thread; others read
/// what it publishes in [`Shared`].
pub struct Session<'s> {
    pub(super) shared: &'s Shared,
    /// The thread's own ring; `None` where all were taken: its events are then
    /// counted as lost.
    pub(super) events: Option<Producer<'s>>,
    pub(super) config: RunConfig,
    pub(super) arena: Arc<SharedArena>,
    /// The engine's own part of the arena.
    pub(super) thread: ThreadArena,
    pub(super) board: Arc<MutatorBoard>,
    pub(super) run: Run,
    pub(super) requests: VecDeque<Request>,
    pub(super) gpu: GpuMode,
    pub(super) nn: NnMode,
    /// False from a device loss until there is a device again.
    pub(super) devices_open: bool,
    /// False from a context loss until there is somebody to run networks again.
    pub(super) context_open: bool,
    pub(super) limits: Limits,
    /// The newest submission; counts on across runs and losses.
    pub(super) last_serial: Serial,
    /// The number that was given last to a graph, a run or a write.
    last_number: u64,
    pub(super) last_map_us: Option<u64>,
    /// What the newest map's walk found.
    pub(super) newest_look: ArenaLook,
    pub(super) maps_since_sweep: u32,
    /// What the browser said last that the page holds.
    pub(super) browser_memory: Option<Bytes>,
    /// True from a report until the next publication.
    pub(super) unpublished: bool,
}

impl<'s> Session<'s> {
    /// A session that has not started, with an arena of the config's size.
    ///
    /// # Errors
    /// [`ReserveError`] where the arena cannot be reserved.
    pub fn new(config: RunConfig, shared: &'s Shared, now: Micros) -> Result<Self, ReserveError> {
        let (arena, thread) = share(Region::reserve(config.arena_bytes)?, config.policy);
        let limits = Limits::default();
        let run = Run::new(&config, limits, now, false);
        let mut session = Self {
            shared,
            events: shared.events.open(),
            config,
            arena,
            thread,
            board: Arc::default(),
            run,
            requests: VecDeque::new(),
            gpu: GpuMode::Off,
            nn: NnMode::Off,
            devices_open: false,
            context_open: true,
            limits,
            last_serial: Serial(0),
            last_number: 0,
            last_map_us: None,
            newest_look: ArenaLook::default(),
            maps_since_sweep: 0,
            browser_memory: None,
            unpublished: true,
        };
        session.begin(now, false);
        Ok(session)
    }

    /// The run's definition.
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
            self.run.time = now.since(self.run.started);
            // The last moment too is in the map and in the heat map.
            self.last_map_us = None;
            self.publish_map_if_due();
            self.run.running = false;
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
        let spare = share(Region::reserve_pages(1)?, config.policy);
        self.drop_devices();
        let former = self.dismiss(spare);
        let region = match (fresh, former) {
            (Some(region), _) => region,
            (None, Some(arena)) => arena.into_arena().into_region(),
            (None, None) => Region::reserve(config.arena_bytes)?,
        };
        (self.arena, self.thread) = share(region, config.policy);
        self.config = config;
        self.begin(now, running);
        Ok(())
    }

    fn begin(&mut self, now: Micros, running: bool) {
        self.run = Run::new(&self.config, self.limits, now, running);
        (self.run.events_before, self.run.events_lost_before) = (self.events_offered(), self.shared.events.lost());
        self.shared.samples.begin_run();
        self.shared.heat.begin_run();
        (self.last_map_us, self.newest_look, self.maps_since_sweep) = (None, ArenaLook::default(), 0);
        self.arm_guards();
        let payload = self.arena.with(|arena| arena.sections().payload.offset).map_or(0, Bytes::get);
        self.emit(Op::RunStart, NOBODY, 0, payload, self.config.arena_bytes);
        self.flush_events();
        // While the engine is alone: from now on there are books to fall back on.
        self.books();
        if running {
            self.post_crew();
        }
    }

    /// Asks for the destruction of everything on the devices.
    fn drop_devices(&mut self) {
        let resources: Vec<_> = self.run.pool.buffers().map(|info| (info.resource, info.owner, info.size)).collect();
        for (resource, owner, size) in resources {
            self.emit(Op::PoolDestroy, owner, resource.number(), 0, size);
            self.requests.push_back(Request::Destroy { resource });
        }
        let tensors: Vec<_> = self.run.tensors.buffers().map(|info| (info.resource, info.owner, info.size)).collect();
        for (tensor, owner, size) in tensors {
            self.emit(Op::TensorDestroy, owner, tensor.number(), 0, size);
            self.requests.push_back(Request::DestroyTensor { tensor });
        }
        self.drop_graphs();
    }

    /// Steps the frames that are due at `now`; none while the GPU is behind or
    /// there is no device. Afterwards the platform runs [`Self::poll_request`].
    pub fn handle_tick(&mut self, now: Micros) {
        if !self.run.running {
            return self.pay_back();
        }
        self.run.time = now.since(self.run.started);
        self.run.budget.set_time(self.run.time);
        self.take_in_passed();
        let due = self.run.pacing.due(now);
        if !self.devices_open || !self.context_open || self.run.in_flight.len() >= MAX_IN_FLIGHT {
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
        let evictions = self.run.pool.trim(self.run.time);
        self.destroy(evictions);
        let evictions = self.run.tensors.trim(self.run.time);
        self.destroy_tensors(evictions);
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
            self.run.counters.steps_skipped += 1;
        }
    }

    /// The next thing for the platform to do, in order.
    pub fn poll_request(&mut self) -> Option<Request> {
        self.requests.pop_front()
    }

    /// Takes in what became of a request, or what happened unasked. Reports of
    /// an earlier run change nothing.
    pub fn handle_report(&mut self, report: Report) {
        self.unpublished = true;
        match report {
            Report::DevicesReady { gpu, nn, limits } => self.open_devices(gpu, nn, limits),
            Report::DeviceLost { reason } => self.lose_device(&reason),
            Report::Created { took, .. } => self.run.pool.note_creation(took),
            Report::CreationFailed { resource, reason } => self.creation_failed(resource, &reason),
            Report::GpuError { reason } => {
                self.run.counters.gpu_errors += 1;
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
        self.run.notices.take(self.run.time.get())
    }

    /// Says something on the console.
    pub fn say(&mut self, level: Level, text: String) {
        self.run.notices.say(self.run.time.get(), level, text);
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
        self.run.running || !self.run.in_flight.is_empty() || self.unpublished || !self.board.is_settled()
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.last_number += 1;
        self.last_number
    }

    pub(super) fn next_serial(&mut self) -> Serial {
        self.last_serial = Serial(self.last_serial.0 + 1);
        self.last_serial
    }

    pub(super) fn emit(&mut self, op: Op, owner: Owner, id: u64, offset: u64, size: Bytes) {
        self.emit_with(op, 0, owner, id, offset, size);
    }

    /// As [`Self::emit`], with what the operation's detail says.
    pub(super) fn emit_with(&mut self, op: Op, detail: u8, owner: Owner, id: u64, offset: u64, size: Bytes) {
        let note = Event::note(self.run.time.get(), op);
        let event = Event { detail, owner, id, offset_bytes: offset, size_bytes: size.get(), ..note };
        match &mut self.events {
            // A full ring counts what it loses.
            Some(ring) => _ = ring.push(event),
            None => self.shared.events.lose(),
        }
    }

    /// Hands everything emitted so far to the recorder.
    pub(super) fn flush_events(&mut self) {
        if let Some(ring) = &mut self.events {
            ring.flush(self.run.time.get());
        }
    }

    /// Events of all threads so far, lost ones included. Of other threads' the newest
    /// batch may be missing.
    pub(super) fn events_offered(&self) -> u64 {
        self.shared.events.offered() + self.events.as_ref().map_or(0, Producer::gathered)
    }
}
