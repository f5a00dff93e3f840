//! What the Budget panel keeps of runs that have no budget of their own.

use std::collections::BTreeMap;

/// The limits that were typed, by the name of what they limit: of every run that is opened.
pub type FileLimits = BTreeMap<String, String>;
