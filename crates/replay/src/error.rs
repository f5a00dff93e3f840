//! Why a replay fails.

use arenascope_arena::{ReserveError, Violation};
use thiserror::Error;

/// Why a replay has no outcome.
///
/// ```
/// # use arenascope_arena::*;
/// # use arenascope_replay::*;
/// # use arenascope_units::Bytes;
/// # use std::time::Duration;
/// # let mut recorder = Recorder::default();
/// # (recorder.allocate(100)?, recorder.allocate(50)?, recorder.free(0));
/// # let recording = recorder.finish();
/// let settings = Settings { arena: Bytes::new(1), ..Settings::default() };
/// let refused = replay(&recording, PolicyKind::Tlsf, &settings, &mut || Duration::ZERO, &mut |_| {}).unwrap_err();
/// assert!(matches!(refused, ReplayError::Reserve(ReserveError::OutOfRange { .. })));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Error)]
pub enum ReplayError {
    /// No memory for the arena, or an impossible size.
    #[error(transparent)]
    Reserve(#[from] ReserveError),
    /// The arena's audit found it damaged: an error of the policy.
    #[error("the arena is damaged: {0}")]
    Damaged(Violation),
}
