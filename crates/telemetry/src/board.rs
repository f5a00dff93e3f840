//! The newest state of something, written by one thread, read by any other,
//! whole or not at all: a sequence lock over atomic words.
//!
//! Source of the orderings: H.-J. Boehm, "Can seqlocks get along with
//! programming language memory models?", MSPC 2012, figure 6.

use core::sync::atomic::{AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

/// A reader that meets a writer tries again this often before it gives up and
/// keeps what it had: a page thread must not spin.
const READ_ATTEMPTS: usize = 4;

/// What was to be published does not fit; the previous state stays published.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong {
    /// Words that were to be published.
    pub words: usize,
    /// Words there is room for.
    pub capacity: usize,
}

/// A slot of shared memory that always holds the newest whole state.
///
/// ```
/// use arenascope_telemetry::board::Board;
/// let board = Board::with_words(4);
/// let mut state = Vec::new();
/// assert_eq!(board.read(&mut state), None);
/// board.publish(&[1, 2, 3]).unwrap();
/// assert_eq!(board.read(&mut state), Some(1));
/// assert_eq!(state, [1, 2, 3]);
/// ```
pub struct Board {
    /// Odd while the writer is at work; publications × 2 otherwise.
    sequence: AtomicU32,
    length: AtomicUsize,
    words: Box<[AtomicU64]>,
}

impl Board {
    /// A board with room for `capacity` words, nothing published yet.
    pub fn with_words(capacity: usize) -> Self {
        let words = (0..capacity).map(|_| AtomicU64::new(0)).collect();
        Self { sequence: AtomicU32::new(0), length: AtomicUsize::new(0), words }
    }

    /// Publishes `words`. Must be called from one thread only; two writers
    /// would publish a mixture, though never touch foreign memory. O(words).
    ///
    /// # Errors
    /// [`TooLong`] where they do not fit.
    pub fn publish(&self, words: &[u64]) -> Result<(), TooLong> {
        self.publish_all(words.len(), words.iter().copied())
    }

    /// Publishes text: its length in bytes, then its bytes in words.
    ///
    /// # Errors
    /// [`TooLong`] where it does not fit.
    pub fn publish_text(&self, text: &str) -> Result<(), TooLong> {
        let bytes = text.as_bytes();
        let packed = bytes.chunks(8).map(|chunk| {
            let mut word = [0; 8];
            word[..chunk.len()].copy_from_slice(chunk);
            u64::from_le_bytes(word)
        });
        self.publish_all(1 + bytes.len().div_ceil(8), core::iter::once(bytes.len() as u64).chain(packed))
    }

    fn publish_all(&self, length: usize, words: impl Iterator<Item = u64>) -> Result<(), TooLong> {
        if length > self.words.len() {
            return Err(TooLong { words: length, capacity: self.words.len() });
        }
        // Odd already where a writer before this one ended in the middle.
        let writing = self.sequence.load(Ordering::Relaxed) | 1;
        self.sequence.store(writing, Ordering::Relaxed);
        fence(Ordering::Release);
        self.length.store(length, Ordering::Relaxed);
        for (slot, word) in self.words.iter().zip(words) {
            slot.store(word, Ordering::Relaxed);
        }
        self.sequence.store(writing.wrapping_add(1), Ordering::Release);
        Ok(())
    }

    /// Copies the newest state into `state` and returns its number, from 1.
    /// `None`, with `state` emptied or as it was, where nothing was published
    /// yet or the writer was at work at every attempt. O(words), never blocks.
    pub fn read(&self, state: &mut Vec<u64>) -> Option<u32> {
        (0..READ_ATTEMPTS).find_map(|_| self.try_read(state))
    }

    fn try_read(&self, state: &mut Vec<u64>) -> Option<u32> {
        let before = self.sequence.load(Ordering::Acquire);
        if before == 0 || before % 2 == 1 {
            return None;
        }
        state.clear();
        let length = self.length.load(Ordering::Relaxed).min(self.words.len());
        state.extend(self.words[..length].iter().map(|word| word.load(Ordering::Relaxed)));
        fence(Ordering::Acquire);
        (self.sequence.load(Ordering::Relaxed) == before).then_some(before / 2)
    }

    /// The newest text published with [`Self::publish_text`].
    pub fn read_text(&self) -> Option<String> {
        let mut words = Vec::new();
        self.read(&mut words)?;
        let (&length, packed) = words.split_first()?;
        let mut bytes: Vec<u8> = packed.iter().flat_map(|word| word.to_le_bytes()).collect();
        bytes.truncate(usize::try_from(length).ok()?);
        String::from_utf8(bytes).ok()
    }

    /// The number of the newest state; changes with every publication.
    pub fn number(&self) -> u32 {
        self.sequence.load(Ordering::Relaxed) / 2
    }

    /// Bytes of memory held.
    pub fn bytes(&self) -> u64 {
        (size_of::<Self>() + size_of_val(&*self.words)) as u64
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::sync::atomic::AtomicBool;

    #[test]
    fn text_survives_whole() {
        let board = Board::with_words(8);
        for text in ["", "1234567", "12345678", "zwölf µs und mehr, mehr"] {
            board.publish_text(text).unwrap();
            assert_eq!(board.read_text().as_deref(), Some(text));
        }
    }

    #[test]
    fn what_does_not_fit_leaves_the_old_state() {
        let board = Board::with_words(2);
        board.publish(&[7]).unwrap();
        assert_eq!(board.publish(&[1, 2, 3]), Err(TooLong { words: 3, capacity: 2 }));
        let mut state = Vec::new();
        assert_eq!(board.read(&mut state), Some(1));
        assert_eq!(state, [7]);
    }

    #[test]
    fn a_writer_that_ended_in_the_middle_leaves_the_board_to_the_next() {
        let board = Board::with_words(4);
        board.publish(&[1]).unwrap();
        board.sequence.fetch_add(1, Ordering::Relaxed);
        let mut state = Vec::new();
        assert_eq!(board.read(&mut state), None, "half a state is not shown");
        board.publish(&[2, 3]).unwrap();
        assert_eq!((board.read(&mut state), &state[..]), (Some(2), &[2, 3][..]));
    }

    /// The writer writes until the reader has read often: they overlap however
    /// the machine schedules them.
    #[test]
    fn a_reader_never_sees_a_mixture() {
        const WORDS: usize = 4096;
        let board = Board::with_words(WORDS);
        let done = AtomicBool::new(false);
        std::thread::scope(|scope| {
            scope.spawn(|| {
                let mut round = 0_u64;
                while !done.load(Ordering::Acquire) {
                    round += 1;
                    board.publish(&vec![round; WORDS - (round % 64) as usize]).unwrap();
                }
            });
            let mixture = first_mixture(&board);
            // First the writer ends, then the verdict: a panic would leave it.
            done.store(true, Ordering::Release);
            assert_eq!(mixture, None);
        });
    }

    /// Reads 300 different states; the number of the first that is no whole one.
    fn first_mixture(board: &Board) -> Option<u32> {
        let (mut state, mut last, mut changes) = (Vec::new(), 0, 0);
        while changes < 300 {
            let Some(number) = board.read(&mut state) else { continue };
            let round = state[0];
            if state.len() != 4096 - (round % 64) as usize || state.iter().any(|&word| word != round) {
                return Some(number);
            }
            changes += u32::from(round != last);
            last = round;
        }
        None
    }
}
