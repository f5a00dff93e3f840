use super::tokens::TOKEN_MAX;
use super::{FORMAT, looks_like};
use crate::import::told::{cases, live_stacks, mutations, notes, refusal, run, survives, told, totals};
use arenascope_trace::{CannotTell, NoteKind};
use proptest::prelude::*;

/// `valgrind --tool=dhat --num-callers=8 ls /usr/share/zoneinfo`, by Valgrind 3.19; without
/// the counts of accesses.
const LS: &str = include_str!("../../../tests/data/dhat-ls.json");
const SMALL: &str = r#"{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":true,"bkacc":true,"tu":"ms",
"cmd":"a b","pid":1,"te":20,"tg":10,"pps":[
{"tb":100,"tbk":4,"tl":7,"mb":50,"mbk":2,"gb":50,"gbk":2,"eb":0,"ebk":0,"acc":[1,-2],"fs":[1,2]},
{"tb":30,"tbk":1,"gb":10,"gbk":1,"eb":30,"ebk":1,"fs":[3,2]},{"tb":8,"tbk":1,"eb":8,"ebk":1,"fs":[]}],
"ftbl":["[root]","0x1: inner (a.c:1)","0x2: main (a.c:2)","0x3: other (in /lib/b.so)"]}"#;

#[test]
fn it_is_known_by_its_version() {
    assert!(looks_like(LS.as_bytes()) && looks_like(SMALL.as_bytes()));
    assert!(looks_like("\u{feff} {\n\"dhatFileVersion\": 3".as_bytes()));
    for text in ["", "{}", "[\"dhatFileVersion\"]", "dhatFileVersion"] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn two_moments_are_told() {
    let run = run(SMALL);
    let figures = totals(&run);
    assert_eq!((figures.peak, figures.peak_us, figures.live), (60, 10_000, 38));
    assert_eq!(live_stacks(&run), ["8 ", "30 other /lib/b.so:0 < main a.c:2"]);
    let text = "138 bytes in 6 blocks were taken in all, 60 in 3 lived at the peak, 38 in 2 at the end";
    assert_eq!((notes(&run, NoteKind::Remark), run.manifest.notes.len()), (vec![text], 1));
    assert!(!run.manifest.cannot_tell.contains_key(&CannotTell::Times));
    assert_eq!(run.manifest.source.subject.as_deref(), Some("a b"));
}

/// "Total: 80,763 bytes in 285 blocks", "At t-gmax: 66,424 bytes in 216 blocks", "At t-end:
/// 23,240 bytes in 76 blocks", said DHAT itself; Python's json counted the same.
#[test]
fn a_real_file_has_the_totals_that_dhat_said() {
    let run = run(LS);
    let figures = totals(&run);
    assert_eq!((figures.peak, figures.peak_us, figures.live), (66_424, 692_501, 23_240));
    let text = "80763 bytes in 285 blocks were taken in all, 66424 in 216 lived at the peak, 23240 in 76 at the end";
    assert_eq!(notes(&run, NoteKind::Remark), [text]);
    assert!(run.manifest.cannot_tell[&CannotTell::Times].contains("instructions"));
}

/// Counted by Python's json.
#[test]
fn what_dhat_for_rust_writes_is_read() {
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/dhat-heap.json");
    let Ok(text) = std::fs::read(sample) else { return };
    let run = run(text);
    let figures = totals(&run);
    assert_eq!((figures.peak, figures.peak_us, figures.live), (2_178_752, 21_744, 0));
    assert_eq!(run.manifest.source.tool.as_deref(), Some("dhat for Rust, mode rust-heap"));
    assert!(run.stacks.frames().iter().any(|frame| frame.line == 1235 && &*frame.file == "dhat-0.3.2\\src\\lib.rs"));
}

#[test]
fn totals_without_lifetimes_are_told_at_the_end() {
    let text = r#"{"dhatFileVersion":2,"mode":"ad-hoc","verb":"Occurred","bklt":false,"bkacc":false,"bu":"unit",
        "bsu":"units","bksu":"events","tu":"instrs","te":9,"pps":[{"tb":5,"tbk":2,"fs":[1]}],"ftbl":["[root]","0x1: f (a.c:1)"]}"#;
    let run = run(text);
    assert_eq!((totals(&run).live, totals(&run).peak_us), (5, 9));
    assert_eq!(run.manifest.categories[0].label, "Occurred");
    assert_eq!(notes(&run, NoteKind::Remark), ["5 units in 2 events in all; none of them is memory that lives"]);
}

#[test]
fn a_file_that_is_cut_keeps_what_it_has() {
    let run = run(&SMALL[..SMALL.find("{\"tb\":8").unwrap() + 9]);
    assert_eq!((totals(&run).peak, totals(&run).live), (60, 30));
    let missing = notes(&run, NoteKind::Missing);
    assert!(missing[0].starts_with("the file is cut at line 4, column "), "{missing:?}");
    assert_eq!(missing[1], "4 frames of call stacks are not in `ftbl`");
    assert_eq!(live_stacks(&run), ["30 frame 3 :0 < frame 2 :0"]);
    let (read, _) = told(&SMALL.as_bytes()[..200]);
    assert_eq!(read.unwrap_err().to_string(), "DHAT: it holds nothing: `pps` has no program point");
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (from, to, message) in [
        (":2,", ":1,", "DHAT: version 1 is not known: files of version 2 are"),
        (
            "\"gb\":50",
            "\"gb\":-5",
            "DHAT: line 3, column 49: expected a document of DHAT, found invalid value: integer `-5`",
        ),
        ("[root]\"", "[root]\"x", "DHAT: line 5, column 17: expected a document of DHAT, found expected `,` or `]`"),
        (
            "\"pps\":[",
            "\"pps\":{",
            "DHAT: line 2, column 43: expected a document of DHAT, found invalid type: map, expected an array",
        ),
    ] {
        let error = refusal(SMALL.replacen(from, to, 1));
        assert!(error.starts_with(message), "{error}");
    }
    let deep = format!("{{\"dhatFileVersion\":2,\"x\":{}", "[".repeat(100_000));
    assert!(refusal(deep).contains("it holds nothing"));
    let deep = SMALL.replacen("[1,2]", &"[".repeat(100_000), 1);
    assert!(refusal(deep).contains("invalid type: sequence, expected u32"));
    let long = format!("{{\"dhatFileVersion\":2,\"cmd\":\"{}\"}}", "\\\"".repeat(TOKEN_MAX));
    assert!(refusal(long).contains("a text or number of more than 1048576 bytes"));
}

#[test]
fn contradictions_are_noted_and_sums_do_not_overflow() {
    let text = SMALL.replace("\"te\":20", "\"te\":5").replace(":50", ":18446744073709551615");
    let run = run(text);
    assert_eq!(totals(&run).peak, u128::from(u64::MAX) + 10);
    assert_eq!(notes(&run, NoteKind::Contradiction), ["the peak (`tg`) is later than the end (`te`)"]);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_files_end_in_an_error_at_worst(mutations in mutations()) {
        survives(FORMAT, SMALL.as_bytes(), &mutations);
    }
}
