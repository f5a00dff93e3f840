//! What a recording does at its cap: chosen with the run, obeyed by the recorder.

use serde::{Deserialize, Serialize};

/// What happens when the recording has reached its cap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
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
    pub const ALL: [Self; 2] = [Self::DropOldest, Self::Stop];

    /// The name in files and in the scripting interface.
    pub const fn key(self) -> &'static str {
        match self {
            Self::DropOldest => "drop_oldest",
            Self::Stop => "stop",
        }
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
        Self::ALL.into_iter().find(|choice| choice.key() == key)
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
