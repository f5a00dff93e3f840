//! Recordings of other programs.

use arenascope::formats::alloc_trace::TraceReader;
use arenascope::replay::Recording;
use arenascope::throughput::Case;
use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};

/// Recordings of other programs, where there are any: `*.trace` in
/// `$ARENASCOPE_SAMPLES`, or beside the checkout.
pub(crate) fn samples() -> Vec<Case> {
    let beside = Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/samples");
    let folder = std::env::var_os("ARENASCOPE_SAMPLES").map_or(beside, PathBuf::from);
    let entries = std::fs::read_dir(folder).into_iter().flatten();
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    paths
        .iter()
        .filter(|path| path.extension().is_some_and(|end| end == "trace"))
        .filter_map(|path| load(path))
        .collect()
}

fn load(path: &Path) -> Option<Case> {
    let decoded = Recording::decode(TraceReader::new(BufReader::new(File::open(path).ok()?)));
    let name = path.file_name()?.to_string_lossy().into_owned();
    match decoded {
        Ok(recording) => Some(Case { name, recording, timed_from: 0 }),
        Err(error) => {
            eprintln!("{name}: {error}: left out");
            None
        }
    }
}
