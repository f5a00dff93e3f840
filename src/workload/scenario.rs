//! The scenarios by name.

use serde::{Deserialize, Serialize};

/// What an engine under load looks like.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
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
    /// Nothing at all.
    Idle,
}

impl ScenarioKind {
    /// Every scenario, in the order of the menu.
    pub const ALL: [Self; 8] = [
        Self::GameLoop,
        Self::LevelStreaming,
        Self::LlmDecode,
        Self::InferenceBurst,
        Self::FragmentationStorm,
        Self::GpuThrash,
        Self::Leak,
        Self::Idle,
    ];

    /// The name in files and in the scripting interface: `game-loop`.
    pub const fn key(self) -> &'static str {
        match self {
            Self::GameLoop => "game-loop",
            Self::LevelStreaming => "level-streaming",
            Self::LlmDecode => "llm-decode",
            Self::InferenceBurst => "inference-burst",
            Self::FragmentationStorm => "fragmentation-storm",
            Self::GpuThrash => "gpu-thrash",
            Self::Leak => "leak",
            Self::Idle => "idle",
        }
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
        Self::ALL.into_iter().find(|kind| kind.key() == key)
    }
}
