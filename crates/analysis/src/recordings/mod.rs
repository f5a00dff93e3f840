//! Recordings: the list of those in the browser's storage, the index by which the
//! page finds events of the one in memory, and what came and went between two of its
//! moments.

pub mod event_index;
pub mod flow;
pub mod flow_index;
pub mod list;
pub mod samples;
