//! What the page asks of the browser: files in and out, the clipboard, and what is
//! remembered for the next visit.

pub mod files;
pub mod storage;
