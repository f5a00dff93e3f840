//! Categories by rules of the user's, on the run of a file.

pub mod applying;
pub mod dialog;
