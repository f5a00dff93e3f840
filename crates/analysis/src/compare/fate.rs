//! What becomes of a place between two moments, or between two runs.

use serde::{Deserialize, Serialize};
use strum::{EnumCount, VariantArray};

/// What became of a place.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, EnumCount, VariantArray)]
#[serde(rename_all = "snake_case")]
pub enum Fate {
    /// The same bytes at the same address.
    Same,
    /// The same thing at the same address, of another size.
    Resized,
    /// The same at another address.
    Moved,
    /// Only after.
    New,
    /// Only before.
    Gone,
}

impl Fate {
    /// Every fate, in order.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// It in a word or two.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Same => "same place",
            Self::Resized => "resized",
            Self::Moved => "moved",
            Self::New => "new",
            Self::Gone => "gone",
        }
    }

    /// The letter of [`super::strip::Strip::cells`].
    pub const fn letter(self) -> char {
        match self {
            Self::Same => 's',
            Self::Resized => 'r',
            Self::Moved => 'm',
            Self::New => 'n',
            Self::Gone => 'g',
        }
    }
}
