//! The command line as its users meet it: output, messages, exit codes.

use serde_json::Value;
use std::io::Write;
use std::process::{Command, Output, Stdio};

const SMALL: &str = "tests/data/small.trace";

fn arenascope(arguments: &[&str]) -> Output {
    command(arguments).output().unwrap()
}

fn command(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_arenascope"));
    command.args(arguments).current_dir(env!("CARGO_MANIFEST_DIR"));
    command
}

/// Runs with `input` on standard input.
fn fed(arguments: &[&str], input: &str) -> Output {
    let mut command = command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

/// Exit code, standard output, standard error.
fn heard(output: &Output) -> (i32, String, String) {
    let text = |bytes: &[u8]| String::from_utf8(bytes.to_vec()).unwrap();
    (output.status.code().unwrap(), text(&output.stdout), text(&output.stderr))
}

/// Standard output of a run that succeeds and has nothing else to say.
fn succeeded(output: &Output) -> String {
    let (code, stdout, stderr) = heard(output);
    assert_eq!((code, stderr.as_str()), (0, ""), "{stdout}");
    stdout
}

/// Standard error of a run that fails with `code`, without a result.
fn failed(output: &Output, code: i32) -> String {
    let (found, stdout, stderr) = heard(output);
    assert_eq!((found, stdout.as_str()), (code, ""), "{stderr}");
    stderr
}

#[test]
fn the_table_has_a_row_for_each_policy() {
    let text = succeeded(&arenascope(&["replay", SMALL]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "tests/data/small.trace: 8 allocations, 5 frees, peak 73.2 KiB in up to 4 allocations");
    assert_eq!(lines[1], "free errors: 2, left out (1 never allocated, 1 freed before)");
    assert_eq!(lines[2], "arena 1.0 MiB (chosen from the peak; --arena-mib sets it), alignment 16 B, timed passes: 5");
    assert!(lines[4].starts_with("policy "), "{text}");
    for policy in arenascope::arena::PolicyKind::ALL {
        assert!(lines[5..].iter().any(|line| line.starts_with(policy.key())), "{text}");
    }
    assert!(!text.contains('\x1b'), "a progress bar where there is no terminal");
}

#[test]
fn json_carries_every_figure() {
    let arguments = ["replay", SMALL, "--json", "--policy", "first_fit", "--arena-mib=2", "--align=64", "--repeats=3"];
    let document: Value = serde_json::from_str(&succeeded(&arenascope(&arguments))).unwrap();
    assert_eq!(document["format"], "arenascope-replay");
    assert_eq!((&document["arena_bytes"], &document["align_bytes"]), (&Value::from(2 << 20), &Value::from(64)));
    assert_eq!((&document["repeats"], &document["arena_chosen_from_peak"]), (&Value::from(3), &Value::from(false)));
    assert_eq!(document["recording"]["peak_live_bytes"], 74_996);
    let [policy] = document["policies"].as_array().unwrap().as_slice() else { panic!("{document}") };
    assert_eq!((&policy["policy"], &policy["operations"]), (&Value::from("first_fit"), &Value::from(13)));
    let (median, minimum) = (&policy["ns_per_operation_median"], &policy["ns_per_operation_minimum"]);
    assert!(median.as_f64() >= minimum.as_f64() && minimum.as_f64() > Some(0.0), "{policy}");
    let ratio = policy["footprint_bytes"].as_f64().unwrap() / policy["peak_live_bytes"].as_f64().unwrap();
    assert!((policy["footprint_ratio"].as_f64().unwrap() - ratio).abs() < 1e-12);
}

#[test]
fn refused_allocations_are_told_by_reason() {
    let text =
        succeeded(&fed(&["replay", "-", "--arena-mib", "1", "--policy", "first_fit"], "Alloc(2000000)\nFree(0)"));
    let reasons = "first_fit: 1 without room, 0 without nodes (a larger arena has more), 0 beyond the policy's limits; \
                   1 frees left out with them";
    assert_eq!(text.lines().last(), Some(reasons), "{text}");
}

#[test]
fn an_empty_recording_is_one() {
    let text = succeeded(&fed(&["replay", "-"], "\n\n"));
    assert!(text.starts_with("-: 0 allocations, 0 frees, peak 0 B"), "{text}");
}

#[test]
fn a_malformed_line_is_named_and_ends_with_two() {
    let message = failed(&fed(&["replay", "-"], "Alloc(8),\n\nFree(0x0),\n"), 2);
    assert_eq!(message, "arenascope: -: line 3, column 7: expected `)`, found `x0),`\n");
}

#[test]
fn wrong_arguments_end_with_two() {
    let message = failed(&arenascope(&["replay", SMALL, "--policy", "magic"]), 2);
    assert!(message.starts_with("arenascope: unknown policy `magic`; known are all, first_fit, "), "{message}");
    for arguments in [&[][..], &["replay"], &["replay", SMALL, "--arena-mib", "4096"], &["record"]] {
        assert!(failed(&arenascope(arguments), 2).ends_with("Try `arenascope --help`.\n"));
    }
}

#[test]
fn a_file_that_is_not_there_ends_with_one() {
    let message = failed(&arenascope(&["replay", "tests/data/none.trace"]), 1);
    assert!(message.starts_with("arenascope: tests/data/none.trace: "), "{message}");
}

#[test]
fn help_and_version_go_to_standard_output() {
    assert!(succeeded(&arenascope(&["--help"])).contains("Usage: arenascope replay FILE"));
    assert_eq!(succeeded(&arenascope(&["--version"])), format!("arenascope {}\n", env!("CARGO_PKG_VERSION")));
}

/// The reader of the output may leave early, as `head` does.
#[test]
fn a_closed_output_is_no_failure() {
    let mut child = command(&["replay", SMALL]).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert_eq!(heard(&output), (0, String::new(), String::new()));
}
