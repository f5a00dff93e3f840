//! Every order of events, by the model checker.

use super::*;
use crate::sync::atomics::check;
use crate::sync::lock::{LockGuard, WordLock};
use loom::cell::Cell;
use loom::sync::Arc;
use loom::thread;

const EVER: Patience = Patience::naps(u32::MAX);

/// An arena of one number, its epoch, which the checker watches: who reads it while
/// another writes it, or without an order between the two, is an error.
struct Model {
    safepoint: Safepoint,
    lock: WordLock<()>,
    epoch: Cell<u32>,
}

impl Model {
    fn new() -> Arc<Self> {
        Arc::new(Self { safepoint: Safepoint::new(0), lock: WordLock::new(()), epoch: Cell::new(0) })
    }

    /// `turns` operations of the thread of that number, each of which finds the
    /// arena at the epoch that the thread's cache is of.
    fn work(&self, thread: ThreadNumber, turns: u32) {
        let (mut inside, entry) = self.safepoint.enter(thread, EVER).unwrap();
        let mut cache = entry.epoch;
        for _ in 0..turns {
            if !inside.is_current() {
                cache = inside.renew(EVER).unwrap().epoch;
            }
            assert_eq!(self.epoch.get(), cache, "an operation on a cache of another epoch");
        }
    }

    /// Takes the lock for a thread inside, as `Pinned::lock` does: from where it stands if
    /// the lock is open, else waiting for it outside. With it, the epoch that it is in.
    fn lock_from_inside(&self, inside: &mut Inside<'_>, epoch: u32) -> (LockGuard<'_, ()>, u32) {
        if let Some(guard) = self.lock.try_now() {
            return (guard, epoch);
        }
        inside.step_out();
        let guard = self.lock.try_for(EVER).unwrap();
        let entry = inside.step_in(Patience::NONE).expect("who holds the lock comes in at once");
        (guard, entry.epoch)
    }

    /// Works under the lock.
    fn work_under_lock(&self, thread: ThreadNumber) {
        let (mut inside, entry) = self.safepoint.enter(thread, EVER).unwrap();
        let (guard, epoch) = self.lock_from_inside(&mut inside, entry.epoch);
        assert_eq!(self.epoch.get(), epoch);
        drop(guard);
    }

    fn lock_and_reset(&self) {
        let _guard = self.lock.try_for(EVER).unwrap();
        self.reset(None);
    }

    /// For who holds the lock.
    fn reset(&self, own: Option<ThreadNumber>) {
        let mut pause = self.safepoint.pause(own, EVER).unwrap();
        let next = self.epoch.get() + 1;
        self.epoch.set(next);
        pause.set_epoch(next);
    }
}

fn number(thread: usize) -> ThreadNumber {
    ThreadNumber::all().nth(thread).unwrap()
}

#[test]
fn loom_a_reset_meets_nobody_inside_and_no_cache_outlives_it() {
    check(|| {
        let model = Model::new();
        let other = model.clone();
        let worker = thread::spawn(move || other.work(number(0), 2));
        model.lock_and_reset();
        worker.join().unwrap();
        assert_eq!(model.epoch.get(), 1);
    });
}

#[test]
fn loom_two_resets_and_a_thread_that_comes_between() {
    check(|| {
        let model = Model::new();
        let other = model.clone();
        let worker = thread::spawn(move || other.work(number(0), 1));
        model.lock_and_reset();
        model.lock_and_reset();
        worker.join().unwrap();
        assert_eq!(model.epoch.get(), 2);
    });
}

#[test]
fn loom_two_threads_inside_and_none_waits_for_ever() {
    check(|| {
        let model = Model::new();
        let workers = [0, 1].map(|thread| {
            let model = model.clone();
            thread::spawn(move || model.work(number(thread), 1))
        });
        model.lock_and_reset();
        workers.into_iter().for_each(|it| it.join().unwrap());
    });
}

#[test]
fn loom_who_takes_the_lock_from_inside_or_waits_outside_holds_up_no_pause() {
    check(|| {
        let model = Model::new();
        let other = model.clone();
        let worker = thread::spawn(move || other.work_under_lock(number(0)));
        model.lock_and_reset();
        worker.join().unwrap();
    });
}

#[test]
fn loom_two_who_are_inside_pause_in_turn() {
    check(|| {
        let model = Model::new();
        let other = model.clone();
        let pauser = |model: &Model, thread| {
            let (mut inside, entry) = model.safepoint.enter(thread, EVER).unwrap();
            let (guard, _) = model.lock_from_inside(&mut inside, entry.epoch);
            model.reset(Some(thread));
            drop(guard);
            let entry = inside.renew(EVER).unwrap();
            assert_eq!(model.epoch.get(), entry.epoch);
        };
        let worker = thread::spawn(move || pauser(&other, number(0)));
        pauser(&model, number(1));
        worker.join().unwrap();
        assert_eq!(model.epoch.get(), 2);
    });
}
