//! How close memory is to its limit, in four steps.

use core::fmt;
use serde::{Deserialize, Serialize};
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

/// How close a level of the budget is to its limit; the order is from calm to
/// worst.
///
/// ```
/// use arenascope_units::pressure::Pressure;
/// assert!(Pressure::Critical > Pressure::High);
/// assert_eq!(Pressure::High.to_string(), "high");
/// ```
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Serialize,
    Deserialize,
    EnumCount,
    EnumString,
    IntoStaticStr,
    VariantArray,
)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Pressure {
    /// Below 70 %.
    #[default]
    Normal,
    /// From 70 % on: what nobody will miss should go.
    Elevated,
    /// From 85 % on: what was used least recently should go, a little at a time.
    High,
    /// From 95 % on: everything that is idle goes.
    Critical,
}

impl Pressure {
    /// Every step, from calm to worst.
    ///
    /// ```
    /// use arenascope_units::pressure::Pressure;
    /// assert_eq!(Pressure::ALL.len(), 4);
    /// ```
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in files: `elevated`.
    ///
    /// ```
    /// use arenascope_units::pressure::Pressure;
    /// assert_eq!(Pressure::Elevated.key(), "elevated");
    /// ```
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The step of that name.
    ///
    /// ```
    /// use arenascope_units::pressure::Pressure;
    /// assert_eq!(Pressure::from_key("high"), Some(Pressure::High));
    /// assert_eq!(Pressure::from_key("low"), None);
    /// ```
    pub fn from_key(key: &str) -> Option<Self> {
        key.parse().ok()
    }

    /// Per cent of the limit at which it begins.
    ///
    /// ```
    /// use arenascope_units::pressure::Pressure;
    /// assert_eq!(Pressure::Critical.percent(), 95);
    /// ```
    pub const fn percent(self) -> u64 {
        match self {
            Self::Normal => 0,
            Self::Elevated => 70,
            Self::High => 85,
            Self::Critical => 95,
        }
    }
}

impl fmt::Display for Pressure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.key())
    }
}
