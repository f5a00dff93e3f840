//! The policies by name.

use core::fmt;
use serde::{Deserialize, Serialize};
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

/// Which policy an arena places by; chosen when it is made.
///
/// ```
/// # use arenascope_arena::PolicyKind;
/// assert_eq!(PolicyKind::default(), PolicyKind::FirstFit);
/// assert_eq!(PolicyKind::Tlsf.to_string(), "Two-level segregated fit");
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
    IntoStaticStr,
    EnumCount,
    VariantArray,
    EnumString,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum PolicyKind {
    /// The lowest address that fits; free neighbours join at once. The default.
    #[default]
    FirstFit,
    /// The smallest free range that fits; of equal ones the lowest address.
    BestFit,
    /// As `FirstFit`, but from where the last allocation ended, and then round.
    NextFit,
    /// The largest free range; of equal ones the lowest address.
    WorstFit,
    /// Two-level segregated fit: free ranges in lists by size, 32 for each doubling;
    /// any range of the next larger list. O(1).
    Tlsf,
    /// As `Tlsf`, 8 lists for each doubling: sizes as floating-point numbers of three
    /// bits, so that a list's sizes differ by 12.5 % at most; and what was freed last
    /// serves the next request of its size before it is joined. O(1), the fastest.
    Bins,
    /// Blocks of a power of two. Finds no room for what is not rounded up to one.
    Buddy,
    /// Spans of 64 KiB, each divided into slots of one size, up to 16 KiB.
    Slab,
    /// The algorithm of the original design with its memory-safety holes closed:
    /// the baseline.
    SeedCompat,
}

impl PolicyKind {
    /// Every policy, in the order of menus.
    ///
    /// ```
    /// # use arenascope_arena::*;
    /// for policy in PolicyKind::ALL {
    ///     let arena = Arena::new(Region::reserve_pages(1)?, policy);
    ///     assert_eq!(arena.policy(), policy);
    /// }
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in files and in the scripting interface: `first_fit`.
    ///
    /// ```
    /// # use arenascope_arena::PolicyKind;
    /// assert_eq!(PolicyKind::BestFit.key(), "best_fit");
    /// ```
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name for people: `First fit`.
    ///
    /// ```
    /// # use arenascope_arena::PolicyKind;
    /// assert_eq!(PolicyKind::BestFit.label(), "Best fit");
    /// ```
    pub const fn label(self) -> &'static str {
        match self {
            Self::FirstFit => "First fit",
            Self::BestFit => "Best fit",
            Self::NextFit => "Next fit",
            Self::WorstFit => "Worst fit",
            Self::Tlsf => "Two-level segregated fit",
            Self::Bins => "Floating-point bins",
            Self::Buddy => "Buddy blocks",
            Self::Slab => "Slabs",
            Self::SeedCompat => "Original (seed)",
        }
    }

    /// One sentence for a tooltip.
    ///
    /// ```
    /// # use arenascope_arena::PolicyKind;
    /// assert!(PolicyKind::BestFit.description().starts_with("The smallest free range that fits"));
    /// ```
    pub const fn description(self) -> &'static str {
        match self {
            Self::FirstFit => "The lowest address that fits; free neighbours join at once.",
            Self::BestFit => "The smallest free range that fits: tight, but leaves slivers.",
            Self::NextFit => "The next free range that fits, from where the last allocation ended.",
            Self::WorstFit => "The largest free range: leaves large rests until there are none.",
            Self::Tlsf => "A free range from lists by size, 32 for each doubling, in constant time.",
            Self::Bins => {
                "Lists by size, 8 for each doubling; what was freed last serves its size again before it is joined."
            }
            Self::Buddy => "Blocks of a power of two, halved and joined again: quick, but sizes are rounded up.",
            Self::Slab => "Spans of 64 KiB with slots of one size: small requests do not get in each other's way.",
            Self::SeedCompat => {
                "The original bump and free-list algorithm, its memory-safety holes closed: the baseline."
            }
        }
    }

    /// The policy of that [`key`](Self::key).
    ///
    /// ```
    /// # use arenascope_arena::PolicyKind;
    /// assert_eq!(PolicyKind::from_key("buddy"), Some(PolicyKind::Buddy));
    /// assert_eq!(PolicyKind::from_key("Buddy"), None);
    /// ```
    pub fn from_key(key: &str) -> Option<Self> {
        key.parse().ok()
    }
}

impl fmt::Display for PolicyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.label())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lead_back_to_their_policy() {
        for kind in PolicyKind::ALL {
            assert_eq!(PolicyKind::from_key(kind.key()), Some(kind));
        }
        assert_eq!(PolicyKind::from_key("First fit"), None);
    }
}
