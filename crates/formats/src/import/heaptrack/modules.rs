//! What memory is for: the module whose code asked for it.

use arenascope_trace::{CategoryId, Manifest};
use std::collections::HashMap;

/// What memory is for where no module is known.
const UNKNOWN: &str = "Heap";
/// Modules that take memory for their callers.
const FOR_CALLERS: [&str; 10] = [
    "libheaptrack",
    "libc.so",
    "libc-",
    "libstdc++",
    "libc++",
    "libgcc_s",
    "libpthread",
    "ld-linux",
    "libjemalloc",
    "libtcmalloc",
];

/// Whether a module, by its path, takes memory for itself rather than for its callers.
pub(super) fn takes_for_itself(path: &str) -> bool {
    let name = file_name(path);
    !name.is_empty() && !FOR_CALLERS.iter().any(|prefix| name.starts_with(prefix))
}

/// The last part of a path.
pub(super) fn file_name(path: &str) -> &str {
    path.rsplit('/').next().unwrap_or(path)
}

/// Categories of the modules that took memory, the first that did first: there is room for
/// few.
#[derive(Debug, Default)]
pub(super) struct Modules {
    categories: HashMap<u32, CategoryId>,
}

impl Modules {
    /// The category of the module of that number and path; 0 is no module.
    pub(super) fn category(&mut self, module: u32, path: &str, manifest: &mut Manifest) -> CategoryId {
        *self.categories.entry(module).or_insert_with(|| match file_name(path) {
            "" => manifest.category(UNKNOWN),
            name => manifest.category(name),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn allocators_take_memory_for_their_callers() {
        let paths = ["/usr/bin/ls", "/lib/libselinux.so.1", "[vdso]", "/lib/libcrypto.so.3", "/opt/libclang.so"];
        assert_eq!(paths.map(takes_for_itself), [true; 5]);
        let paths =
            ["", "/lib64/ld-linux-x86-64.so.2", "/lib/libc.so.6", "/lib/libc-2.31.so", "/usr/lib/libstdc++.so.6"];
        assert_eq!(paths.map(takes_for_itself), [false; 5]);
    }
}
