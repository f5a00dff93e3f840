//! TBD
pub fn mount() {}
