//! Who may name whom, and what each breach of it is called.

use crate::source::{Named, Source, read};
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

/// Pairs of folders on one floor where the first may name the second.
pub(crate) const WITHIN_A_FLOOR: [(&str, &str, &str); 2] = [
    ("session", "workload", "a session steps a scenario; the scenario knows nothing of it"),
    ("session", "formats", "a session fills in the snapshot document, which is plain data and knows no session"),
];

/// Crates that only some folders may name.
pub(crate) const FOREIGN: [(&str, &[&str]); 10] = [
    ("wgpu", &["platform"]),
    ("leptos", &["app"]),
    ("plotters", &["app"]),
    ("plotters_backend", &["app"]),
    ("web_sys", &["platform", "app"]),
    ("js_sys", &["platform", "app"]),
    ("wasm_bindgen", &["platform", "app"]),
    ("wasm_bindgen_futures", &["platform", "app"]),
    ("gloo_timers", &["platform", "app"]),
    ("console_error_panic_hook", &["platform", "app"]),
];

/// Where `unsafe` may stand: these files, and the folder of the platform.
pub(crate) const UNSAFE: [&str; 10] = [
    "alloc/profiled.rs",
    "arena/nodes/memory.rs",
    "arena/region/native.rs",
    "arena/region/web.rs",
    "arena/sync/lock.rs",
    "arena/thread_cache/memory.rs",
    "recording/append.rs",
    "telemetry/ring.rs",
    "throughput/reference.rs",
    "platform/",
];

/// The floor of each folder.
pub(crate) type Floors = BTreeMap<String, u32>;

/// One breach. `file` is relative to `src`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Violation {
    /// A folder names one on its own floor or above.
    Floor { file: String, line: usize, from: String, to: String },
    /// A path goes to the crate as a whole, or to a folder without a floor.
    Unmapped { file: String, line: usize, path: String },
    /// A crate that this folder may not name.
    Foreign { file: String, line: usize, path: String },
    /// A web worker named outside the platform.
    Worker { file: String, line: usize, path: String },
    /// `unsafe` in a file that is not listed.
    Unsafe { file: String, line: usize },
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Floor { file, line, from, to } => {
                write!(f, "src/{file}:{line}: `{from}` names `{to}`, which is not on a lower floor")
            }
            Self::Unmapped { file, line, path } => {
                write!(f, "src/{file}:{line}: `{path}` names no folder of the table in src/lib.rs")
            }
            Self::Foreign { file, line, path } => {
                write!(f, "src/{file}:{line}: `{path}` belongs to another folder")
            }
            Self::Worker { file, line, path } => {
                write!(f, "src/{file}:{line}: `{path}` names a web worker outside `platform`")
            }
            Self::Unsafe { file, line } => write!(f, "src/{file}:{line}: `unsafe` in a file that is not listed for it"),
        }
    }
}

/// The floors as the table in the documentation of `lib.rs` gives them: rows of
/// `//! | floor | [`name`], … | … |`.
pub(crate) fn floors_of(lib: &str) -> Floors {
    let rows = lib.lines().filter_map(|line| {
        let mut cells = line.strip_prefix("//! |")?.split('|').map(str::trim);
        let floor: u32 = cells.next()?.parse().ok()?;
        Some((floor, cells.next()?))
    });
    rows.flat_map(|(floor, names)| quoted(names).map(move |name| (name.to_string(), floor))).collect()
}

/// What stands between backticks.
fn quoted(text: &str) -> impl Iterator<Item = &str> {
    text.split('`').skip(1).step_by(2)
}

/// Modules of `file`: `budget/node.rs` is `["budget", "node"]`.
pub(crate) fn module_of(file: &str) -> Vec<&str> {
    let mut module: Vec<&str> = file.trim_end_matches(".rs").split('/').collect();
    if module.last() == Some(&"mod") {
        module.pop();
    }
    module
}

/// Entries stand above all floors: they name what they start.
fn is_entry(file: &str) -> bool {
    matches!(file, "lib.rs" | "main.rs") || file.starts_with("bin/")
}

/// Every breach in `text`, the source of `file`.
pub(crate) fn check(floors: &Floors, file: &str, text: &str) -> Vec<Violation> {
    let module = module_of(file);
    let source = read(&module, text);
    let mut violations = Vec::new();
    if !is_entry(file) {
        let place = Place { floors, file, folder: module[0] };
        violations.extend(source.paths.iter().filter_map(|named| place.check(named)));
    }
    violations.extend(unlisted_unsafe(file, &source));
    violations
}

/// Whether `file` is listed for `unsafe`, by name or by its folder.
fn is_listed(file: &str) -> bool {
    UNSAFE.iter().any(|listed| file == *listed || (listed.ends_with('/') && file.starts_with(listed)))
}

fn unlisted_unsafe(file: &str, source: &Source) -> Vec<Violation> {
    let lines = if is_listed(file) { &[][..] } else { &source.unsafe_lines[..] };
    lines.iter().map(|&line| Violation::Unsafe { file: file.to_string(), line }).collect()
}

/// A file with its folder, among the floors.
struct Place<'a> {
    floors: &'a Floors,
    file: &'a str,
    folder: &'a str,
}

impl Place<'_> {
    fn check(&self, named: &Named) -> Option<Violation> {
        match named.segments[0].as_str() {
            "crate" => self.check_floor(named),
            name => self.check_foreign(named, name),
        }
    }

    fn check_floor(&self, named: &Named) -> Option<Violation> {
        let (file, line) = (self.file.to_string(), named.line);
        let to = named.segments.get(1).map_or("", String::as_str);
        if to == self.folder {
            return None;
        }
        let (Some(own), Some(other)) = (self.floors.get(self.folder), self.floors.get(to)) else {
            return Some(Violation::Unmapped { file, line, path: named.segments.join("::") });
        };
        let from = self.folder.to_string();
        let allowed = other < own || may_name_beside(self.folder, to);
        (!allowed).then(|| Violation::Floor { file, line, from, to: to.to_string() })
    }

    fn check_foreign(&self, named: &Named, name: &str) -> Option<Violation> {
        let (_, folders) = FOREIGN.iter().find(|(foreign, _)| *foreign == name)?;
        let (file, line, path) = (self.file.to_string(), named.line, named.segments.join("::"));
        if !folders.contains(&self.folder) {
            return Some(Violation::Foreign { file, line, path });
        }
        // A glob would bring the worker types in unseen.
        let worker = |segment: &String| segment.contains("Worker") || segment == "*";
        let names_worker = name == "web_sys" && named.segments.iter().any(worker);
        (names_worker && self.folder != "platform").then_some(Violation::Worker { file, line, path })
    }
}

pub(crate) fn may_name_beside(from: &str, to: &str) -> bool {
    WITHIN_A_FLOOR.iter().any(|(first, second, _)| (*first, *second) == (from, to))
}

/// Crates of this project that a manifest depends on, without their prefix; what only
/// its tests need left out.
pub(crate) fn dependencies_of(manifest: &str) -> Vec<String> {
    let own =
        manifest.lines().skip_while(|line| *line != "[dependencies]").skip(1).take_while(|line| !line.starts_with('['));
    let named = |line: &str| {
        let name = line.strip_prefix("arenascope-")?;
        Some(name.split(['.', ' ', '=']).next()?.to_string())
    };
    own.filter_map(named).collect()
}

/// Folders that `text` does not mention as `name/`.
pub(crate) fn unmentioned<'a>(folders: &'a BTreeSet<String>, text: &str) -> Vec<&'a str> {
    let mentioned = |folder: &&String| {
        text.split(|next: char| next.is_whitespace() || "`([|".contains(next)).any(|word| {
            word.trim_start_matches("src/")
                .trim_start_matches("crates/")
                .strip_prefix(folder.as_str())
                .is_some_and(|rest| rest.starts_with('/'))
        })
    };
    folders.iter().filter(|folder| !mentioned(folder)).map(String::as_str).collect()
}
