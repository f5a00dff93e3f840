//! The arena's own placement policies, over addresses that nothing backs.

pub(crate) mod bare;
