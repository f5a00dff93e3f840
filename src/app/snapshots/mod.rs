//! The Snapshots panel: taking, opening, listing and comparing snapshots.

pub(in crate::app) mod blobs;
pub mod commands;
pub mod compare;
pub mod list;
pub mod look;
pub mod open_file;
pub mod panel;
pub mod shelf;
