//! What a recording does at its cap: chosen with the run, carried out by the recorder.

use serde::{Deserialize, Serialize};
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

/// What happens when the recording has reached its cap.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumCount,
    VariantArray,
    EnumString,
)]
#[strum(serialize_all = "snake_case")]
#[serde(rename_all = "snake_case")]
pub enum WhenFull {
    /// The oldest events make room. They are counted as dropped.
    #[default]
    DropOldest,
    /// Nothing more of this run is taken in; what comes is counted as refused.
    /// Earlier runs make room first.
    Stop,
}

impl WhenFull {
    /// Both, the default first.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in files and in the scripting interface.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::DropOldest => "Drop the oldest",
            Self::Stop => "Stop",
        }
    }

    /// One sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::DropOldest => "When the recording is full, its oldest events make room for new ones.",
            Self::Stop => "When the recording is full, nothing more of this run is recorded.",
        }
    }

    /// The choice of that key.
    pub fn from_key(key: &str) -> Option<Self> {
        key.parse().ok()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_those_of_files() {
        for choice in WhenFull::ALL {
            assert_eq!(serde_json::to_value(choice).unwrap(), choice.key());
            assert_eq!(WhenFull::from_key(choice.key()), Some(choice));
        }
        assert_eq!(WhenFull::from_key("never"), None);
    }
}
