//! One line of a comparison.

/// One figure before and after, as text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// What the figure is.
    pub label: &'static str,
    /// In the first snapshot.
    pub before: String,
    /// In the second snapshot.
    pub after: String,
    /// The change with its sign; empty where there is none.
    pub change: String,
}
