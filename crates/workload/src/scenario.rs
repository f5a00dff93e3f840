//! The scenarios by name.

use serde::{Deserialize, Serialize};
use strum::{EnumCount, EnumString, IntoStaticStr, VariantArray};

/// What an engine under load looks like.
#[derive(
    Clone,
    Copy,
    Debug,
    Default,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Serialize,
    Deserialize,
    IntoStaticStr,
    EnumCount,
    VariantArray,
    EnumString,
)]
#[strum(serialize_all = "kebab-case")]
#[serde(rename_all = "kebab-case")]
pub enum ScenarioKind {
    /// A game at work.
    #[default]
    GameLoop,
    /// A world that streams in and out.
    LevelStreaming,
    /// A language model that decodes.
    LlmDecode,
    /// Models loaded, used and dropped.
    InferenceBurst,
    /// The arena's worst hour.
    FragmentationStorm,
    /// Buffers of ever new sizes.
    GpuThrash,
    /// A known, small leak.
    Leak,
    /// Nothing is asked for: what is left is the profiler's own cost.
    Idle,
}

impl ScenarioKind {
    /// Every scenario, in the order of the menu.
    pub const ALL: [Self; Self::COUNT] = *Self::VARIANTS.first_chunk().unwrap();

    /// The name in files and in the scripting interface: `game-loop`.
    pub fn key(self) -> &'static str {
        self.into()
    }

    /// The name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::GameLoop => "Game loop",
            Self::LevelStreaming => "Level streaming",
            Self::LlmDecode => "LLM decode",
            Self::InferenceBurst => "Inference burst",
            Self::FragmentationStorm => "Fragmentation storm",
            Self::GpuThrash => "GPU thrash",
            Self::Leak => "Leak",
            Self::Idle => "Idle",
        }
    }

    /// One sentence for a tooltip.
    pub const fn description(self) -> &'static str {
        match self {
            Self::GameLoop => "ECS churn, per-frame uniform and vertex buffers, scratch memory.",
            Self::LevelStreaming => "Large buffers and mip-mapped textures stream in and out.",
            Self::LlmDecode => "Attention over 32 layers; their 64 key/value tensors grow chunk by chunk.",
            Self::InferenceBurst => {
                "Perceptrons and convolution nets are loaded, run in bursts and dropped; tensors per call."
            }
            Self::FragmentationStorm => "Random sizes and lifetimes in every category, until requests fail.",
            Self::GpuThrash => "Buffers of ever new sizes: the worst case of an exact-size pool.",
            Self::Leak => "A game loop that forgets 256 bytes every 8 frames.",
            Self::Idle => "Nothing is asked for: the profiler's own cost.",
        }
    }

    /// The scenario of that key.
    pub fn from_key(key: &str) -> Option<Self> {
        key.parse().ok()
    }
}
