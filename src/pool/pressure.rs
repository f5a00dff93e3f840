//! How urgently the budget wants bytes back.

/// What the budget reports and [`Pool::relieve`](super::Pool::relieve) heeds.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Pressure {
    /// Room enough.
    #[default]
    Normal,
    /// What nobody will miss should go.
    Elevated,
    /// What was used least recently should go, a few in each frame.
    High,
    /// Everything that is not held goes.
    Critical,
}
