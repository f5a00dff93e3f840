//! How the world is stopped: threads that are inside an operation, and one that wants
//! them all outside.
//!
//! A thread works on the arena only between [`Safepoint::enter`] and the drop of what
//! that gives, and looks at one shared word before each operation: epoch and the wish
//! for a pause. Who pauses sets the wish, then waits until every seat is outside. While
//! the pause lives everything may be looked at and changed: nobody is inside, and who
//! comes waits.
//!
//! Why nobody is inside (the pattern of Dekker's algorithm):
//!
//! ```text
//! thread:  seat = inside;  fence;  look at control       E
//! pauser:  control |= PAUSE;  fence;  look at seat       P
//! ```
//!
//! Sequentially consistent fences have one order. If E's comes first, the pauser's look
//! sees the seat inside, or a later leave: it waits, and by acquiring from the leave has
//! all the thread's work behind it. If P's comes first, the thread's look sees the wish,
//! or the end of that pause, which it acquires: it leaves at once, or has all the
//! pauser's work behind it. That the look before each operation is relaxed and may be
//! late costs time, not safety: the pauser waits for the leave, not for the look.
//!
//! The pauser naps on a seat by marking it, as `lock` does with its word; the leave is a
//! swap that finds the mark. The one that waits for the end of a pause naps on control.
//!
//! Pauses are made by one thread at a time, the holder of the arena's lock. So a thread
//! inside that finds the lock open may take it where it stands: nobody pauses then, and
//! nobody can until it gives the lock back. It must not wait for the lock inside, since
//! its holder may be waiting for it: it waits outside ([`Inside::step_out`]). With the
//! lock in its hand it comes in at once.

use crate::error::Contended;
use crate::sync::atomics::{Ordering, Padded, fence};
use crate::sync::lock::WaitWord;
use crate::sync::registry::ThreadNumber;
use crate::sync::wait::{Patience, Wait, Waited};

/// The bit of control that asks all threads to come outside.
const PAUSE: u32 = 1;

const OUTSIDE: u32 = 0;
const INSIDE: u32 = 1;
/// Inside, and the pauser may be asleep until it is not.
const AWAITED: u32 = 2;

/// Epoch and pause of one arena, and which of its threads are inside.
#[derive(Debug)]
pub(crate) struct Safepoint {
    /// Epoch << 1 | pause. Epochs have 31 bits here and wrap: a thread that stays away
    /// for exactly 2³¹ resets would take its caches for good.
    control: Padded<WaitWord>,
    /// Written by their threads, by the pauser only to be marked.
    seats: [Padded<WaitWord>; ThreadNumber::COUNT],
}

/// What a thread found when it came inside.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Entered {
    /// The epoch's low 31 bits: to be compared with the last entry's. Where it is
    /// another, what the thread has cached is gone.
    pub(crate) epoch: u32,
    /// What it took to come in: nothing but where a pause was on.
    pub(crate) waited: Waited,
}

impl Safepoint {
    /// Everyone outside, no pause.
    pub(crate) fn new(epoch: u32) -> Self {
        let seats = core::array::from_fn(|_| Padded(WaitWord::new(OUTSIDE)));
        Self { control: Padded(WaitWord::new(epoch << 1)), seats }
    }

    /// Brings the thread of that number inside, once no pause is on. For that thread
    /// alone, and not while it is inside.
    ///
    /// # Errors
    /// [`Contended`] when the patience ends before the pause; the thread is outside then.
    #[inline]
    pub(crate) fn enter(&self, thread: ThreadNumber, patience: Patience) -> Result<(Inside<'_>, Entered), Contended> {
        let mut inside = Inside { safepoint: self, thread, seen: Inside::NOWHERE };
        let entry = inside.step_in(patience)?;
        Ok((inside, entry))
    }

    /// Stops every thread but `own`: waits, for as long as `patience` lasts, until
    /// nobody is inside, and keeps everyone outside until the pause is dropped.
    ///
    /// For the holder of the arena's lock; `own` is its number where it is itself inside.
    ///
    /// # Errors
    /// [`Contended`] where some thread did not come to its safepoint in time, or another
    /// pause is on; everyone goes on then.
    pub(crate) fn pause(&self, own: Option<ThreadNumber>, patience: Patience) -> Result<Pause<'_>, Contended> {
        // Acquire: the last pause is over, with all that it changed.
        let before = self.control.fetch_or(PAUSE, Ordering::Acquire);
        if before & PAUSE != 0 {
            return Err(Contended { spins: 0 });
        }
        // P: see above.
        fence(Ordering::SeqCst);
        // From here on its drop lets everyone go on, also where a wait ends in vain.
        let pause = Pause { safepoint: self, after: before };
        let mut wait = Wait::new(patience);
        ThreadNumber::all().filter(|it| Some(*it) != own).try_for_each(|it| self.await_outside(it, &mut wait))?;
        Ok(pause)
    }

    fn await_outside(&self, thread: ThreadNumber, wait: &mut Wait) -> Result<(), Contended> {
        let seat = self.seat(thread);
        // Acquire: what the thread did inside comes before what is done in the pause.
        while seat.load(Ordering::Acquire) != OUTSIDE {
            // Marked before a nap. Where that fails, the nap's own look sees why.
            if wait.is_long() {
                let _ = seat.compare_exchange(INSIDE, AWAITED, Ordering::Relaxed, Ordering::Relaxed);
            }
            wait.turn(|length| seat.sleep_while(AWAITED, length))?;
        }
        Ok(())
    }

    fn seat(&self, thread: ThreadNumber) -> &WaitWord {
        &self.seats[thread.index()]
    }
}

/// A thread's stay inside; it ends when dropped, also by a panic.
#[derive(Debug)]
#[must_use = "the thread leaves at once"]
pub(crate) struct Inside<'a> {
    safepoint: &'a Safepoint,
    thread: ThreadNumber,
    /// Control as it was on the way in, which has 32 bits; or `NOWHERE`.
    seen: u64,
}

impl Inside<'_> {
    /// What control never is: the thread has stepped out.
    pub(crate) const NOWHERE: u64 = u64::MAX;

    /// Whose stay it is.
    pub(crate) const fn thread(&self) -> ThreadNumber {
        self.thread
    }

    /// True while the thread is inside: nobody has paused, or this thread has.
    pub(crate) const fn is_inside(&self) -> bool {
        self.seen != Self::NOWHERE
    }

    /// Control as it was on the way in; [`Self::NOWHERE`] outside.
    #[inline]
    pub(crate) const fn seen(&self) -> u64 {
        self.seen
    }

    /// True where control is `seen` at this moment. One relaxed load.
    #[inline(always)]
    pub(crate) fn is_at(&self, seen: u64) -> bool {
        u64::from(self.safepoint.control.load(Ordering::Relaxed)) == seen
    }

    /// True where the thread may go on: it is inside, nobody wants a pause, and the
    /// epoch is the one that it came into. One relaxed load.
    #[inline]
    pub(crate) fn is_current(&self) -> bool {
        self.is_at(self.seen)
    }

    /// To be called where [`Self::is_current`] is false: steps out, waits for the pause
    /// to end, and comes in again.
    ///
    /// # Errors
    /// [`Contended`] when the patience ends first; the thread is outside then, and may
    /// try again.
    #[cold]
    pub(crate) fn renew(&mut self, patience: Patience) -> Result<Entered, Contended> {
        self.step_out();
        self.step_in(patience)
    }

    /// Goes outside for a while, so that a wait in there holds up no pause. Nothing
    /// where the thread is outside.
    pub(crate) fn step_out(&mut self) {
        if self.is_inside() {
            self.seen = Self::NOWHERE;
            self.leave();
        }
    }

    /// Comes inside again, once no pause is on. With the arena's lock in hand none is.
    /// For a thread that has stepped out.
    ///
    /// # Errors
    /// [`Contended`] when the patience ends before the pause; the thread is outside then.
    #[inline]
    pub(crate) fn step_in(&mut self, patience: Patience) -> Result<Entered, Contended> {
        debug_assert_eq!(self.seen, Self::NOWHERE);
        match self.try_in() {
            Ok(control) => Ok(self.entered(control, Waited::default())),
            // Taken apart, so that the answer above stays in registers.
            Err(control) => match self.wait(control, patience) {
                Ok(entry) => Ok(entry),
                Err(contended) => Err(contended),
            },
        }
    }

    /// Takes the seat if no pause is on; control as it is then, or as it was when not.
    #[inline]
    fn try_in(&self) -> Result<u32, u32> {
        let Safepoint { control, .. } = self.safepoint;
        // Nobody marks an empty seat, so no mark is overwritten.
        self.safepoint.seat(self.thread).store(INSIDE, Ordering::Relaxed);
        // E: see above.
        fence(Ordering::SeqCst);
        // Acquire: from the end of the last pause.
        let control = control.load(Ordering::Acquire);
        if control & PAUSE == 0 {
            return Ok(control);
        }
        self.leave();
        Err(control)
    }

    #[cold]
    fn wait(&mut self, mut control: u32, patience: Patience) -> Result<Entered, Contended> {
        let mut wait = Wait::new(patience);
        loop {
            while self.safepoint.control.load(Ordering::Relaxed) == control {
                wait.turn(|length| self.safepoint.control.sleep_while(control, length))?;
            }
            match self.try_in() {
                Ok(control) => return Ok(self.entered(control, wait.waited())),
                Err(next) => control = next,
            }
        }
    }

    #[inline]
    fn entered(&mut self, control: u32, waited: Waited) -> Entered {
        self.seen = u64::from(control);
        Entered { epoch: control >> 1, waited }
    }

    fn leave(&self) {
        let seat = self.safepoint.seat(self.thread);
        // Release: all that was done inside, for who pauses.
        if seat.swap(OUTSIDE, Ordering::Release) == AWAITED {
            seat.wake_one();
        }
    }
}

impl Drop for Inside<'_> {
    #[inline]
    fn drop(&mut self) {
        self.step_out();
    }
}

/// Everyone is outside for as long as this lives; also a panic ends it.
#[derive(Debug)]
#[must_use = "everyone goes on at once"]
pub(crate) struct Pause<'a> {
    safepoint: &'a Safepoint,
    /// Control once the pause is over.
    after: u32,
}

impl Pause<'_> {
    /// Has everyone come back into another epoch.
    pub(crate) const fn set_epoch(&mut self, epoch: u32) {
        self.after = epoch << 1;
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let control = &self.safepoint.control;
        // Release: what was changed in the pause is seen by all who come in after it.
        control.store(self.after, Ordering::Release);
        control.wake_all();
    }
}

#[cfg(all(test, loom))]
mod models;

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    fn numbers<const N: usize>() -> [ThreadNumber; N] {
        let mut all = ThreadNumber::all();
        [(); N].map(|()| all.next().unwrap())
    }

    #[test]
    fn a_pause_waits_for_who_is_inside_and_keeps_who_comes_outside() {
        let (safepoint, [first, second]) = (Safepoint::new(4), numbers());
        let (mut inside, entry) = safepoint.enter(first, Patience::NONE).unwrap();
        assert_eq!((entry, inside.is_current()), (Entered { epoch: 4, waited: Waited::default() }, true));
        let waits = [Patience::spins(300), Patience::naps(1 << 18)];
        for patience in waits {
            assert!(safepoint.pause(None, patience).is_err(), "one is inside");
            assert!(inside.is_current(), "who paused in vain lets all go on");
        }
        inside.step_out();
        assert!(!inside.is_current());
        let pause = safepoint.pause(None, Patience::NONE).unwrap();
        for patience in waits {
            assert!(safepoint.enter(second, patience).is_err());
            assert!(inside.renew(patience).is_err());
        }
        assert_eq!(safepoint.pause(None, Patience::NONE).unwrap_err(), Contended { spins: 0 });
        drop(pause);
        assert!(inside.renew(Patience::NONE).is_ok() && inside.is_current());
        assert!(safepoint.enter(second, Patience::NONE).is_ok());
    }

    #[test]
    fn who_pauses_may_be_inside_and_learns_of_the_epoch_like_all_others() {
        let (safepoint, [first]) = (Safepoint::new(0), numbers());
        let (mut inside, _) = safepoint.enter(first, Patience::NONE).unwrap();
        let mut pause = safepoint.pause(Some(first), Patience::NONE).unwrap();
        assert!(!inside.is_current(), "a pause is on");
        pause.set_epoch(1);
        drop(pause);
        assert!(!inside.is_current(), "another epoch");
        assert_eq!(inside.renew(Patience::NONE).unwrap().epoch, 1);
        drop(safepoint.pause(Some(first), Patience::NONE).unwrap());
        assert!(inside.is_current(), "the same epoch as before");
    }

    #[test]
    fn who_dies_inside_leaves() {
        let (safepoint, [first]) = (Safepoint::new(0), numbers());
        let died = std::thread::scope(|scope| {
            let visit = || {
                let _inside = safepoint.enter(first, Patience::NONE).unwrap();
                panic!("on purpose");
            };
            scope.spawn(visit).join()
        });
        assert!(died.is_err() && safepoint.pause(None, Patience::NONE).is_ok());
    }

    #[test]
    fn the_last_epoch_of_31_bits_is_followed_by_the_first() {
        let (safepoint, [first]) = (Safepoint::new(u32::MAX >> 1), numbers());
        let mut pause = safepoint.pause(None, Patience::NONE).unwrap();
        pause.set_epoch(1 << 31);
        drop(pause);
        assert_eq!(safepoint.enter(first, Patience::NONE).unwrap().1.epoch, 0);
    }

    #[test]
    fn threads_and_pauses_take_turns() {
        const TURNS: u32 = if cfg!(miri) { 10 } else { 2_000 };
        let (safepoint, threads) = (Safepoint::new(0), numbers::<3>());
        let at_work = core::sync::atomic::AtomicU32::new(0);
        let work = |thread| {
            let (mut inside, _) = safepoint.enter(thread, Patience::naps(u32::MAX)).unwrap();
            for _ in 0..TURNS {
                if !inside.is_current() {
                    inside.renew(Patience::naps(u32::MAX)).unwrap();
                }
                at_work.fetch_add(1, Ordering::Relaxed);
                at_work.fetch_sub(1, Ordering::Relaxed);
            }
        };
        std::thread::scope(|scope| {
            for thread in threads {
                scope.spawn(move || work(thread));
            }
            for _ in 0..TURNS / 10 {
                let pause = safepoint.pause(None, Patience::naps(u32::MAX)).unwrap();
                assert_eq!(at_work.load(Ordering::Relaxed), 0);
                drop(pause);
            }
        });
    }
}
