//! TBD
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
/// placeholder
pub enum PolicyKind {
    /// f
    FirstFit,
    /// s
    SeedCompat,
}
#[allow(missing_docs)]
impl PolicyKind {
    pub const ALL: [Self; 2] = [Self::FirstFit, Self::SeedCompat];
    pub fn key(self) -> &'static str {
        match self {
            Self::FirstFit => "first_fit",
            Self::SeedCompat => "seed_compat",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::FirstFit => "First fit",
            Self::SeedCompat => "Seed (original)",
        }
    }
    pub fn description(self) -> &'static str {
        self.label()
    }
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.key() == key)
    }
}
