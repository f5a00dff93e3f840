use super::{FORMAT, looks_like};
use crate::import::told::{Totals, cases, mutations, notes, refusal, run, survives, told, totals};
use arenascope_trace::{Action, CannotTell, CategoryId, NoteKind};
use proptest::prelude::*;
use std::io::{BufReader, Read};

fn figures(text: impl AsRef<[u8]>) -> (u64, u64, u64, u128, u128) {
    let Totals { allocations, frees, unmatched, peak, live, .. } = totals(&run(text));
    (allocations, frees, unmatched, peak, live)
}

#[test]
fn what_is_an_operation_or_nearly_one_is_taken_for_the_text() {
    let texts = [
        "Alloc(1)",
        "\u{feff}[\n Alloc(\n1",
        "# a\nfree(0)",
        "Alloc(0x40),",
        "Alloc(1,024),",
        "Alloc(-1)",
        "Free(",
        "Free(1",
    ];
    for text in texts {
        assert!(looks_like(text.as_bytes()), "{text}");
    }
    for text in
        ["", " \n", "malloc(3)", "All", "[1, 2]", "[{\"Alloc\":1}]", "id,lower", "v 10400 3\n", "Alloc 3", "# only"]
    {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
    let error = refusal("Alloc(0x40),\nFree(0),\n");
    let expected =
        "Alloc/Free text: line 1, column 8: expected a decimal number of digits alone, as 1024, found `x40),`";
    assert_eq!(error, expected);
}

#[test]
fn operations_are_told_in_order_with_the_place_as_time() {
    let run = run("Alloc(8),\nAlloc(0),\nRealloc(0, 16),\nFree(1),\n");
    let told: Vec<_> = run.events.iter().map(|event| (event.time_us, event.action)).collect();
    let category = CategoryId(0);
    let allocate = |id, bytes| Action::Allocate { id, space: super::HEAP, address: 0, bytes, category };
    let expected = [allocate(0, 8), allocate(1, 0), Action::Resize { id: 0, bytes: 16 }, Action::Free { id: 1 }];
    assert_eq!(told, (0..).zip(expected).collect::<Vec<_>>());
    let lacks: Vec<_> = run.manifest.cannot_tell.keys().copied().collect();
    assert_eq!(lacks, [CannotTell::Addresses, CannotTell::Times, CannotTell::Stacks]);
    assert!(run.manifest.notes.is_empty());
}

/// Half of it free in single blocks, and none of it free: the recording says how much.
#[test]
fn a_checkerboard_and_a_full_heap() {
    let half: String = (0..500).map(|pair| format!("Free({}),\n", 2 * pair)).collect();
    let text = "Alloc(65536),\n".repeat(1000) + &half + &"Alloc(65537),\n".repeat(200);
    assert_eq!(figures(text), (1200, 500, 0, 65_536_000, 45_875_400));
    assert_eq!(figures("Alloc(65536),\n".repeat(1200)), (1200, 0, 0, 78_643_200, 78_643_200));
}

#[test]
fn sizes_beyond_all_memory_are_kept_and_noted() {
    let one = format!("Alloc(3221225472),\n{}", "Alloc(100000),\n".repeat(50));
    assert_eq!(figures(&one), (51, 0, 0, 3_226_225_472, 3_226_225_472));
    assert!(run(&one).manifest.notes.is_empty());
    assert_eq!(figures("Alloc(1048576),\n".repeat(1536)), (1536, 0, 0, 1_610_612_736, 1_610_612_736));
    let text = "Alloc(18446744073709551615),\nAlloc(18446744073709551600),\nFree(0),\nFree(1),\nAlloc(16),\n";
    assert_eq!(figures(text), (3, 2, 0, 36_893_488_147_419_103_215, 16));
    let note =
        "2 sizes are of more than 256 TiB, which no program has: sums of them are no figures; the first on line 1";
    assert_eq!(notes(&run(text), NoteKind::Contradiction), [note]);
    let error = refusal("Alloc(18446744073709551616),\n");
    assert!(
        error.ends_with("expected a number of at most 18446744073709551615, found `18446744073709551616),`"),
        "{error}"
    );
}

#[test]
fn frees_that_match_nothing_are_counted_and_told() {
    let text = "Free(0),\nAlloc(64),\nFree(0),\nFree(0),\nFree(7),\nAlloc(32),\nFree(1),\n";
    assert_eq!(figures(text), (2, 2, 3, 64, 0));
    let run = run(text);
    let never = "2 frees name what the recording never took, or not before; the first on line 1";
    assert_eq!(notes(&run, NoteKind::Missing), [never]);
    let again = "1 frees name what was given back before; the first on line 4";
    assert_eq!(notes(&run, NoteKind::Contradiction), [again]);
    let late: String =
        (0..1000).map(|at| format!("Alloc(100),\nFree({}),\nFree({at}),\n", 4_000_000_001_u64 + at)).collect();
    assert_eq!(figures(&late), (1000, 1000, 1000, 100, 0));
    assert_eq!(notes(&self::run(&late), NoteKind::Missing).len(), 1);
    let realloc = self::run("Alloc(1)\nRealloc(5, 8)\nFree(0)\nRealloc(0, 8)");
    assert_eq!((realloc.events.len(), realloc.manifest.notes.len()), (4, 2));
}

/// Each free names the one after what it means: read from 0, most match the wrong one.
#[test]
fn frees_that_count_from_one_are_taken_so() {
    let text = "Alloc(100),\nAlloc(7),\nFree(1),\nAlloc(50),\nFree(3),\nFree(2),\nFree(0),\n";
    let from_one: String = text.replace("Free(0),\n", "");
    assert_eq!(figures(&from_one), (3, 3, 0, 107, 0));
    let run_from_one = run(&from_one);
    assert!(notes(&run_from_one, NoteKind::Remark)[0].starts_with("the frees count allocations from 1"));
    assert!(notes(&run_from_one, NoteKind::Missing).is_empty());
    // One names 0: then they count from 0, and one of them matches nothing.
    assert_eq!(figures(text).2, 1);
    assert!(notes(&run(text), NoteKind::Remark).is_empty());
    // What tells comes too late: it is said.
    let late = "Alloc(8),\n".repeat(10_000) + &"Free(3),\n".repeat(10_000) + "Free(10000),\n";
    let late = run(late);
    let said = notes(&late, NoteKind::Contradiction);
    assert!(said[0].contains("Take 1 from the number of each `Free`"), "{said:?}");
}

#[test]
fn the_same_however_it_is_written() {
    let utf16 = |text: &str| text.encode_utf16().flat_map(u16::to_le_bytes).collect::<Vec<_>>();
    for text in [
        b"Alloc(552),\nAlloc(120),\nFree(0),\nFree(1),\n".to_vec(),
        "\u{feff}Alloc(552),\nAlloc(120),\nFree(0),\nFree(1),\n".into(),
        b"# recorded\nAlloc(552),\nAlloc(120), // header\nFree(0),\nFree(1),\n".to_vec(),
        b"Alloc(552),\rAlloc(120),\rFree(0),\rFree(1),\r".to_vec(),
        b"Alloc(552),\r\nAlloc(120),\r\nFree(0),\r\nFree(1),\r\n".to_vec(),
        b"alloc(552)\nalloc(120)\nfree(0)\nfree(1)".to_vec(),
        b"Alloc(552), Alloc(120), Free(0), Free(1), ".to_vec(),
        b"[\n    Alloc(\n        552,\n    ),\n    Alloc(120),\n    Free(\n        0,\n    ),\nFree(1)]\n".to_vec(),
        utf16("\u{feff}Alloc(552),\r\nAlloc(120),\r\nFree(0),\r\nFree(1),\r\n"),
        utf16("Alloc(552),\r\nAlloc(120),\r\nFree(0),\r\nFree(1),\r\n"),
        [b"Alloc(552),\nAlloc(120),\nFree(0),\nFree(1),\n".as_slice(), &[0; 64]].concat(),
    ] {
        assert_eq!(figures(&text), (2, 2, 0, 672, 0), "{}", text.escape_ascii());
    }
    assert_eq!(figures("Alloc(64),\nRealloc(0, 128),\nFree(0),\n"), (1, 1, 0, 128, 0));
    for (text, found) in
        [("Alloc(64.0),", ".0),"), ("Alloc(0x40),", "x40),"), ("Alloc(1,024),", ",024),"), ("Alloc(1_024),", "_024),")]
    {
        let error = refusal(text);
        assert!(error.ends_with(&format!("of digits alone, as 1024, found `{found}`")), "{error}");
    }
}

#[test]
fn what_holds_nothing_is_no_table_of_zeros() {
    assert!(refusal("").contains("an empty file"));
    assert!(refusal("\n\n   \n").contains("a file of blanks"));
    assert_eq!(
        refusal("Free(0),\n".repeat(10)),
        "Alloc/Free text: it holds nothing: no `Alloc`, and 10 frees of nothing"
    );
}

#[test]
fn a_recording_that_is_cut_keeps_what_it_has() {
    let whole = "Alloc(10),\nAlloc(20),\nFree(0),\n".to_owned() + &"Alloc(1),\n".repeat(100);
    let (read, run) = told(&whole.as_bytes()[..whole.len() - 4]);
    assert!(read.is_ok());
    assert_eq!(run.events.len(), 102);
    let cut = notes(&run, NoteKind::Missing);
    assert!(cut[0].starts_with("line 103") && cut[0].contains("the recording is cut here"), "{cut:?}");
    // A hole of zeros, as a crash of the machine leaves it: what comes before it is good.
    let hole = [whole.as_bytes(), b"A", &[0; 64], b"\nAlloc(5),\n"].concat();
    let (read, run) = told(&hole);
    assert_eq!(run.events.len(), 103);
    assert!(read.unwrap_err().to_string().starts_with("Alloc/Free text: line 104, column 1: expected"));
}

/// Gzip whose end is missing.
#[test]
fn what_is_packed_and_cut_keeps_what_it_has() {
    let text: String =
        (0..40_000_u32).map(|at| format!("Alloc({}),\n", at.wrapping_mul(2_654_435_761) >> 16)).collect();
    let mut packed = Vec::new();
    flate2::bufread::GzEncoder::new(text.as_bytes(), flate2::Compression::fast()).read_to_end(&mut packed).unwrap();
    let (read, run) = told(&packed[..packed.len() / 2]);
    read.unwrap();
    assert!(run.events.len() > 10_000, "{}", run.events.len());
    assert!(notes(&run, NoteKind::Missing)[0].contains("what packs it ends too early"));
    assert_eq!(totals(&self::run(&packed)).allocations, 40_000);
}

/// Counted by a script that reads the lines with a regular expression.
#[test]
fn samples_have_the_totals_that_were_counted() {
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/samples/");
    for (name, allocations, peak, live) in
        [("ffmpeg", 1832, 604_146, 32_748), ("ls", 45, 55_989, 19_535), ("source-map", 2087, 1_735_775, 250_596)]
    {
        let Ok(text) = std::fs::read(format!("{samples}{name}.trace")) else { return };
        let (counted, _, unmatched, counted_peak, counted_live) = figures(text);
        assert_eq!((counted, unmatched, counted_peak, counted_live), (allocations, 0, peak, live), "{name}");
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_recordings_end_in_an_error_at_worst(mutations in mutations()) {
        let text = "[Alloc(552),\nAlloc(120), # a\nRealloc(1, 64),\r\nFree(0),\nFree(1),\nAlloc(18446744073709551615),\n]\n";
        survives(FORMAT, text.as_bytes(), &mutations);
    }
}

/// `cargo test --release -p arenascope-formats alloc_text_speed -- --ignored --nocapture`
#[test]
#[ignore = "measures"]
fn alloc_text_speed() {
    let lines = |at: u32| format!("Alloc({}),\nFree({at}),\n", at.wrapping_mul(2_654_435_761) >> 12);
    let text: String = (0..5_000_000).map(lines).collect();
    let mut counting = crate::import::told::Counting::default();
    let begun = std::time::Instant::now();
    crate::import::read(BufReader::new(text.as_bytes()), &mut counting).unwrap();
    let seconds = begun.elapsed().as_secs_f64();
    println!("{:.1} M lines/s, {:.0} MB/s", counting.events as f64 / 1e6 / seconds, text.len() as f64 / 1e6 / seconds);
}
