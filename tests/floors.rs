//! Folders import from lower floors only, as the table in `src/lib.rs` says. Of the
//! crates below `crates/` the compiler keeps this: here their manifests are held
//! against the table; of the folders of the root package the paths are read.
//!
//! The rules are in `floors/rules.rs`, the reading of source in
//! `floors/source.rs`; here they meet the real tree, and made-up source that
//! breaks each rule, so that the checker is known to see.

#[path = "floors/circles.rs"]
mod circles;
#[path = "floors/rules.rs"]
mod rules;
#[path = "floors/source.rs"]
mod source;

use circles::{Sources, circles};
use rules::{Floors, UNSAFE, Violation, WITHIN_A_FLOOR, check, floors_of, unmentioned};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn read_text(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// A source file: which crate's, and its path with the crate as its first folder.
struct SourceFile {
    /// Whether it is a crate below `crates/`, whose `crate::` is itself.
    is_member: bool,
    path: String,
    text: String,
}

/// Every source file: `src/app/mod.rs` as `app/mod.rs`, `crates/arena/src/lib.rs` as
/// `arena/mod.rs`; in order.
fn sources() -> Vec<SourceFile> {
    let mut found = below(&root().join("src"), None);
    for name in members() {
        found.extend(below(&root().join("crates").join(&name).join("src"), Some(&name)));
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    found
}

/// Names of the folders below `crates/`, in order.
fn members() -> BTreeSet<String> {
    let entries = fs::read_dir(root().join("crates")).expect("a folder of crates");
    entries.map(|entry| entry.expect("a readable entry").file_name().to_string_lossy().into_owned()).collect()
}

fn below(src: &Path, member: Option<&str>) -> Vec<SourceFile> {
    let mut files = Vec::new();
    collect(src, &mut files);
    let named = |path: &PathBuf| {
        let below = path.strip_prefix(src).expect("collected below src").to_string_lossy().replace('\\', "/");
        let path_in = match member {
            Some(name) if below == "lib.rs" => format!("{name}/mod.rs"),
            Some(name) => format!("{name}/{below}"),
            None => below,
        };
        SourceFile { is_member: member.is_some(), path: path_in, text: read_text(path) }
    };
    files.iter().map(named).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder of sources") {
        let path = entry.expect("a readable entry").path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// Top-level modules of the crate: folders and single files, entries aside.
fn modules() -> BTreeSet<String> {
    let first = |file: SourceFile| rules::module_of(&file.path)[0].to_string();
    let mut modules: BTreeSet<String> = sources().into_iter().map(first).collect();
    // `owner` is a module of the crate `units`.
    modules.insert("owner".to_string());
    modules.retain(|name| !["lib", "main", "bin"].contains(&name.as_str()));
    modules
}

fn real_floors() -> Floors {
    floors_of(&read_text(&root().join("src/lib.rs")))
}

/// The text of a report that is empty when all is well.
fn listed(violations: &[Violation]) -> String {
    violations.iter().map(|violation| format!("\n  {violation}")).collect()
}

#[test]
fn the_crate_keeps_its_floors() {
    let floors = real_floors();
    let violations: Vec<Violation> = sources().iter().flat_map(|file| of_file(&floors, file)).collect();
    assert!(violations.is_empty(), "{}", listed(&violations));
}

fn of_file(floors: &Floors, file: &SourceFile) -> Vec<Violation> {
    let found = check(floors, &file.path, &file.text).into_iter();
    let is_kept_by_the_compiler = |violation: &Violation| {
        file.is_member && matches!(violation, Violation::Floor { .. } | Violation::Unmapped { .. })
    };
    found.filter(|violation| !is_kept_by_the_compiler(violation)).collect()
}

/// The arena is large enough for floors of its own, which its `lib.rs` draws. Its tests
/// use the interface, which is no module.
#[test]
fn the_modules_of_the_arena_keep_their_floors() {
    let src = root().join("crates/arena/src");
    let floors = floors_of(&read_text(&src.join("lib.rs")));
    let mut modules = BTreeSet::new();
    let mut violations = Vec::new();
    for SourceFile { path, text, .. } in below(&src, None) {
        if path == "lib.rs" || path.starts_with("tests/") {
            continue;
        }
        modules.insert(rules::module_of(&path)[0].to_string());
        let climbs = |it: &Violation| matches!(it, Violation::Floor { .. } | Violation::Unmapped { .. });
        violations.extend(check(&floors, &path, &text).into_iter().filter(climbs));
    }
    assert!(violations.is_empty(), "{}", listed(&violations));
    assert_eq!(floors.into_keys().collect::<BTreeSet<_>>(), modules);
}

#[test]
fn crates_depend_on_lower_floors_only() {
    let floors = real_floors();
    for name in members() {
        let manifest = read_text(&root().join("crates").join(&name).join("Cargo.toml"));
        let dependencies = rules::dependencies_of(&manifest);
        assert!(floors[&name] == 0 || !dependencies.is_empty(), "{name}: no dependency was read");
        for to in dependencies {
            let is_lower = floors[&to] < floors[&name] || rules::may_name_beside(&name, &to);
            assert!(is_lower, "crates/{name}/Cargo.toml: `{to}` is not on a lower floor");
        }
    }
}

#[test]
fn a_manifest_is_read_up_to_what_tests_need() {
    let text = "[dependencies]\narenascope-units.workspace = true\nserde = \"1\"\narenascope-pool = { path = \"x\" }\n\
                [dev-dependencies]\narenascope-session.workspace = true\n";
    assert_eq!(rules::dependencies_of(text), ["units", "pool"]);
}

#[test]
fn every_module_has_a_floor_and_every_floor_a_module() {
    let floors: BTreeSet<String> = real_floors().into_keys().collect();
    assert_eq!(modules(), floors);
}

#[test]
fn exceptions_stay_few_and_go_one_way() {
    let floors = real_floors();
    for (from, to, reason) in WITHIN_A_FLOOR {
        assert_eq!(floors[from], floors[to], "{from} → {to} needs no exception");
        assert!(!WITHIN_A_FLOOR.iter().any(|(other, back, _)| (*other, *back) == (to, from)), "{from} ⇄ {to}");
        assert!(!reason.is_empty());
    }
    assert!(WITHIN_A_FLOOR.len() <= 2, "a third exception asks for another floor instead");
}

#[test]
fn files_listed_for_unsafe_need_it() {
    for SourceFile { path, text, .. } in sources() {
        let needed = !source::read(&rules::module_of(&path), &text).unsafe_lines.is_empty();
        assert!(needed || !UNSAFE.contains(&path.as_str()), "{path} has no `unsafe` any more: take it off the list");
    }
}

#[test]
fn the_architecture_text_mentions_every_folder() {
    let mut folders = members();
    folders.extend(modules().into_iter().filter(|name| root().join("src").join(name).is_dir()));
    assert_eq!(unmentioned(&folders, &read_text(&root().join("ARCHITECTURE.md"))), Vec::<&str>::new());
}

/// A crate of the tree: its name, its files by path, and which of them is the crate.
type Crate = (String, Vec<(String, String)>, &'static str);

/// Every crate of the tree.
fn crates() -> Vec<Crate> {
    let of = |folder: PathBuf| below(&folder, None).into_iter().map(|file| (file.path, file.text)).collect::<Vec<_>>();
    let mut crates: Vec<_> = members()
        .into_iter()
        .map(|name| (name.clone(), of(root().join("crates").join(&name).join("src")), "lib.rs"))
        .collect();
    let mut page = of(root().join("src"));
    page.retain(|(file, _)| file != "main.rs" && !file.starts_with("bin/"));
    crates.push(("page".into(), page, "lib.rs"));
    crates.push(("command line".into(), of(root().join("src/bin/arenascope")), "main.rs"));
    crates
}

#[test]
fn no_files_name_each_other_in_a_circle() {
    let mut found = String::new();
    for (name, files, root) in crates() {
        for circle in circles(&Sources { root, files: &files }) {
            found += &format!("\n  {name}: {}", circle.join(", "));
        }
    }
    assert!(found.is_empty(), "what such files share belongs in one below them all:{found}");
}

/// The circles of made-up files of one crate.
fn circles_in(files: &[(&str, &str)]) -> Vec<Vec<String>> {
    let files: Vec<_> = files.iter().map(|(file, text)| (file.to_string(), text.to_string())).collect();
    circles(&Sources { root: "lib.rs", files: &files })
}

#[test]
fn a_circle_is_seen_whatever_it_goes_through() {
    let lib = ("lib.rs", "mod a; mod b; mod c; pub use a::A; pub use b::B;");
    for (a, b) in [
        ("use crate::b::B;", "use crate::a::A;"),
        ("use super::b; fn f() { b::g() }", "fn g(_: super::a::A) {}"),
        // Through names that the crate passes on.
        ("use super::B;", "use crate::{A, other::C};"),
        ("use crate::c::C; mod tests { use super::*; }", "use crate::a::A;"),
    ] {
        let found = circles_in(&[lib, ("a.rs", a), ("b.rs", b), ("c.rs", "use super::b;\nfn f() { b::g() }")]);
        assert_eq!(found.len(), 1, "{a} {b}: {found:?}");
        assert!(["a.rs", "b.rs"].iter().all(|file| found[0].iter().any(|other| other == file)), "{found:?}");
    }
    let parent =
        circles_in(&[("lib.rs", "mod m;"), ("m/mod.rs", "mod n; fn f() { n::g() }"), ("m/n.rs", "use super::f;")]);
    assert_eq!(parent, [["m/mod.rs", "m/n.rs"]]);
}

#[test]
fn what_is_passed_on_or_named_by_tests_is_no_circle() {
    for (a, b) in [
        ("use crate::b::B;", "mod tests { use crate::a::A; }"),
        ("use crate::b::B;", "/// See [`crate::a`]\nfn a() {}"),
        ("use crate::b::B;", "use std::a::A; fn f(a: u32) { a.b() }"),
    ] {
        let lib = ("lib.rs", "mod a; mod b; pub use a::A;");
        assert_eq!(circles_in(&[lib, ("a.rs", a), ("b.rs", b)]), Vec::<Vec<String>>::new(), "{a} {b}");
    }
    let folder =
        [("lib.rs", "mod m;"), ("m/mod.rs", "mod n; pub use n::N;"), ("m/n.rs", "use super::K;"), ("m/k.rs", "")];
    // `K` is nowhere: the folder's own file is named, which only passes on.
    assert_eq!(circles_in(&folder), Vec::<Vec<String>>::new());
}

/// Breaches of made-up source in `file`, as text.
fn breaches(file: &str, text: &str) -> Vec<String> {
    let floors = floors_of(
        "//! | floor | module | what |\n//! |---|---|---|\n//! | 0 | [`units`], [`owner`] | a |\n\
         //! | 1 | [`arena`] | b |\n//! | 1 | [`pool`] | c |\n//! | 2 | [`session`], [`workload`] | d |\n\
         //! | 4 | `platform` | e |\n//! | 5 | `app` | f |\n",
    );
    check(&floors, file, text).iter().map(ToString::to_string).collect()
}

const UPWARD: &str = "src/arena/list.rs:1: `arena` names `session`, which is not on a lower floor";

#[test]
fn a_path_upwards_is_seen_however_it_is_written() {
    for text in [
        "use crate::session;",
        "use crate::session::Session as S;",
        "pub(crate) use crate::{units::Bytes, session::{Session, self}, owner};",
        "fn f() { crate::session::run(); }",
        "fn f<'a>(s: &'a str) { let q = '\"'; let t: &'a crate::session::Session; }",
        "use super::super::session::Session;",
        "use super::super::{units, session};",
        "mod tests { use super::super::super::session::Session; }",
        "macro_rules! m { () => { $crate::session::run() } }",
        "impl crate :: session :: View for A {}",
    ] {
        let found = breaches("arena/list.rs", text);
        assert!(found.iter().any(|breach| breach == UPWARD), "{text}: {found:?}");
    }
}

#[test]
fn what_is_allowed_is_no_breach() {
    for text in [
        "use crate::units::Bytes; use crate::{owner, units};",
        "use crate::arena::node::Node; use super::node::Node; use self::inner::X;",
        "mod tests { use super::super::list; use super::*; }\nuse super::node::Node;",
        "mod a { mod b {} }\nuse super::node::Node;",
        "//! See [`crate::session`].\n/* use crate::session; /* nested */ use crate::app; */",
        r####"const TEXT: &str = "use crate::session; \" unsafe"; const RAW: &str = r#"crate::app " unsafe"#;"####,
        "use std::fmt; use serde::Serialize; fn f(session: u32) -> u32 { session }",
        "pub(crate) struct A(pub(crate) u8); pub(in crate::arena) fn f(self) { self.g() }",
        "fn f() -> impl Fn() + use<'static> { const { use self::g as h; } }",
        "fn r#unsafe_like() { let unsafe_code = b'\\''; }",
    ] {
        assert_eq!(breaches("arena/list.rs", text), Vec::<String>::new(), "{text}");
    }
}

#[test]
fn neighbours_on_a_floor_need_an_exception() {
    assert_eq!(breaches("session/tick.rs", "use crate::workload::Scenario;").len(), 0);
    assert_eq!(
        breaches("workload/game.rs", "\nuse crate::session::Session;"),
        ["src/workload/game.rs:2: `workload` names `session`, which is not on a lower floor"]
    );
    assert_eq!(
        breaches("pool/mod.rs", "use crate::arena::Arena;"),
        ["src/pool/mod.rs:1: `pool` names `arena`, which is not on a lower floor"]
    );
    assert_eq!(breaches("units.rs", "use crate::owner::Owner;").len(), 1);
}

#[test]
fn paths_that_hide_where_they_go_are_breaches() {
    for text in ["use crate::*;", "use crate as everything;", "use crate::nowhere::X;", "use super::super::*;"] {
        let found = breaches("arena/list.rs", text);
        assert!(found.len() == 1 && found[0].contains("names no folder"), "{text}: {found:?}");
    }
}

#[test]
fn web_crates_stay_in_their_folders() {
    let cases = [
        ("platform/gpu.rs", "use wgpu::Device;", 0),
        ("app/panel.rs", "use wgpu::Device;", 1),
        ("app/panel.rs", "use leptos::prelude::*; use plotters::prelude::*;", 0),
        ("platform/page.rs", "fn f() { ::leptos::mount::mount_to_body(f) }", 1),
        ("session/mod.rs", "use {plotters::style, serde::Serialize};", 1),
        ("session/mod.rs", "use web_sys;", 1),
        ("app/panel.rs", "use web_sys::{HtmlCanvasElement, MouseEvent};", 0),
        ("app/panel.rs", "use web_sys::{HtmlCanvasElement, Worker};", 1),
        ("app/panel.rs", "use web_sys::*;", 1),
        ("platform/threads.rs", "use web_sys::{DedicatedWorkerGlobalScope, Worker};", 0),
        ("main.rs", "arenascope::app::mount();", 0),
    ];
    for (file, text, count) in cases {
        assert_eq!(breaches(file, text).len(), count, "{file}: {text}");
    }
}

#[test]
fn unsafe_stands_only_where_it_is_listed() {
    let text = "// unsafe\n#![expect(unsafe_code)]\nfn f() {\n    unsafe { g() }\n}\nunsafe impl Send for A {}";
    let expected = [4, 6].map(|line| format!("src/pool/mod.rs:{line}: `unsafe` in a file that is not listed for it"));
    assert_eq!(breaches("pool/mod.rs", text), expected);
    assert_eq!(breaches("main.rs", text).len(), 2);
    for listed in ["arena/nodes/memory.rs", "platform/worker/start.rs"] {
        assert_eq!(breaches(listed, text), Vec::<String>::new());
    }
}

#[test]
fn a_folder_that_the_architecture_text_forgets_is_named() {
    let folders = ["arena", "budget", "pool"].map(str::to_string).into();
    assert_eq!(
        unmentioned(&folders, "| `arena/` | … |\n    pool/   F1\nthe budget, subbudget/ and budgets/"),
        ["budget"]
    );
    assert_eq!(unmentioned(&folders, "[src/arena/mod.rs](src/budget/) src/pool/"), Vec::<&str>::new());
}
