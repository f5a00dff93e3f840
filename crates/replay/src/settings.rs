//! What a replay is given beside the recording and the policy.

use arenascope_arena::GRANULE;
use arenascope_units::Bytes;

/// On what, and how often.
///
/// ```
/// # use arenascope_replay::Settings;
/// # use arenascope_units::Bytes;
/// let settings = Settings { arena: Bytes::mib(16), ..Settings::default() };
/// assert_eq!((settings.align, settings.repeats), (Bytes::new(16), 5));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Settings {
    /// The arena's size: a multiple of 64 KiB, at most 1 GiB.
    pub arena: Bytes,
    /// Alignment of every allocation: a power of two, at most 64 KiB.
    pub align: Bytes,
    /// Passes that are timed, after the one that all other figures are of.
    pub repeats: u32,
    /// Whether a thread's cache stands before the policy, as it does where the arena is
    /// shared; small sizes then seldom come to the policy.
    pub thread_cache: bool,
}

impl Default for Settings {
    /// 256 MiB, aligned to the granule, five timed passes, no cache.
    fn default() -> Self {
        Self { arena: Bytes::mib(256), align: GRANULE, repeats: 5, thread_cache: false }
    }
}
