//! The safepoint: threads work while they are pinned, and whoever needs the arena to
//! stand still asks them to pause.

use super::super::error::Contended;
use super::super::lock::Patience;
use super::super::span::tier::SEATS;
use core::hint::spin_loop;
use core::sync::atomic::AtomicU32;
use core::sync::atomic::Ordering::{Acquire, Relaxed, Release, SeqCst};

const PAUSE: u32 = 1;

/// No value of the control word that lets anyone work.
pub(in super::super) const NEVER: u32 = u32::MAX;

/// One thread's word: one while it is pinned.
#[derive(Debug, Default)]
#[repr(align(128))]
struct Pin(AtomicU32);

/// The control word, which says epoch and whether a pause is wanted, and the threads'
/// words.
#[derive(Debug)]
pub(in super::super) struct Gate {
    control: AtomicU32,
    pins: [Pin; SEATS],
}

impl Gate {
    pub(in super::super) fn new(epoch: u32) -> Self {
        Self { control: AtomicU32::new(epoch << 1), pins: Default::default() }
    }

    /// True while nothing has changed since the control word was `seen`. One plain
    /// load; a change is seen at some later look.
    #[inline(always)]
    pub(in super::super) fn is_current(&self, seen: u32) -> bool {
        self.control.load(Relaxed) == seen
    }

    /// Pins thread `number`, waiting for a pause to end; gives the control word.
    pub(in super::super) fn pin(&self, number: usize, patience: Patience) -> Result<u32, Contended> {
        let mut spins = 0;
        loop {
            // SeqCst, here and in `pause`: of "I am pinned" and "pause", at least one
            // is seen by the other side.
            self.pins[number].0.store(1, SeqCst);
            let control = self.control.load(SeqCst);
            if control & PAUSE == 0 {
                return Ok(control);
            }
            self.unpin(number);
            self.wait(&mut spins, patience, || self.control.load(Relaxed) & PAUSE == 0)?;
        }
    }

    /// Ends the work of thread `number`: what it did is seen by who pauses.
    pub(in super::super) fn unpin(&self, number: usize) {
        self.pins[number].0.store(0, Release);
    }

    /// Asks for a pause and waits until no thread is pinned. The caller holds the lock.
    pub(in super::super) fn pause(&self, patience: Patience) -> Result<(), Contended> {
        self.control.fetch_or(PAUSE, SeqCst);
        let mut spins = 0;
        for pin in &self.pins {
            let left = || pin.0.load(SeqCst) == 0;
            if let Err(contended) = self.wait(&mut spins, patience, left) {
                self.control.fetch_and(!PAUSE, SeqCst);
                return Err(contended);
            }
        }
        Ok(())
    }

    /// Ends the pause; the arena is at `epoch`.
    pub(in super::super) fn resume(&self, epoch: u32) {
        self.control.store(epoch << 1, SeqCst);
    }

    fn wait(&self, spins: &mut u32, patience: Patience, ready: impl Fn() -> bool) -> Result<(), Contended> {
        let mut run = 1;
        while !ready() {
            if *spins >= patience.hints() {
                return Err(Contended { spins: *spins });
            }
            (0..run).for_each(|_| spin_loop());
            *spins = spins.saturating_add(run);
            if run < 64 {
                run *= 2;
            } else {
                std::thread::yield_now();
            }
        }
        core::sync::atomic::fence(Acquire);
        Ok(())
    }
}
