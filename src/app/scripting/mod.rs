//! `window.arenascope`: the page for scripts.

pub mod api;
mod compare;
mod lab;
mod plain_data;
pub mod recording;
pub mod runs;
