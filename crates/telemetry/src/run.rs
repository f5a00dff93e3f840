//! Which run an event is of. A thread can be late: what it says of a run may come
//! after the next run has begun. So each thread announces the run before its first
//! event of it, in its own ring, and the recorder compares numbers, not times.

use super::record::{RECORD_WORDS, Record};
use core::num::NonZeroU16;

/// The number of a run, in the order in which runs begin; after 65 535 it goes on
/// with 1. Two runs that are fewer than 32 768 runs apart are ordered rightly.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RunNumber(NonZeroU16);

impl RunNumber {
    /// The run that begins after `before` others.
    pub const fn after(before: u64) -> Self {
        let number = (before % u16::MAX as u64) as u16 + 1;
        match NonZeroU16::new(number) {
            Some(number) => Self(number),
            // A remainder of 65 535, plus one, fits and is not 0.
            None => unreachable!(),
        }
    }

    /// As a record holds it; never 0.
    pub const fn get(self) -> u16 {
        self.0.get()
    }

    /// From a record; `None` for 0, which stands for no announcement.
    pub const fn from_bits(bits: u64) -> Option<Self> {
        match NonZeroU16::new((bits & 0xffff) as u16) {
            Some(number) => Some(Self(number)),
            None => None,
        }
    }

    /// How many runs later this one is; negative for an earlier one.
    pub const fn since(self, other: Self) -> i16 {
        self.get().wrapping_sub(other.get()).cast_signed()
    }
}

/// A record of the ring itself, not an event: what follows in this ring is of `run`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// The run that begins here in this ring.
    pub run: RunNumber,
}

/// In the place of an operation: no operation has this number.
const MARK: u64 = 0xff;

impl Announcement {
    /// The record, which [`super::event::Event::from_words`] refuses.
    pub const fn to_words(self) -> Record {
        let mut words = [0; RECORD_WORDS];
        words[0] = MARK << 8;
        words[1] = self.run.get() as u64;
        words
    }

    /// From a record; `None` for everything else.
    #[inline]
    pub const fn from_words(words: &Record) -> Option<Self> {
        let [head, number, place, tail] = *words;
        if head != MARK << 8 || number >> 16 | place | tail != 0 {
            return None;
        }
        match RunNumber::from_bits(number) {
            Some(run) => Some(Self { run }),
            None => None,
        }
    }
}

/// What a ring promises: no event to come is older than this.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Promise {
    /// The run of the events to come; `None` where none was announced.
    pub run: Option<RunNumber>,
    /// Time since that run's start, µs.
    pub time_us: u64,
}

impl Promise {
    const TIME_BITS: u32 = 48;

    pub(super) const fn to_word(self) -> u64 {
        let run = match self.run {
            Some(run) => run.get() as u64,
            None => 0,
        };
        run << Self::TIME_BITS | self.time_us & ((1 << Self::TIME_BITS) - 1)
    }

    pub(super) const fn from_word(word: u64) -> Self {
        let time_us = word & ((1 << Self::TIME_BITS) - 1);
        Self { run: RunNumber::from_bits(word >> Self::TIME_BITS), time_us }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::Event;

    #[test]
    fn runs_are_ordered_also_where_the_numbers_begin_again() {
        for before in [0, 1, 65_533, 65_534, 65_535, 65_536, 1 << 40] {
            let (run, next) = (RunNumber::after(before), RunNumber::after(before + 1));
            assert!(next.since(run) > 0 && run.since(next) < 0, "{before}");
            assert_eq!(run.since(run), 0);
            assert_eq!(RunNumber::from_bits(run.get().into()), Some(run));
        }
        assert_eq!(RunNumber::from_bits(0), None);
    }

    #[test]
    fn an_announcement_is_no_event() {
        let announcement = Announcement { run: RunNumber::after(7) };
        assert_eq!(Announcement::from_words(&announcement.to_words()), Some(announcement));
        assert_eq!(Event::from_words(announcement.to_words()), None);
        for noise in [[u64::MAX; 4], [0; 4], [0xff00, 0, 0, 0], [0xff00, 1 << 16 | 7, 0, 0], [0xff00, 7, 0, 1]] {
            assert_eq!(Announcement::from_words(&noise), None, "{noise:?}");
        }
        let promise = Promise { run: Some(announcement.run), time_us: (1 << 48) - 1 };
        assert_eq!(Promise::from_word(promise.to_word()), promise);
    }
}
