//! TBD
use serde::{Deserialize, Serialize};
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
/// placeholder
pub enum PoolMode {
    /// f
    Exact,
    /// s
    Classes,
}
#[allow(missing_docs)]
impl PoolMode {
    pub const ALL: [Self; 2] = [Self::Exact, Self::Classes];
    pub fn key(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Classes => "classes",
        }
    }
    pub fn label(self) -> &'static str {
        match self {
            Self::Exact => "Exact size",
            Self::Classes => "Size classes",
        }
    }
    pub fn description(self) -> &'static str {
        self.label()
    }
    pub fn from_key(key: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.key() == key)
    }
}
