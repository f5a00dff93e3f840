//! Every order of events of two and three threads, by the model checker.

use super::*;
use crate::sync::atomics::check;
use loom::cell::Cell;
use loom::sync::Arc;
use loom::thread;

/// Adds one to a cell that the checker watches: two inside at once, or a missing
/// order between two visits, is an error.
fn visit(lock: &WordLock<Cell<u32>>, patience: Patience) {
    let inside = lock.try_for(patience).unwrap();
    inside.set(inside.get() + 1);
}

/// `threads` visitors beside this one.
fn visits(threads: u32, patience: Patience) {
    check(move || {
        let lock = Arc::new(WordLock::new(Cell::new(0)));
        let others = (0..threads).map(|_| {
            let lock = lock.clone();
            thread::spawn(move || visit(&lock, patience))
        });
        let others: Vec<_> = others.collect();
        visit(&lock, patience);
        others.into_iter().for_each(|it| it.join().unwrap());
        assert_eq!(lock.try_now().unwrap().get(), threads + 1);
    });
}

#[test]
fn loom_two_who_sleep_exclude_each_other_and_both_wake() {
    visits(1, Patience::naps(u32::MAX));
}

#[test]
fn loom_two_who_spin_exclude_each_other() {
    visits(1, Patience::spins(u32::MAX));
}

#[test]
fn loom_of_three_who_sleep_none_sleeps_for_ever() {
    visits(2, Patience::naps(u32::MAX));
}
