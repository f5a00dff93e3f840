//! `arenascope check` and `state` as their users meet them: files, exit codes, words.

use arenascope::gate::{KEYS, Measure, Rules};
use std::fs;
use std::process::{Command, Output};
use tempfile::TempDir;

const SMALL: &str = "tests/data/small.trace";

fn arenascope(arguments: &[&str]) -> (i32, String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    let Output { status, stdout, stderr } =
        command.current_dir(env!("CARGO_MANIFEST_DIR")).args(arguments).output().unwrap();
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (status.code().unwrap(), text(stdout), text(stderr))
}

/// A rules file in a folder that goes.
fn rules(rule: &str) -> (TempDir, String) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.toml");
    fs::write(&path, format!("version = 1\n[[rule]]\n{rule}\n")).unwrap();
    let path = path.to_string_lossy().into_owned();
    (folder, path)
}

#[test]
fn a_run_keeps_to_the_rules_that_were_written_from_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("memory.toml");
    let path = path.to_str().unwrap();
    assert_eq!(arenascope(&["check", "--init", SMALL, "-o", path]).0, 0);
    let (code, text, _) = arenascope(&["check", SMALL, "--rules", path]);
    assert_eq!((code, text.lines().last()), (0, Some("all 4 rules hold")), "{text}");
}

#[test]
fn a_rule_that_is_broken_is_exit_code_1_and_its_command_opens_it() {
    let (_folder, path) = rules("measure = 'peak'\nat_most = '1 KiB'");
    let (code, text, error) = arenascope(&["check", SMALL, "--rules", &path]);
    assert_eq!((code, error.as_str()), (1, "arenascope: 1 of 1 rules do not hold\n"), "{text}");
    let (_, command) = text.split_once("open it: arenascope ").unwrap();
    assert!(command.starts_with("state tests/data/small.trace --at-us 11 --owner '(unknown)'\n"), "{text}");
    let (code, state, _) = arenascope(&["state", SMALL, "--at-us", "11", "--owner", "(unknown)"]);
    assert_eq!(
        (code, state.lines().next()),
        (0, Some("tests/data/small.trace: 73.2 KiB in 4 objects at 11 µs, after 12 events")),
        "{state}"
    );
}

#[test]
fn wrong_input_is_exit_code_2() {
    let (_folder, path) = rules("measure = 'peak'\nat_mots = 0");
    let (code, _, error) = arenascope(&["check", SMALL, "--rules", &path]);
    assert!(code == 2 && error.contains("line 4: there is no key `at_mots`; did you mean `at_most`?"), "{error}");
    let (_folder, path) = rules("measure = 'peak'\nworse_than_baseline_at_most = '5 %'");
    let (code, _, error) = arenascope(&["check", SMALL, "--rules", &path]);
    assert!(code == 2 && error.contains("name them with --baseline"), "{error}");
    let (code, text, _) = arenascope(&["check", SMALL, "--rules", &path, "--baseline", SMALL]);
    assert!(code == 0 && text.starts_with("warning: 1 earlier run: too few"), "{text}");
    assert_eq!(arenascope(&["check", "none.trace", "--rules", &path]).0, 2);
}

#[test]
fn the_document_explains_every_key_and_measure_and_its_rules_are_read() {
    let text = fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/docs/gate.md")).unwrap();
    for word in KEYS.into_iter().chain(Measure::keys()) {
        assert!(text.contains(&format!("`{word}`")), "docs/gate.md says nothing of {word}");
    }
    let (_, rules) = text.split_once("```toml\n").unwrap();
    let (rules, _) = rules.split_once("```").unwrap();
    assert_eq!(rules.parse::<Rules>().unwrap().rules.len(), 3);
}
