//! What a counter's name says of its unit.

/// Parts of names of what is counted in bytes.
const MEMORY: [&str; 13] = [
    "byte",
    "mem",
    "heap",
    "alloc",
    "size",
    "used",
    "commit",
    "resident",
    "private",
    "rss",
    "footprint",
    "vram",
    "swap",
];
/// Ends of names that say another unit.
const UNITS: [&str; 6] = ["kb", "kib", "mb", "mib", "gb", "gib"];

/// Whether a counter of this name, or a series of it, is of memory.
pub(super) fn is_memory(name: &str) -> bool {
    let lower = name.to_ascii_lowercase();
    MEMORY.iter().any(|part| lower.contains(part)) || has_unit(name)
}

/// Whether it ends with a unit above bytes: `(MB)`, `_kb`.
pub(super) fn has_unit(name: &str) -> bool {
    let lower = name.trim_end_matches(|letter: char| !letter.is_alphanumeric()).to_ascii_lowercase();
    let is_apart = |rest: &str| !rest.ends_with(|letter: char| letter.is_ascii_lowercase());
    UNITS.iter().any(|unit| lower.strip_suffix(unit).is_some_and(is_apart))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_memory_are_known() {
        for name in ["jsHeapSizeUsed", "mem.rss.kb", "VRAM (MiB)", "Bytes", "malloc"] {
            assert!(is_memory(name), "{name}");
        }
        for name in ["fps", "nodes", "documents", "thumb", "cpu"] {
            assert!(!is_memory(name), "{name}");
        }
        assert!(has_unit("VRAM (MiB)") && has_unit("x_kb") && !has_unit("thumb") && !has_unit("bytes"));
    }
}
