use super::{FORMAT, looks_like};
use crate::import::told::{cases, live_stacks, mutations, notes, refusal, run, survives, told, totals};
use crate::import::unpacked;
use arenascope_trace::{Action, CannotTell, NoteKind};
use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use std::io::{Read, Write};
use std::process::{Command, Stdio};

/// `heaptrack ls /usr/share/zoneinfo`, by heaptrack 1.4.0.
const LS: &[u8] = include_bytes!("../../../tests/data/heaptrack-ls.zst");
const SMALL: &str = "v 10400 3\nX prog a\nI 1000 10\ns 9 /bin/prog\ns e /lib/libc.so.6\ns 4 main\ns 3 m.c\ns 5 inner\n\
    i 400100 1 3 4 a\nt 1 0\ni 400200 1 5 4 14 3 4 b\nt 2 1\ni 7f00 2\nt 3 2\na 10 2\na 20 3\n\
    + 0\nc a\n+ 1\n+ 1\nR 5\n- 1\n- 0\n\n# strings: 5\n# ips: 3\n";

fn text(packed: &[u8]) -> Vec<u8> {
    let mut text = Vec::new();
    unpacked(packed).unwrap().read_to_end(&mut text).unwrap();
    text
}

#[test]
fn it_is_known_by_its_first_line() {
    for text in ["v 10400 3\nX a", "v 10000 1\r\n", "v 10200\n", "v 10500 9\n"] {
        assert!(looks_like(text.as_bytes()), "{text}");
    }
    for text in ["", "v\n", "v 3\n", "v 1.0\n", "vn 1 2\n", "v 10400 3 4\n", "v 10400 x\n", " v 10400 3\n"] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn a_small_recording_is_read_whole() {
    let run = run(SMALL);
    let source = &run.manifest.source;
    assert_eq!((source.format.as_str(), source.label.as_str()), ("heaptrack", "heaptrack"));
    assert_eq!((source.version.as_deref(), source.tool.as_deref()), (Some("3"), Some("heaptrack 1.4.0")));
    assert_eq!((source.subject.as_deref(), source.host.is_some()), (Some("prog a"), true));
    let totals = totals(&run);
    assert_eq!((totals.allocations, totals.frees, totals.unmatched), (3, 2, 0));
    assert_eq!((totals.peak, totals.peak_us, totals.live), (0x50, 10_000, 0x20));
    let stacks = live_stacks(&run);
    assert_eq!(stacks, ["32 0x7f00 /lib/libc.so.6:0 < inner m.c:20 < main m.c:11 < main m.c:10"]);
    let categories: Vec<_> = run.manifest.categories.iter().map(|category| &*category.label).collect();
    assert_eq!(categories, ["prog"], "libc takes memory for its caller");
    assert!(run.manifest.cannot_tell.contains_key(&CannotTell::Addresses));
    let remark = "the program held at most 20480 B of the machine's memory at once, heaptrack's own included";
    assert_eq!((notes(&run, NoteKind::Remark), run.manifest.notes.len()), (vec![remark], 1));
}

/// Of three alive of a kind, the newest is given back, and its id used again.
#[test]
fn the_newest_of_a_kind_is_given_back() {
    let run = run("v 10400 3\na 8 0\n+ 0\n+ 0\n- 0\n+ 0\n- 0\n- 0\n");
    let ids = run.events.iter().map(|event| match event.action {
        Action::Allocate { id, .. } => (true, id),
        Action::Free { id } => (false, id),
        _ => unreachable!(),
    });
    let expected = [(true, 0), (true, 1), (false, 1), (true, 1), (false, 1), (false, 0)];
    assert_eq!(ids.collect::<Vec<_>>(), expected);
    assert_eq!(run.manifest.categories[0].label, "Heap");
}

#[test]
fn texts_are_as_long_as_they_say_from_version_3_on() {
    for (version, texts) in
        [("10100 2", "s /a b/c\ns f f"), ("10200", "s /a b/c\ns f f"), ("10400 3", "s 6 /a b/c\ns 3 f f")]
    {
        let run = run(format!("v {version}\n{texts}\ni 1 1 2 0 0\nt 1 0\na 8 1\n+ 0\n"));
        assert_eq!(live_stacks(&run), ["8 f f /a b/c:0"], "{version}");
        assert_eq!(run.manifest.categories[0].label, "c", "{version}");
    }
}

/// Counted by heaptrack_print 1.4.0 ("calls to allocation functions: 286", "peak heap
/// memory consumption: 139.13K", "total memory leaked: 35.24K") and, to the byte, by
/// `tests/heaptrack_totals.py`.
#[test]
fn a_real_recording_has_the_totals_of_heaptrack_itself() {
    let run = run(LS);
    let totals = totals(&run);
    assert_eq!((totals.allocations, totals.frees, totals.unmatched), (286, 73, 0));
    assert_eq!((totals.peak, totals.peak_us, totals.live), (139_128, 0, 35_236));
    assert_eq!(run.manifest.source.subject.as_deref(), Some("ls /usr/share/zoneinfo"));
    assert_eq!(totals.categories.values().sum::<u128>(), totals.live);
    assert!(run.stacks.frames().iter().any(|frame| &*frame.function == "_nl_load_locale_from_archive"));
    let contradictions = notes(&run, NoteKind::Contradiction);
    assert!(contradictions.is_empty() && notes(&run, NoteKind::Missing).is_empty());
}

/// The script counts the same text, and shares nothing with the reader.
#[test]
fn a_script_counts_the_same() {
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/heaptrack_totals.py");
    let python = Command::new("python3").arg(script).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn();
    let Ok(mut python) = python else { return };
    python.stdin.take().unwrap().write_all(&text(LS)).unwrap();
    let said = python.wait_with_output().unwrap().stdout;
    let totals = totals(&run(LS));
    let ours =
        [totals.allocations.into(), totals.frees.into(), totals.peak, (totals.peak_us / 1000).into(), totals.live];
    assert_eq!(String::from_utf8_lossy(&said).trim(), ours.map(|count: u128| count.to_string()).join(" "));
}

#[test]
fn a_recording_that_is_cut_keeps_what_it_has() {
    let whole = text(LS);
    let line_end = whole[whole.len() / 2..].iter().position(|&byte| byte == b'\n').unwrap() + whole.len() / 2;
    for end in [line_end, line_end - 1, whole.len() - 12] {
        let run = run(&whole[..end]);
        assert!(notes(&run, NoteKind::Missing)[0].starts_with("the recording is cut in line "));
        assert!(totals(&run).allocations > 0);
    }
    // Half a number is no number.
    let (read, run) = told(b"v 10400 3\na 8 0\na 10 0\n+ 0\n+ 1");
    assert!(read.is_ok() && run.events.len() == 1);
    assert_eq!(notes(&run, NoteKind::Missing), ["the recording is cut in line 5: what comes before it is shown"]);
    assert_eq!(refusal("v 10400 3\nX ls\n"), "heaptrack: it holds nothing: no `+` and no `-`");
}

/// As the recorder leaves it where it is killed.
#[test]
fn what_is_packed_and_cut_keeps_what_it_has() {
    let text = format!("v 10400 3\na 8 0\n{}", "+ 0\n".repeat(200_000));
    let packed = compress_to_vec(text.as_bytes(), CompressionLevel::Fastest);
    let run = run(&packed[..packed.len() - 10]);
    // Blocks of a frame, of 128 KiB, are whole or not at all.
    assert!((100_000..200_000).contains(&totals(&run).allocations), "{}", totals(&run).allocations);
    assert!(notes(&run, NoteKind::Missing)[0].starts_with("the recording is cut in line "));
}

#[test]
fn what_contradicts_itself_is_counted_and_noted_once() {
    let run = run("v 10400 3\na 8 0\n- 0\n- 0\n+ 0\n+ 7\n- 8\nq 1\nt 9 4\ni 1 5\n");
    let totals = totals(&run);
    assert_eq!((totals.allocations, totals.unmatched, totals.live), (1, 2, 8));
    assert_eq!(
        notes(&run, NoteKind::Contradiction),
        [
            "2 frees are of a kind of which nothing is alive; the first on line 3",
            "2 lines name a kind of allocation that no line said before; the first on line 6",
        ]
    );
    assert_eq!(
        notes(&run, NoteKind::Missing),
        [
            "1 names of functions, files or modules are not in the file; the first on line 10",
            "2 stacks or instruction pointers are not in the file; the first on line 9",
            "1 lines begin with a letter that is not known; the first on line 8",
        ]
    );
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (text, message) in [
        ("v 10400 4\n", "heaptrack: version 4 is not known: 1 to 3 are"),
        ("v 10400 0\n", "heaptrack: version 0 is not known: 1 to 3 are"),
        ("v 10400 3\n+ x1\n", "heaptrack: line 2, column 3: expected a hexadecimal number, found `x1`"),
        ("v 10400 3\na 8\n", "heaptrack: line 2, column 4: expected a hexadecimal number, found the end of the line"),
        (
            "v 10400 3\ns 9 abc\n",
            "heaptrack: line 2, column 3: expected a length and a text of that many bytes, found `9 abc`",
        ),
    ] {
        assert_eq!(refusal(text), message, "{text}");
    }
}

/// A long name takes memory for each frame that has it: a small file must not fill it all.
#[test]
fn long_names_are_bounded_together() {
    let name = "x".repeat(1 << 19);
    let mut text = format!("v 10400 3\ns 80000 {name}\n");
    (1..1000).for_each(|line| text += &format!("i 1 0 1 0 {line:x}\n"));
    assert_eq!(refusal(&text), "heaptrack: line 259: more than 134217728 bytes of names of frames");
    let mut text = format!("v 10400 3\nx 1 a\nm 80000 {name} 0 0 10000\n+ 8 0 10\n");
    (1..1000).for_each(|address| text += &format!("t {address:x} 0\n"));
    assert!(refusal(&text).ends_with("more than 134217728 bytes of names of frames"));
}

#[test]
fn times_do_not_go_back_and_do_not_overflow() {
    let run = run("v 10400 3\na ffffffffffffffff 0\nc 5\n+ 0\nc 3\n+ 0\nc ffffffffffffffff\n+ 0\nR ffffffffffffffff\n");
    let times: Vec<_> = run.events.iter().map(|event| event.time_us).collect();
    assert_eq!(times, [5000, 5000, u64::MAX]);
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_recordings_end_in_an_error_at_worst(mutations in mutations()) {
        survives(FORMAT, SMALL.as_bytes(), &mutations);
    }

    #[test]
    fn mutated_raw_recordings_end_in_an_error_at_worst(mutations in mutations()) {
        survives(FORMAT, SMALL_RAW.as_bytes(), &mutations);
    }
}

/// `heaptrack --raw ls /usr/share/zoneinfo`, by heaptrack 1.4.0.
const LS_RAW: &[u8] = include_bytes!("../../../tests/data/heaptrack-ls.raw.zst");
const SMALL_RAW: &str = "v 10400 3\nx 9 /bin/prog\nX prog\nI 1000 10\nm 1 -\nm 1 x 400000 0 1000 2000 500\n\
    m e /lib/libc.so.6 7f0000000000 0 8000\nt 7f0000000010 0\nt 400100 1\nt 402001 2\nt 99 0\n+ 10 3 5000\nc a\n\
    + 20 1 7fff0000\n+ 30 4 5010\n- 5000\n- 1234\n";

#[test]
fn a_raw_recording_has_addresses_and_offsets_in_modules() {
    let run = run(SMALL_RAW);
    let figures = totals(&run);
    assert_eq!((figures.allocations, figures.frees, figures.unmatched), (3, 1, 1));
    assert_eq!((figures.peak, figures.peak_us, figures.live), (0x60, 10_000, 0x50));
    assert!(run.manifest.spaces[0].has_addresses && run.manifest.cannot_tell.is_empty());
    let mut stacks = live_stacks(&run);
    stacks.sort();
    assert_eq!(stacks, ["32 libc.so.6+0x10 /lib/libc.so.6:0", "48 0x99 :0"]);
    let first: Vec<_> = run.stacks.frames_of(run.events[0].site).map(|frame| &*frame.function).collect();
    assert_eq!(first, ["prog+0x2001", "prog+0x100", "libc.so.6+0x10"]);
    let categories: Vec<_> = run.manifest.categories.iter().map(|category| &*category.label).collect();
    assert_eq!(categories, ["prog", "Heap"]);
    let offsets =
        [0x5000, 0x5010, 0x7fff_0000].map(|address| run.extents.offset_of(super::parts::HEAP, address).unwrap());
    assert!(offsets.is_sorted() && run.extents.end_bytes() < 1 << 20);
    let missing = "1 frees are of addresses at which nothing was taken before";
    assert_eq!(notes(&run, NoteKind::Missing), [missing]);
    assert!(notes(&run, NoteKind::Remark)[0].contains("heaptrack_interpret"));
}

/// Counted by a script that keeps a dictionary by address; the interpreted recording of
/// another run of the same command has as many.
#[test]
fn a_real_raw_recording_has_the_totals_that_were_counted() {
    let run = run(LS_RAW);
    let figures = totals(&run);
    assert_eq!((figures.allocations, figures.frees, figures.unmatched), (286, 73, 0));
    assert_eq!((figures.peak, figures.live), (139_128, 35_236));
    assert!(run.stacks.frames().iter().all(|frame| frame.function.contains('+')), "all are in modules");
    for event in &run.events {
        if let Action::Allocate { address, .. } = event.action {
            assert!(run.extents.offset_of(super::parts::HEAP, address).is_some());
        }
    }
}

#[test]
fn what_contradicts_itself_in_a_raw_recording_is_noted() {
    let run = run("v 10100 2\nx /bin/a\nm x 400000 0 10\nt 400001 0\n+ 8 1 10\n+ 8 7 10\n+ 8 1 ffffffffffffffff\n");
    assert_eq!(run.events.len(), 2);
    assert_eq!(
        notes(&run, NoteKind::Contradiction),
        [
            "1 allocations end beyond 64 bits: they are left out; the first on line 7",
            "1 addresses are taken again before they are given back",
        ]
    );
    assert_eq!(notes(&run, NoteKind::Missing), ["1 lines name a stack that is not in the file; the first on line 6"]);
    assert_eq!(run.stacks.frames()[0].function, "a+0x1".into());
    assert_eq!(refusal("v 10400 3\nx 1 a\n"), "heaptrack: it holds nothing: no `+` and no `-`");
}

/// Prints what `tests/heaptrack_totals.py` does, of the recording that `HEAPTRACK` names:
/// `cargo test -p arenascope-formats heaptrack_totals -- --ignored --nocapture`.
#[test]
#[ignore = "asks for a file"]
fn heaptrack_totals() {
    let run = run(std::fs::read(std::env::var("HEAPTRACK").unwrap()).unwrap());
    let totals = totals(&run);
    println!("{} {} {} {} {}", totals.allocations, totals.frees, totals.peak, totals.peak_us / 1000, totals.live);
    println!("{:#?}", (totals.unmatched, totals.categories, run.manifest.notes));
}

/// `cargo test --release -p arenascope-formats heaptrack_speed -- --ignored --nocapture`
/// with the path of an unpacked recording in `HEAPTRACK`.
#[test]
#[ignore = "measures"]
fn heaptrack_speed() {
    let bytes = std::fs::read(std::env::var("HEAPTRACK").unwrap()).unwrap();
    let mut counting = crate::import::told::Counting::default();
    let begun = std::time::Instant::now();
    crate::import::read(bytes.as_slice(), &mut counting).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    let (events, megabytes) = (counting.events as f64 / 1e6, bytes.len() as f64 / 1e6);
    println!("{:.1} M events/s, {:.0} MB/s", events / seconds, megabytes / seconds);
}
