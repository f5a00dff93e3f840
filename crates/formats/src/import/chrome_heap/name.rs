//! Names of functions, classes and scripts, no longer than a person reads.

/// Longest name, in letters.
const NAME_MAX: usize = 512;

/// The beginning of a name.
pub(super) fn clipped(name: &str) -> Box<str> {
    name.char_indices().nth(NAME_MAX).map_or(name, |(end, _)| &name[..end]).into()
}
