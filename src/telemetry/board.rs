//! Newest metrics (TBD).
