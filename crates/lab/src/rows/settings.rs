//! What all rows are given alike.

use serde::{Deserialize, Serialize};

/// What all rows of a laboratory are given alike.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Settings {
    /// How much memory there is, bytes; `None` for as much as anyone could want: a power of
    /// two of at least four times the bound, so that nothing is refused for want of room.
    pub budget_bytes: Option<u64>,
    /// Least alignment of every block, bytes: a power of two.
    pub align_bytes: u64,
    /// How the policies' addresses are laid out.
    pub layout: Layout,
    /// Whether the smallest arena that fits is searched: some ten more passes.
    pub searches_smallest: bool,
    /// Whether the row keeps where each block lay, so that it can be opened as a run: eight
    /// bytes a block.
    pub keeps_addresses: bool,
    /// How long a packing is searched, seconds by the caller's clock; it may end before.
    pub packing_seconds: f64,
}

impl Default for Settings {
    /// Unlimited, aligned to 16 bytes, bare addresses, all of it.
    fn default() -> Self {
        Self {
            budget_bytes: None,
            align_bytes: 16,
            layout: Layout::Bare,
            searches_smallest: true,
            keeps_addresses: true,
            packing_seconds: 5.0,
        }
    }
}

/// How the addresses of the arena's policies are laid out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Layout {
    /// From address 0, with as many nodes as it takes: the policy alone counts.
    #[default]
    Bare,
    /// As a real arena of that size: header and node table in front, and a node for each
    /// 3 072 bytes, so that it also runs out of nodes where that would. At most 1 GiB.
    Arena,
}
