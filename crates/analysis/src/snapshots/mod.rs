//! Snapshot documents: read, looked at, summed up by owner, and compared.

pub mod compare;
pub mod difference;
pub mod look;
pub mod owners;
pub mod run;
pub mod shelf;
pub mod words;
