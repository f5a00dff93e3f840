//! What the newest run is, for whoever records it: JSON text behind the run's number, so
//! that nobody takes one run's for another's.

use super::board::{Board, TooLong};
use super::run::RunNumber;

/// Room for the text, words: settings of a run take less than one KiB.
const WORDS: usize = 1 << 10;

/// The newest run's manifest.
///
/// ```
/// use arenascope_telemetry::manifest::ManifestBoard;
/// use arenascope_telemetry::run::RunNumber;
///
/// let (board, run) = (ManifestBoard::new(), RunNumber::after(6));
/// assert_eq!(board.of_run(run.get().into()), None);
/// board.publish(run, r#"{"seed":7}"#)?;
/// assert_eq!(board.of_run(run.get().into()).as_deref(), Some(r#"{"seed":7}"#));
/// # Ok::<(), arenascope_telemetry::board::TooLong>(())
/// ```
pub struct ManifestBoard(Board);

impl ManifestBoard {
    /// Room for 8 KiB of text, nothing said yet.
    pub fn new() -> Self {
        Self(Board::with_words(WORDS))
    }

    /// Says what a run is, before its first event. From the engine alone.
    ///
    /// # Errors
    /// [`TooLong`]; what was said before stays.
    pub fn publish(&self, run: RunNumber, text: &str) -> Result<(), TooLong> {
        self.0.publish_text(&format!("{} {text}", run.get()))
    }

    /// What was said of the run of that number; `None` where it is of another.
    pub fn of_run(&self, number: u64) -> Option<String> {
        let said = self.0.read_text()?;
        let (of, text) = said.split_once(' ')?;
        (of.parse() == Ok(number)).then(|| text.into())
    }

    /// Bytes that it holds.
    pub fn bytes(&self) -> u64 {
        self.0.bytes()
    }
}

impl Default for ManifestBoard {
    fn default() -> Self {
        Self::new()
    }
}
