//! The page's one reader of the recording, and the list of recordings in the browser's
//! storage.

pub mod list;
pub mod reader;
