//! Folders import from lower floors only, as the table in `src/lib.rs` says.
//!
//! The rules are in `floors/rules.rs`, the reading of source in
//! `floors/source.rs`; here they meet the real tree, and made-up source that
//! breaks each rule, so that the checker is known to see.

#[path = "floors/rules.rs"]
mod rules;
#[path = "floors/source.rs"]
mod source;

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

/// Every source file with its path below `src`, in order.
fn sources() -> Vec<(String, String)> {
    let src = root().join("src");
    let mut files = Vec::new();
    collect(&src, &mut files);
    files.sort();
    let named = |path: &PathBuf| {
        let below = path.strip_prefix(&src).expect("collected below src");
        (below.to_string_lossy().replace('\\', "/"), read_text(path))
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
    let first = |(file, _): (String, String)| rules::module_of(&file)[0].to_string();
    sources().into_iter().map(first).filter(|name| !["lib", "main", "bin"].contains(&name.as_str())).collect()
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
    let violations: Vec<Violation> = sources().iter().flat_map(|(file, text)| check(&floors, file, text)).collect();
    assert!(violations.is_empty(), "{}", listed(&violations));
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
    for (file, text) in sources() {
        let needed = !source::read(&rules::module_of(&file), &text).unsafe_lines.is_empty();
        assert!(
            needed || !UNSAFE.contains(&file.as_str()),
            "src/{file} has no `unsafe` any more: take it off the list"
        );
    }
}

#[test]
fn the_architecture_text_mentions_every_folder() {
    let path = root().join("ARCHITECTURE.md");
    if !path.exists() {
        eprintln!("no ARCHITECTURE.md yet: nothing to compare");
        return;
    }
    let folders = modules().into_iter().filter(|name| root().join("src").join(name).is_dir()).collect();
    assert_eq!(unmentioned(&folders, &read_text(&path)), Vec::<&str>::new());
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
    for listed in ["arena/memory.rs", "platform/worker/start.rs"] {
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
