//! What a row of the laboratory is, and what comes out of it.

pub(crate) mod figures;
pub(crate) mod settings;
pub(crate) mod spec;
