//! The table of events: what is searched for, which events match, in which order, and
//! each of them as text; and the life of what an event opened or closed.

pub mod census;
pub mod copy;
pub mod filter;
pub mod life;
pub mod lifetime;
pub mod line;
pub mod query;
pub mod row_scroll;
pub mod rows;
pub mod sort;
pub mod table;
pub mod text;
pub mod view;
pub mod word_filter;
