//! What a rule measures.

use super::amount::Quantity;
use serde::Serialize;
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

/// What is measured of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, EnumCount, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Measure {
    /// The most bytes that lived at once.
    Peak,
    /// What lives at the end: bytes or objects.
    End,
    /// What lives at one mark less what lived at another: bytes or objects.
    Growth,
    /// What was made after a mark and still lives at the end: bytes or objects.
    Leaks,
    /// External fragmentation within the footprint, at the peak of each address space:
    /// 1 − largest free range ÷ free bytes.
    Fragmentation,
    /// Requests to pools that a resource at rest served, of all.
    PoolHits,
    /// Requests that were refused.
    Failures,
    /// What nobody destroyed and the garbage collector found: bytes or objects.
    LeftToCollector,
    /// Events that the recording lost.
    EventsLost,
}

impl Measure {
    /// Its name in rules files.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// Every name in rules files.
    pub fn keys() -> impl Iterator<Item = &'static str> + Clone {
        Self::VARIANTS.iter().map(|measure| measure.key())
    }

    /// What it can be counted in, the first where a rule does not say.
    pub const fn quantities(self) -> &'static [Quantity] {
        match self {
            Self::Peak => &[Quantity::Bytes],
            Self::End | Self::Growth | Self::Leaks | Self::LeftToCollector => &[Quantity::Bytes, Quantity::Objects],
            Self::Fragmentation | Self::PoolHits => &[Quantity::Share],
            Self::Failures | Self::EventsLost => &[Quantity::Objects],
        }
    }

    /// True where more is better.
    pub const fn is_better_high(self) -> bool {
        matches!(self, Self::PoolHits)
    }

    /// True where it is of somebody's memory, so that a rule may say whose.
    pub const fn is_of_owners(self) -> bool {
        matches!(self, Self::Peak | Self::End | Self::Growth | Self::Leaks | Self::LeftToCollector | Self::Failures)
    }

    /// It in words, as in `peak of Textures`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Peak => "peak",
            Self::End => "memory at the end",
            Self::Growth => "growth",
            Self::Leaks => "kept to the end",
            Self::Fragmentation => "fragmentation",
            Self::PoolHits => "pool hit ratio",
            Self::Failures => "refused requests",
            Self::LeftToCollector => "left to the garbage collector",
            Self::EventsLost => "events lost",
        }
    }
}

/// What is measured one by one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, EnumCount, EnumString, IntoStaticStr, VariantArray)]
#[serde(rename_all = "snake_case")]
#[strum(serialize_all = "snake_case")]
pub enum Each {
    /// Owners: a resource's label, or the function that asked.
    Owner,
    /// Categories.
    Category,
    /// Address spaces.
    Space,
}

impl Each {
    /// Its name in rules files.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// Every name in rules files.
    pub fn keys() -> impl Iterator<Item = &'static str> + Clone {
        Self::VARIANTS.iter().map(|each| each.key())
    }
}
