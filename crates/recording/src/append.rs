//! A list of fixed room that one thread writes and any thread reads: what is
//! written once never changes and never moves.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::Arc;

/// The list as readers see it: what is written for good.
pub(super) struct Appended<T> {
    cells: Box<[UnsafeCell<T>]>,
    /// Cells below this are written for good.
    length: AtomicUsize,
}

// SAFETY: cells at and above `length` are touched by the one `Appender` alone;
// those below it are never written again, so that sharing them is sharing `&T`.
unsafe impl<T: Send + Sync> Sync for Appended<T> {}

/// The writer's side; there is one, for it cannot be cloned.
pub(super) struct Appender<T> {
    list: Arc<Appended<T>>,
    written: usize,
}

impl<T: Copy + Default> Appender<T> {
    /// An empty list with room for `capacity` items.
    pub(super) fn with_capacity(capacity: usize) -> Self {
        let cells = (0..capacity).map(|_| UnsafeCell::new(T::default())).collect();
        Self { list: Arc::new(Appended { cells, length: AtomicUsize::new(0) }), written: 0 }
    }

    /// The list, to be given to readers.
    pub(super) const fn list(&self) -> &Arc<Appended<T>> {
        &self.list
    }

    /// Items written, published or not.
    pub(super) const fn len(&self) -> usize {
        self.written
    }

    /// Adds an item, which readers do not see before [`Self::publish`]. O(1).
    /// False, with nothing done, where there is no room.
    #[inline]
    pub(super) fn push(&mut self, item: T) -> bool {
        let Some(cell) = self.list.cells.get(self.written) else { return false };
        // SAFETY: the cell is at or above the published length, since `publish`
        // stores at most `written`; there only this writer reads or writes, and
        // `&mut self` keeps it to one thread at a time.
        unsafe { *cell.get() = item };
        self.written += 1;
        true
    }

    /// An empty list of the same room: the same memory, where no reader holds it.
    pub(super) fn renew(&mut self) {
        match Arc::get_mut(&mut self.list) {
            Some(list) => *list.length.get_mut() = 0,
            None => *self = Self::with_capacity(self.list.cells.len()),
        }
        self.written = 0;
    }

    /// Shows readers everything written: one release store.
    pub(super) fn publish(&self) {
        self.list.length.store(self.written, Ordering::Release);
    }

    /// Everything written, published or not.
    pub(super) fn written(&self) -> &[T] {
        // SAFETY: these cells are written for good (`push` only goes forward), and
        // `cells` is at least that long.
        unsafe { core::slice::from_raw_parts(self.list.cells.as_ptr().cast(), self.written) }
    }
}

impl<T> Appended<T> {
    /// Everything published so far.
    #[inline]
    pub(super) fn as_slice(&self) -> &[T] {
        // Acquire: the cells were written before the length was stored.
        let length = self.length.load(Ordering::Acquire);
        // SAFETY: `length` cells exist and are never written again; an
        // `UnsafeCell<T>` has the layout of a `T`.
        unsafe { core::slice::from_raw_parts(self.cells.as_ptr().cast(), length) }
    }

    /// Bytes of memory held.
    pub(super) fn bytes(&self) -> u64 {
        (size_of::<Self>() + size_of_val(&*self.cells)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn readers_see_what_was_published_and_no_more() {
        let mut writer = Appender::with_capacity(3);
        let list = writer.list().clone();
        assert!(writer.push(7) && writer.push(8));
        assert_eq!((list.as_slice(), writer.written()), (&[][..], &[7, 8][..]));
        writer.publish();
        assert_eq!(list.as_slice(), [7, 8]);
        assert!(writer.push(9) && !writer.push(10));
        writer.publish();
        assert_eq!((list.as_slice(), writer.len()), (&[7, 8, 9][..], 3));
    }

    #[test]
    fn what_a_reader_holds_is_not_written_again() {
        let mut writer = Appender::with_capacity(2);
        writer.push(1);
        writer.publish();
        let held = writer.list().clone();
        writer.renew();
        writer.push(2);
        writer.publish();
        assert_eq!((held.as_slice(), writer.list().as_slice()), (&[1][..], &[2][..]));
        let memory = writer.list().as_slice().as_ptr();
        writer.renew();
        assert!(writer.push(3) && writer.push(4) && !writer.push(5));
        assert_eq!((writer.list().as_slice(), writer.written()), (&[][..], &[3, 4][..]));
        assert_eq!(writer.written().as_ptr(), memory);
    }

    #[test]
    fn a_reader_on_another_thread_sees_whole_items() {
        const ITEMS: u64 = 100_000;
        let mut writer = Appender::with_capacity(ITEMS as usize);
        let list = writer.list().clone();
        std::thread::scope(|scope| {
            scope.spawn(move || {
                for item in 0..ITEMS {
                    writer.push([item, !item]);
                    writer.publish();
                }
            });
            let mut seen = 0;
            while seen < ITEMS as usize {
                let items = list.as_slice();
                assert!(items.len() >= seen);
                assert!(items[seen..].iter().all(|[item, inverse]| *item == !inverse));
                seen = items.len();
            }
        });
    }
}
