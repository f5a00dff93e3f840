//! A long count that says how far it is, and that may be ended.

use arenascope_trace::Stopped;
use core::ops::Range;

/// Events between two looks at whether somebody still wants the answer.
const SLICE: u64 = 1 << 16;

/// Who waits for a comparison.
pub struct Watch<'w> {
    done: u64,
    tell: &'w mut dyn FnMut(u64) -> bool,
}

impl<'w> Watch<'w> {
    /// `tell` is given the number of events that were looked at so far, and says whether the
    /// answer is still wanted.
    pub fn new(tell: &'w mut dyn FnMut(u64) -> bool) -> Self {
        Self { done: 0, tell }
    }

    /// Calls `look` with the pieces of a range of events, in order.
    ///
    /// # Errors
    /// [`Stopped`] where nobody wants the rest.
    pub(super) fn each(&mut self, range: Range<u64>, mut look: impl FnMut(Range<u64>)) -> Result<(), Stopped> {
        let mut at = range.start;
        while at < range.end {
            let end = range.end.min(at + SLICE);
            look(at..end);
            self.done += end - at;
            at = end;
            self.ask()?;
        }
        Ok(())
    }

    /// Whether the answer is still wanted.
    ///
    /// # Errors
    /// [`Stopped`] where it is not.
    pub(super) fn ask(&mut self) -> Result<(), Stopped> {
        if (self.tell)(self.done) { Ok(()) } else { Err(Stopped) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_ends_within_a_slice() {
        let mut told = Vec::new();
        let mut tell = |done| {
            told.push(done);
            told.len() < 3
        };
        let mut pieces = 0;
        let ended = Watch::new(&mut tell).each(0..10 * SLICE, |_| pieces += 1);
        assert!(ended.is_err());
        assert_eq!((pieces, told), (3, vec![SLICE, 2 * SLICE, 3 * SLICE]));
    }
}
