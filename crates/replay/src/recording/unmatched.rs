//! Frees that match no allocation.

/// Lines that are kept.
const LINES: usize = 3;

/// How many frees match no allocation, and where the first of them are.
///
/// ```
/// # use arenascope_replay::*;
/// let recording = Recording::decode(TraceReader::new("Alloc(8)\nFree(0)\nFree(0)\n".as_bytes()))?;
/// assert_eq!(recording.repeated().lines(), [3]);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UnmatchedFrees {
    count: u64,
    lines: Vec<u64>,
}

impl UnmatchedFrees {
    /// How many.
    ///
    /// ```
    /// # use arenascope_replay::UnmatchedFrees;
    /// assert_eq!(UnmatchedFrees::default().count(), 0);
    /// ```
    pub const fn count(&self) -> u64 {
        self.count
    }

    /// The lines of the first three, from 1; none where the source had no lines.
    ///
    /// ```
    /// # use arenascope_replay::UnmatchedFrees;
    /// assert!(UnmatchedFrees::default().lines().is_empty());
    /// ```
    pub fn lines(&self) -> &[u64] {
        &self.lines
    }

    pub(super) fn note(&mut self, line: Option<u64>) {
        self.count += 1;
        if self.lines.len() < LINES {
            self.lines.extend(line);
        }
    }
}
