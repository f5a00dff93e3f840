//! Threads by the order in which they first allocate.

use core::cell::Cell;
use core::sync::atomic::{AtomicU32, Ordering};

static NEXT: AtomicU32 = AtomicU32::new(0);

std::thread_local! {
    // Constant and without a destructor: getting it allocates nothing.
    static NUMBER: Cell<Option<u32>> = const { Cell::new(None) };
}

/// The number of the calling thread.
#[inline]
pub(crate) fn current() -> u32 {
    NUMBER.with(|number| {
        number.get().unwrap_or_else(|| {
            let next = NEXT.fetch_add(1, Ordering::Relaxed);
            number.set(Some(next));
            next
        })
    })
}

#[cfg(all(test, not(loom)))]
mod tests {
    use super::*;

    #[test]
    fn every_thread_has_a_number_of_its_own() {
        let here = current();
        let others: std::vec::Vec<u32> =
            (0..4).map(|_| std::thread::spawn(|| (current(), current())).join().unwrap()).map(|(one, _)| one).collect();
        assert_eq!(current(), here);
        let mut all = others.clone();
        all.push(here);
        all.sort_unstable();
        all.dedup();
        assert_eq!(all.len(), 5);
    }
}
