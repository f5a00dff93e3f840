//! The Chromium of the tests, as `tests/browser/browsers.mjs` finds it.

use std::env;
use std::path::PathBuf;

/// Its program. Where there is none, that is said, and a test has nothing to do.
pub(crate) fn chromium() -> Option<PathBuf> {
    let chosen = env::var_os("ARENASCOPE_CHROMIUM").map(PathBuf::from);
    let names = ["chromium", "chromium-browser", "google-chrome"];
    let found = chosen
        .or_else(|| names.map(|name| PathBuf::from("/usr/bin").join(name)).into_iter().find(|path| path.is_file()));
    if found.is_none() {
        eprintln!("SKIPPED, NOT TESTED: there is no Chromium here; `make setup-browsers` installs one");
    }
    found
}
