//! `arenascope lab` as its users meet it: rows, refusals, lab files that are served again.

use serde_json::Value;
use std::fs;
use std::process::{Command, Output};

const KIB: u64 = 1024;

fn arenascope(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    let Output { status, stdout, stderr } =
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// 64 blocks of 1 KiB, every other one freed, then 16 of 4 KiB that fit in no hole: first fit
/// needs 64 + 64 KiB, and 32 + 64 KiB lived at most.
fn holes() -> tempfile::NamedTempFile {
    let taken = (0..64).map(|_| "Alloc(1024),\n".to_owned());
    let freed = (0..32).map(|at| format!("Free({}),\n", 2 * at));
    let last = (0..16).map(|_| "Alloc(4096),\n".to_owned());
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(&file, taken.chain(freed).chain(last).collect::<String>()).unwrap();
    file
}

fn json(arguments: &[&str]) -> Value {
    let (code, text, error) = arenascope(arguments);
    assert_eq!(code, 0, "{error}");
    serde_json::from_str(&text).unwrap()
}

fn row<'a>(lab: &'a Value, key: &str) -> &'a Value {
    lab["rows"].as_array().unwrap().iter().find(|row| row["spec"] == key).unwrap_or_else(|| panic!("no row {key}"))
}

#[test]
fn every_row_is_measured_against_the_peak_of_live_bytes() {
    let file = holes();
    let lab = json(&["lab", file.path().to_str().unwrap(), "--packing-seconds", "1", "--json"]);
    assert_eq!(lab["heap"]["bound_bytes"], 96 * KIB);
    assert_eq!(row(&lab, "first_fit")["figures"]["peak_bytes"], 128 * KIB);
    assert_eq!(row(&lab, "packing")["figures"]["peak_bytes"], 96 * KIB);
    assert_eq!(row(&lab, "packing")["packing"]["gap"], 0.0);
    // A small pool's segments are of 2 MiB, a large one's of 20 MiB; all is small here.
    assert_eq!(row(&lab, "pytorch")["figures"]["peak_bytes"], 2048 * KIB);
}

#[test]
fn a_budget_tells_refusals_apart() {
    let file = holes();
    let path = file.path().to_str().unwrap();
    let lab = json(&["lab", path, "--policies", "first_fit", "--budget", "112KiB", "--json"]);
    let failures = &row(&lab, "first_fit")["figures"]["failures"];
    assert_eq!((&failures["fragmented"], &failures["full"]), (&4.into(), &0.into()), "32 KiB are free, in pieces");
}

#[test]
fn a_lab_file_is_served_again_with_the_same_figures() {
    let (file, folder) = (holes(), tempfile::tempdir().unwrap());
    let path = file.path().to_str().unwrap();
    let lab = json(&["lab", path, "--policies", "tlsf,buddy,pytorch:expandable_segments", "--json"]);
    let kept = folder.path().join("lab.json");
    let kept = kept.to_str().unwrap();
    fs::write(kept, lab.to_string()).unwrap();
    let (code, _, error) = arenascope(&["lab", path, "--again", kept]);
    assert_eq!(code, 0, "{error}");
    let mut changed = lab;
    changed["rows"][1]["figures"]["peak_bytes"] = 1.into();
    fs::write(kept, changed.to_string()).unwrap();
    let (code, _, error) = arenascope(&["lab", path, "--again", kept]);
    assert!(code == 1 && error.contains("Buddy blocks"), "{error}");
}

#[test]
fn text_and_markdown_say_what_the_rows_come_to() {
    let text = arenascope(&["lab", "tests/data/small.trace", "--policies", "best_fit"]).1;
    assert!(text.contains("Least of those that know nothing beforehand: Best fit"), "{text}");
    let text = arenascope(&["lab", "tests/data/small.trace", "--policies", "best_fit", "--markdown"]).1;
    assert!(text.starts_with("# Laboratory: ") && text.contains("| Best fit |"), "{text}");
}

#[test]
fn wrong_input_is_exit_code_2_and_says_what_would_be_right() {
    for (arguments, said) in [
        (&["--policies", "luckiest_fit"][..], "there are first_fit"),
        (&["--budget", "0"], "a budget of nothing"),
        (&["--packing-seconds", "1e9"], "is expected"),
        (&["--heap", "9"], "9"),
        (&["--again", "tests/data/small.trace"], "small.trace"),
    ] {
        let (code, _, error) = arenascope(&[&["lab", "tests/data/small.trace"], arguments].concat());
        assert!(code == 2 && error.contains(said), "{arguments:?}: {code} {error}");
    }
}
