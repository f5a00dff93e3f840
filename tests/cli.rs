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
fn fed(arguments: &[&str], input: impl AsRef<[u8]>) -> Output {
    let mut command = command(arguments);
    let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_ref()).unwrap();
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

/// The last cells of a policy's row: of the table of work, then of that of space.
fn rows<'a>(text: &'a str, policy: &str) -> Vec<Vec<&'a str>> {
    let lines = text.lines().filter(|line| line.split_whitespace().next() == Some(policy));
    lines.map(|line| line.split("  ").map(str::trim).filter(|cell| !cell.is_empty()).collect()).collect()
}

#[test]
fn the_tables_have_a_row_for_each_policy() {
    let text = succeeded(&arenascope(&["replay", SMALL]));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[0], "tests/data/small.trace: 8 allocations, 5 frees, peak 73.2 KiB in up to 4 allocations");
    assert_eq!(lines[1], "free errors: 2, left out: 1 never allocated (line 9), 1 freed before (line 12)");
    assert_eq!(lines[2], "arena 1.0 MiB (chosen from the peak; --arena-mib sets it), alignment 16 B, timed passes: 5");
    assert!(lines[3].starts_with("warning: 28.6 % of the frees match no allocation"), "{text}");
    for policy in arenascope::arena::PolicyKind::ALL {
        let rows = rows(&text, policy.key());
        assert_eq!(rows.iter().map(Vec::len).collect::<Vec<_>>(), [9, 10], "{text}");
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

/// `count` blocks of 64 KiB fill the arena; with holes, every second is freed; then one of
/// 65 537 bytes is asked for.
fn filled(count: u32, with_holes: bool) -> String {
    let blocks = "Alloc(65536)\n".repeat(count as usize);
    let freed = if with_holes {
        (1..count).step_by(2).map(|index| format!("Free({index})\n")).collect()
    } else {
        String::new()
    };
    blocks + &freed + "Alloc(65537)\n"
}

#[test]
fn full_is_told_from_fragmented() {
    let arguments = ["replay", "-", "--arena-mib", "1", "--policy", "first_fit", "--repeats", "1"];
    for (with_holes, full, fragmented, larger) in [(true, "0", "1", 2), (false, "1", "0", 4)] {
        let text = succeeded(&fed(&arguments, filled(15, with_holes)));
        assert_eq!(rows(&text, "first_fit")[0][4..6], [full, fragmented], "{text}");
        let advice = format!("a larger arena has more room and more nodes: --arena-mib {larger}\n");
        assert!(text.ends_with(&advice), "{text}");
        let json = succeeded(&fed(&[&arguments[..], &["--json"]].concat(), filled(15, with_holes)));
        let policy = &serde_json::from_str::<Value>(&json).unwrap()["policies"][0];
        let counts = ["failures_full", "failures_fragmented", "failures_no_room"].map(|key| policy[key].to_string());
        assert_eq!(counts, [full, fragmented, "1"]);
    }
}

/// Advice must be such as can be followed: there is no arena above the largest.
#[test]
fn what_no_arena_serves_is_said_with_no_advice_to_enlarge_it() {
    let arguments = ["replay", "-", "--policy", "first_fit", "--repeats", "1"];
    let text = succeeded(&fed(&arguments, "Alloc(900000000)\n".repeat(2)));
    let beyond = "warning: at this alignment the peak takes 1.7 GiB, more than the largest arena has";
    assert!(text.contains(beyond), "{text}");
    assert!(text.ends_with("1.0 GiB is the largest arena: there is none with more room or more nodes\n"), "{text}");
    let text = succeeded(&fed(&arguments, "Alloc(3221225472)\nAlloc(100)\n"));
    let oversized = "warning: 1 allocation is larger than the largest arena, 1.0 GiB: no policy serves them";
    assert!(text.contains(oversized) && text.contains("\narena 1.0 MiB (chosen"), "{text}");
    let text = succeeded(&fed(&arguments, "Alloc(18446744073709551615)\nAlloc(18446744073709551600)\n"));
    assert!(text.contains("peak more than 16777216.0 TiB"), "{text}");
}

#[test]
fn the_chosen_arena_heeds_the_alignment() {
    let recording = "Alloc(4097)\n".repeat(100);
    for (align, arena) in [("16", "1.0 MiB"), ("4096", "2.0 MiB"), ("65536", "16.0 MiB")] {
        let text = succeeded(&fed(&["replay", "-", "--repeats", "1", "--align", align], &recording));
        assert!(text.contains(&format!("arena {arena} (chosen")), "{text}");
        assert!(!text.contains("a larger arena"), "{text}");
    }
}

#[test]
fn a_recording_with_nothing_in_it_says_so() {
    for (input, message) in [
        ("", "-: it is empty: nothing to replay"),
        ("\n \n", "-: it is empty: nothing to replay"),
        ("# a\n[]", "-: it is empty: nothing to replay"),
        ("Free(0)\nFree(0)", "-: 2 frees, and no allocation that one of them gives back: nothing to replay"),
    ] {
        for form in [&["replay", "-"][..], &["replay", "-", "--json"]] {
            assert_eq!(failed(&fed(form, input), 2), format!("arenascope: {message}\n"));
        }
    }
}

/// A recorder that is killed leaves half a line: what came before it is good.
#[test]
fn a_recording_that_is_cut_is_replayed_up_to_there() {
    let input = "Alloc(100),\n".repeat(50) + "Free(49";
    let text = succeeded(&fed(&["replay", "-", "--policy", "bins", "--repeats", "1"], &input));
    let cut = "warning: line 51, column 8: the recording is cut here: expected `)`, found the end; the figures are of the \
               50 operations before it\n";
    assert!(text.contains(cut), "{text}");
    assert_eq!(rows(&text, "bins")[0][1], "50");
    let json = succeeded(&fed(&["replay", "-", "--json", "--repeats", "1"], &input));
    let document: Value = serde_json::from_str(&json).unwrap();
    assert!(document["stopped_at"].as_str().unwrap().starts_with("line 51, column 8: "), "{document}");
    assert_eq!(document["warnings"].as_array().unwrap().len(), 1);
}

/// Behind what cannot be read, numbers would name other allocations: nothing there is
/// replayed, and the exit code says that something is wrong.
#[test]
fn what_comes_before_a_malformed_line_is_replayed_and_ends_with_two() {
    let (code, text, message) = heard(&fed(&["replay", "-", "--policy", "bins"], "Alloc(8),\n\nFree(0x0),\nFree(0)"));
    let place = "line 3, column 7: expected a decimal number of digits alone, as 1024, found `x0),`";
    assert_eq!(message, format!("arenascope: -: {place}; the 1 operations before it were replayed\n"));
    assert_eq!((code, rows(&text, "bins")[0][1]), (2, "1"), "{text}");
    assert!(text.contains(&format!("warning: {place}")), "{text}");
    let message = failed(&fed(&["replay", "-"], "malloc(8)\n"), 2);
    assert!(message.starts_with("arenascope: -: this is text, of a kind that is not known; what can be"), "{message}");
}

#[test]
fn text_as_tools_write_it_is_read() {
    let wide = |text: &str| -> Vec<u8> { text.encode_utf16().flat_map(u16::to_le_bytes).collect() };
    for input in [
        "\u{feff}Alloc(552),\nFree(0),\n".as_bytes().to_vec(),
        wide("\u{feff}Alloc(552),\r\nFree(0),\r\n"),
        b"Alloc(552),\rFree(0),\r".to_vec(),
        b"# recorded by hand\nalloc(552) // the head\nfree(0)".to_vec(),
        b"[\n    Alloc(\n        552,\n    ),\n    Free(\n        0,\n    ),\n]\n".to_vec(),
    ] {
        let text = succeeded(&fed(&["replay", "-", "--policy", "bins", "--repeats", "1"], &input));
        assert!(text.starts_with("-: 1 allocations, 1 frees, peak 552 B in up to 1 allocations\n"), "{text}");
    }
}

#[test]
fn numbering_from_one_is_said_and_can_be_read() {
    let input: String = (1..=100).map(|index| format!("Alloc({index})\nFree({index})\n")).collect();
    let text = succeeded(&fed(&["replay", "-", "--policy", "bins"], &input));
    assert!(text.contains("seems to count from 1") && text.contains("--first-index 1 reads it so"), "{text}");
    let text = succeeded(&fed(&["replay", "-", "--policy", "bins", "--first-index", "1"], &input));
    assert!(text.starts_with("-: 100 allocations, 100 frees, peak 100 B in up to 1 allocations\narena "), "{text}");
    assert!(!text.contains("warning"), "{text}");
}

#[test]
fn wrong_arguments_end_with_two() {
    let message = failed(&arenascope(&["replay", SMALL, "--policy", "magic"]), 2);
    assert!(message.contains("'magic'") && message.contains("first_fit, best_fit"), "{message}");
    for arguments in [&[][..], &["replay"], &["replay", SMALL, "--arena-mib", "4096"], &["record"]] {
        assert!(failed(&arenascope(arguments), 2).contains("--help"));
    }
}

#[test]
fn a_directory_and_names_that_cannot_be_seen_are_told() {
    assert_eq!(
        failed(&arenascope(&["replay", "tests/data"]), 1),
        "arenascope: tests/data: this is a directory; name a recording in it\n"
    );
    let message = failed(&arenascope(&["replay", "tests/\x1b[2J\n.trace"]), 1);
    assert!(message.starts_with(r"arenascope: tests/\u{1b}[2J\n.trace: "), "{message}");
}

#[test]
fn a_file_that_is_not_there_ends_with_one() {
    let message = failed(&arenascope(&["replay", "tests/data/none.trace"]), 1);
    assert!(message.starts_with("arenascope: tests/data/none.trace: "), "{message}");
}

#[test]
fn help_and_version_go_to_standard_output() {
    assert!(succeeded(&arenascope(&["--help"])).contains("Usage: arenascope <COMMAND>"));
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

/// Three taken, one given back: 60 bytes live, at most 90 at once.
const THREE: &str = "Alloc(10),\nAlloc(30),\nAlloc(50),\nFree(1),\n";

#[test]
fn info_says_what_a_recording_is_and_its_totals() {
    let document: Value = serde_json::from_str(&succeeded(&fed(&["info", "-", "--json"], THREE))).unwrap();
    assert_eq!((document["events"].as_u64(), document["allocations"].as_u64()), (Some(4), Some(3)));
    assert_eq!((document["live"]["end_bytes"].as_u64(), document["live"]["peak_bytes"].as_u64()), (Some(60), Some(90)));
    assert_eq!(document["manifest"]["source"]["format"], "alloc_text");
    let text = succeeded(&fed(&["info", "-"], THREE));
    assert!(text.contains("Alloc/Free text") && text.contains("cannot tell: "), "{text}");
    assert!(failed(&fed(&["info", "-"], "<html>"), 2).contains("this is HTML or XML; what can be opened: "));
    assert!(failed(&fed(&["info", "-"], ""), 2).contains("this is an empty file"));
}

#[test]
fn rules_give_a_recording_other_categories() {
    let folder = std::env::temp_dir().join(format!("arenascope-rules-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let rules = folder.join("rules.txt");
    let of = |text: &str| {
        std::fs::write(&rules, text).unwrap();
        fed(&["info", "-", "--json", "--rules", rules.to_str().unwrap()], THREE)
    };
    let document: Value = serde_json::from_str(&succeeded(&of("size >= 40 => Large\n"))).unwrap();
    let categories = document["categories"].as_array().unwrap();
    assert_eq!((categories[0]["key"].as_str(), categories[0]["end_bytes"].as_u64()), (Some("large"), Some(50)));
    assert_eq!((categories[1]["end_bytes"].as_u64(), document["live"]["end_bytes"].as_u64()), (Some(10), Some(60)));
    assert!(failed(&of("\nsize >= 40"), 2).contains("line 2: no `=> category`"));
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_recording_is_converted_and_what_is_lost_is_said() {
    let own = fed(&["convert", "-", "--to", "arenascope"], THREE);
    assert_eq!((own.status.code(), String::from_utf8_lossy(&own.stderr).as_ref()), (Some(0), ""));
    let again = fed(&["convert", "-", "--to", "alloc_text"], &own.stdout);
    assert_eq!(String::from_utf8(again.stdout).unwrap().matches("Alloc(").count(), 3);
    assert!(String::from_utf8(again.stderr).unwrap().contains("Sizes and order are written"));
    let document: Value = serde_json::from_str(&succeeded(&fed(&["info", "-", "--json"], &own.stdout))).unwrap();
    assert_eq!((document["live"]["end_bytes"].as_u64(), document["live"]["peak_bytes"].as_u64()), (Some(60), Some(90)));
    let (code, _, stderr) = heard(&arenascope(&["convert", SMALL, "--to", "gif"]));
    assert!(code == 2 && stderr.contains("perfetto"), "{stderr}");
}

/// What tools wrote, below `crates/formats/tests/data`, and how many allocations are in it.
const OF_TOOLS: [(&str, &str, u64); 3] = [
    ("heaptrack-ls.zst", "heaptrack", 286),
    ("heaptrack-ls.raw.zst", "heaptrack", 286),
    ("pytorch-small.pickle", "pytorch_snapshot", 74),
];

fn data(name: &str) -> Vec<u8> {
    std::fs::read(format!("{}/crates/formats/tests/data/{name}", env!("CARGO_MANIFEST_DIR"))).unwrap()
}

fn replayed(input: impl AsRef<[u8]>) -> Value {
    let text =
        succeeded(&fed(&["replay", "-", "--json", "--policy", "tlsf", "--repeats", "1", "--thread-cache"], input));
    serde_json::from_str(&text).unwrap()
}

/// The figures of a replay that no policy changes.
fn counts(document: &Value) -> [Option<u64>; 3] {
    ["allocations", "frees", "peak_live_bytes"].map(|key| document["recording"][key].as_u64())
}

#[test]
fn what_any_tool_recorded_is_replayed_with_the_totals_that_info_has() {
    let minimalloc = b"id,lower,upper,size\n0,0,9,100\n1,3,6,7000\n2,6,12,600\n".to_vec();
    let tools = OF_TOOLS.map(|(name, format, count)| (data(name), format, count));
    for (input, format, count) in tools.into_iter().chain([(minimalloc, "minimalloc", 3)]) {
        let document = replayed(&input);
        let info: Value = serde_json::from_str(&succeeded(&fed(&["info", "-", "--json"], &input))).unwrap();
        let expected = [&info["allocations"], &info["frees"], &info["live"]["peak_bytes"]].map(Value::as_u64);
        assert_eq!((counts(&document), counts(&document)[0]), (expected, Some(count)), "{format}");
        assert_eq!(document["source"]["format"], format);
        let rows = document["policies"].as_array().unwrap();
        assert_eq!(rows.iter().map(|row| row["thread_cache"].as_bool().unwrap()).collect::<Vec<_>>(), [false, true]);
        assert!(rows.iter().all(|row| row["failures"] == 0 && row["operations"].as_u64() > Some(5)), "{document}");
        // The same from a file of ours, which keeps every event.
        let own = fed(&["convert", "-", "--to", "arenascope"], &input).stdout;
        assert_eq!(counts(&replayed(own)), expected, "{format}");
    }
}

#[test]
fn a_run_on_several_devices_is_said_to_be_put_into_one_arena() {
    let text = succeeded(&fed(&["replay", "-", "--policy", "tlsf", "--repeats", "1"], data("pytorch-small.pickle")));
    assert!(text.contains("\nread as PyTorch CUDA snapshot, version pickle protocol 4, PyTorch\n"), "{text}");
    assert!(text.contains("warning: allocations of 3 address spaces are placed in one arena here"), "{text}");
    assert!(text.contains("warning: a window of a longer run"), "{text}");
}

#[test]
fn what_has_no_sizes_or_lives_is_refused_with_what_is_missing() {
    let vma = fed(&["convert", "-", "--to", "vma"], data("pytorch-small.pickle")).stdout;
    for (input, expected) in [
        (data("dhat-ls.json"), "DHAT: what a replay needs is not in it: single allocations (DHAT adds up"),
        (data("massif-ls.out"), "massif: what a replay needs is not in it: single allocations (massif adds up"),
        (data("memray.csv"), "memray CSV: what a replay needs is not in it: single allocations (memray's CSV"),
        (vma, "VMA or D3D12MA statistics: what a replay needs is not in it: more than one moment ("),
        (data("right.arenascope.json"), "this is JSON, of a kind that is not known; what can be opened: "),
    ] {
        let message = failed(&fed(&["replay", "-"], &input), 2);
        assert!(message.starts_with(&format!("arenascope: -: {expected}")), "{message}");
    }
    let message = failed(&fed(&["replay", "-", "--first-index", "1"], data("heaptrack-ls.zst")), 2);
    assert!(message.contains("--first-index is for Alloc/Free text; this is heaptrack"), "{message}");
}
