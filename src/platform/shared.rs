//! The one [`Shared`] of the module. A static of a module whose memory is
//! shared is one object for all its threads.

use crate::recording::{EventLog, Recorder};
use crate::session::mutators::MutatorBoard;
use crate::telemetry::Shared;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock};

/// Engines in the life of a page: more are not begun.
pub(super) const ENGINES_MAX: usize = 16;

/// Where mutators find their orders, one board for each engine that had a session.
static MUTATORS: [OnceLock<Arc<MutatorBoard>>; ENGINES_MAX] = [const { OnceLock::new() }; ENGINES_MAX];

static SHARED: OnceLock<Shared> = OnceLock::new();

/// Made by the page before it starts a worker, so that no thread ever waits
/// for another here.
pub(super) fn shared() -> &'static Shared {
    SHARED.get_or_init(Shared::new)
}

/// Says where mutators find their orders. By the engine worker, before it is ready; a
/// second one has another board.
pub(super) fn set_mutators(board: Arc<MutatorBoard>) {
    if let Some(vacant) = MUTATORS.iter().find(|slot| slot.get().is_none()) {
        // One engine is begun at a time: nobody else sets it.
        let _ = vacant.set(board);
    }
}

/// Where mutators find their orders now; `None` before the engine is ready.
pub(super) fn mutators() -> Option<&'static Arc<MutatorBoard>> {
    MUTATORS.iter().map_while(OnceLock::get).last()
}

static EVENT_LOG: OnceLock<EventLog> = OnceLock::new();

/// The recording of the module; made by the page too, before any worker.
pub(super) fn event_log() -> &'static EventLog {
    EVENT_LOG.get_or_init(EventLog::default)
}

static RECORDER: OnceLock<Mutex<Recorder<'static>>> = OnceLock::new();

/// What writes the recording, for the recorder worker. It lies here, not on that
/// thread, so that another can go on where one ended between two rounds.
pub(super) fn recorder() -> &'static Mutex<Recorder<'static>> {
    RECORDER.get_or_init(|| Mutex::new(Recorder::new(event_log())))
}

/// The workers that were started for one task, of which only the newest does it.
pub(super) struct Succession(AtomicU32);

/// Which engine is the newest: earlier ones leave.
pub(super) static ENGINES: Succession = Succession(AtomicU32::new(0));
/// Which recorder is the newest: earlier ones leave.
pub(super) static RECORDERS: Succession = Succession(AtomicU32::new(0));

impl Succession {
    /// By the page, before it starts a worker: the one before is done, even if it goes on.
    pub(super) fn replace(&self) {
        self.0.fetch_add(1, Ordering::Release);
    }

    /// How many were started.
    pub(super) fn count(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }

    /// By a worker that begins: what it asks before each round.
    pub(super) fn enter(&'static self) -> impl Fn() -> bool {
        let number = self.0.load(Ordering::Acquire);
        move || self.0.load(Ordering::Acquire) == number
    }
}

/// Marks of the rings of engine and mutators, see [`crate::telemetry::ring::mark_thread`].
pub(super) const ENGINE_MARK: u32 = 1;

/// The mark of mutator `number`.
pub(super) const fn mutator_mark(number: u32) -> u32 {
    ENGINE_MARK + 1 + number
}

/// Gives the rings of a thread that has ended to whoever opens one next.
///
/// # Safety
/// The thread of that mark has ended.
pub(super) unsafe fn release_rings(mark: u32) {
    for ring in shared().events.iter() {
        // SAFETY: the caller's.
        unsafe { ring.release(mark) };
    }
}

static SPILLS: AtomicBool = AtomicBool::new(false);

/// Whether the recorder keeps the run as a file too.
pub(super) fn is_spilling() -> bool {
    // Acquire: the start of the run that asks for it is in its ring.
    SPILLS.load(Ordering::Acquire)
}

/// Chooses whether it does.
pub(super) fn set_spilling(spills: bool) {
    SPILLS.store(spills, Ordering::Release);
}
