//! What is staged in the arena for networks: floats, as long as the range is there.

/// A stage that is not there: the session never asks for that.
pub(super) const GONE: &str = "its stage in the arena is gone";

/// What a range holds; bytes after the last whole float are left out.
pub(super) fn floats(bytes: &[u8]) -> Vec<f32> {
    bytes.as_chunks().0.iter().map(|&bits| f32::from_le_bytes(bits)).collect()
}
