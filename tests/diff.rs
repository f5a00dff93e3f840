//! `arenascope diff` as its users meet it: what differs, in which order, in which form.

use serde_json::Value;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

const SMALL: &str = "tests/data/small.trace";
/// A snapshot of twenty allocations of two owners, the one that `formats` is tested on.
const SNAPSHOT: &str = "crates/formats/tests/data/right.arenascope.json";

fn diff(arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command.arg("diff").args(arguments).current_dir(env!("CARGO_MANIFEST_DIR")).output().unwrap()
}

/// Exit code, standard output, standard error.
fn heard(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap().replace('\u{a0}', " ");
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

fn succeeded(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = heard(&diff(arguments));
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    stdout
}

fn failed(arguments: &[&str]) -> String {
    let (code, stdout, stderr) = heard(&diff(arguments));
    assert_eq!((code, stdout.as_str()), (2, ""), "{stderr}");
    stderr
}

fn json(arguments: &[&str]) -> Value {
    serde_json::from_str(&succeeded(&[arguments, &["--json"]].concat())).unwrap()
}

/// A file in a folder that goes with the test.
struct Made(tempfile::TempDir);

impl Made {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path: PathBuf = self.0.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.to_string_lossy().into_owned()
    }
}

/// `meshes` blocks of 64 KiB by load_mesh, and one of 1 MiB by draw, as heaptrack writes it.
fn heaptrack(meshes: usize) -> String {
    let head = "v 10400 3\nX game --level 1\ns 9 /bin/game\ns 4 main\ns 9 load_mesh\ns 4 draw\n\
                i 400100 1 2\ni 400200 1 3\ni 400300 1 4\nt 1 0\nt 2 1\nt 3 1\na 10000 2\na 100000 3\n";
    head.to_owned() + &"+ 0\n".repeat(meshes) + "+ 1\nc 64\n- 0\n"
}

/// The snapshot with another time and seed.
fn snapshot(created_at: &str, seed: u64) -> String {
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join(SNAPSHOT)).unwrap();
    let mut document: Value = serde_json::from_str(&text).unwrap();
    document["created_at"] = created_at.into();
    document["config"]["seed"] = seed.into();
    document.to_string()
}

#[test]
fn what_grew_comes_first_with_its_sign_and_unit() {
    let made = Made::new();
    let [before, after] = [4, 8].map(|meshes| made.file(&format!("{meshes}.heaptrack"), &heaptrack(meshes)));
    let text = succeeded(&[&before, &after]);
    assert!(text.contains("Documents: +256.0 KiB live (1.2 MiB → 1.4 MiB); most of all"), "{text}");
    let row = text.lines().find(|line| line.contains("load_mesh ← main")).unwrap();
    let cells: Vec<&str> = row.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect();
    assert_eq!(cells, ["load_mesh ← main", "192.0 KiB", "448.0 KiB", "+256.0 KiB", "+4"]);
    assert!(text.contains("Refused requests: same: neither has any"), "{text}");
    assert!(text.contains("warning: ") && text.contains("do not say when they were made"), "{text}");
}

#[test]
fn nothing_differs_from_itself() {
    let made = Made::new();
    let copy = made.file("copy.trace", &std::fs::read_to_string(SMALL).unwrap());
    for files in [[SMALL, SMALL], [SMALL, &copy]] {
        let text = succeeded(&files);
        assert!(text.contains("Documents: Nothing differs: "), "{text}");
        assert!(text.contains("Owners: same: all owners"), "{text}");
    }
}

#[test]
fn the_older_snapshot_is_before_whichever_is_named_first() {
    let made = Made::new();
    let tuesday = made.file("tuesday.json", &snapshot("2026-11-29T17:30:00Z", 1));
    // Its text sorts behind tuesday's, its time is before it.
    let monday = made.file("monday.json", &snapshot("2026-11-29T22:15:00+05:30", 1));
    let other = made.file("other.json", &snapshot("2026-11-30T00:00:00Z", 9));
    let names = |document: &Value| {
        [&document["before"]["name"], &document["after"]["name"]].map(|it| it.as_str().unwrap().to_owned())
    };
    for files in [[&tuesday, &monday], [&monday, &tuesday]] {
        let document = json(&files.map(String::as_str));
        assert_eq!(names(&document), [monday.clone(), tuesday.clone()]);
        assert_eq!(document["warnings"].as_array().map(Vec::len), Some(0), "{document}");
    }
    let document = json(&[&other, &monday]);
    assert_eq!(document["warnings"][0]["what"], "seed", "{document}");
    assert!(document["stacks"]["missing"].is_string() && document["usage"]["missing"].is_string());
}

#[test]
fn one_file_at_two_moments_is_one_run() {
    let document = json(&[SMALL, "--at", "end", "--at", "event:3", "--align", "event"]);
    assert_eq!((&document["is_one_run"], &document["is_turned"]), (&Value::from(true), &Value::from(true)));
    assert_eq!(document["before"]["events"], 3);
    assert_eq!(document["usage"]["compared"]["align"], "event");
    let rows = document["owners"]["rows"].as_array().unwrap().iter().chain([&document["owners"]["rest"]]);
    let change: i64 = rows.map(|row| row["bytes"]["change"].as_i64().unwrap()).sum();
    assert_eq!(Value::from(change), {
        let live = &document["figures"][0];
        Value::from(live["after"].as_i64().unwrap() - live["before"].as_i64().unwrap())
    });
}

#[test]
fn markdown_is_tables_for_a_review() {
    let made = Made::new();
    let [before, after] = [4, 8].map(|meshes| made.file(&format!("{meshes}.heaptrack"), &heaptrack(meshes)));
    let text = succeeded(&[&before, &after, "--markdown"]);
    assert!(text.starts_with("# ") && text.contains("\n## Owners\n"), "{text}");
    assert!(text.contains("| load\\_mesh ← main | 192.0 KiB | 448.0 KiB | +256.0 KiB | +4 |"), "{text}");
    assert!(text.contains("> **Warning:** "), "{text}");
}

#[test]
fn what_cannot_be_is_said_with_what_can() {
    for (arguments, expected) in [
        (&[SMALL, "--at", "soon"][..], "`soon` is no moment: end, 1.5s"),
        (&[SMALL, "--align", "moon"], "time, event, frame, marker"),
        (&[SMALL, "--at", "frame:3"], "does not tell frames"),
        (&[SMALL, "--at", "marker:play"], "has 0 markers `play`"),
        (&["a", "b", "c"], "'c'"),
        (&[SMALL, "--json", "--markdown"], "cannot be used with"),
        (&[SMALL, "Cargo.toml"], "Cargo.toml: "),
    ] {
        let message = failed(arguments);
        assert!(message.contains(expected), "{arguments:?}: {message}");
    }
}
