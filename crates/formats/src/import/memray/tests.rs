use super::{FORMAT, looks_like};
use crate::import::told::{cases, live_stacks, mutations, notes, refusal, run, survives, told, totals};
use arenascope_trace::{CannotTell, NoteKind};
use proptest::prelude::*;

/// `memray transform csv` of a small program, by memray 1.20; paths shortened.
const REAL: &str = include_str!("../../../tests/data/memray.csv");
const SMALL: &str = "allocator,num_allocations,size,tid,thread_name,stack_trace\r\n\
    MALLOC,2,100,1,0x1,inner;a.py;3|main;a;b.py;7\r\nMMAP,1,4096,2,\"0x2 (a, \"\"b\"\")\",<unknown>\r\n\
    MALLOC,1,5,1,0x1,\r\n";

#[test]
fn it_is_known_by_its_first_line() {
    assert!(looks_like(REAL.as_bytes()) && looks_like(SMALL.as_bytes()));
    for text in ["", "id,lower,upper,size\n", "allocator\n"] {
        assert!(!looks_like(text.as_bytes()), "{text}");
    }
}

#[test]
fn each_line_is_a_thing_that_lives() {
    let run = run(SMALL);
    assert_eq!(live_stacks(&run), ["100 inner a.py:3 < main;a b.py:7", "4096 <unknown> :0", "5 "]);
    let threads: Vec<_> = run.events.iter().map(|event| event.thread).collect();
    assert_eq!(threads, [0, 1, 0]);
    let categories: Vec<_> = totals(&run).categories.into_iter().collect();
    assert_eq!(categories, [("MALLOC".into(), 105), ("MMAP".into(), 4096)]);
    assert_eq!(notes(&run, NoteKind::Remark), ["4201 bytes of 4 allocations that were not yet freed"]);
    let lacks: Vec<_> = run.manifest.cannot_tell.keys().copied().collect();
    let expected =
        [CannotTell::Addresses, CannotTell::Times, CannotTell::Allocations, CannotTell::History, CannotTell::Frees];
    assert_eq!(lacks, expected);
}

/// "Peak memory usage: 5.571MB", said memray; Python's csv counted to the byte.
#[test]
fn a_real_file_has_the_totals_that_memray_said() {
    let run = run(REAL);
    let figures = totals(&run);
    assert_eq!((figures.allocations, figures.live), (35, 5_570_904));
    let categories: Vec<_> = figures.categories.into_iter().collect();
    assert_eq!(categories, [("CALLOC".into(), 5_493_156), ("MALLOC".into(), 57_940), ("REALLOC".into(), 19_808)]);
    assert_eq!(notes(&run, NoteKind::Remark), ["5570904 bytes of 2385 allocations that were not yet freed"]);
}

#[test]
fn a_file_that_is_cut_keeps_what_it_has() {
    let run = run(&SMALL[..SMALL.len() - 4]);
    assert_eq!(totals(&run).live, 4196);
    assert_eq!(notes(&run, NoteKind::Missing), ["the file is cut in line 4: what comes before it is shown"]);
    let head = &SMALL[..SMALL.find('\n').unwrap() + 1];
    assert_eq!(refusal(head), "memray CSV: it holds nothing: no line follows its first");
    assert_eq!(refusal(head.trim_end()), "memray CSV: it holds nothing: its first line has no end");
}

#[test]
fn what_cannot_be_read_is_named_with_its_place() {
    for (from, to, message) in [
        (
            "2,100",
            "2,-1",
            "memray CSV: line 2, column 10: expected a decimal number that fits 64 bits, found `-1,1,0x1,inner;a.py;3|ma`",
        ),
        (
            "2,100,",
            "2,",
            "memray CSV: line 2, column 42: expected 6 fields, as the first line has, found the end of the line",
        ),
        (",tid,", ",", "memray CSV: line 2"),
        (
            "stack_trace",
            "trace",
            "memray CSV: line 1, column 1: expected a column `stack_trace`, found `allocator,num_allocation`",
        ),
    ] {
        let (read, _) = told(SMALL.replacen(from, to, 1).as_bytes());
        let error = read.unwrap_err().to_string();
        assert!(error.starts_with(message), "{error}");
    }
}

proptest! {
    #![proptest_config(cases())]

    #[test]
    fn mutated_files_end_in_an_error_at_worst(mutations in mutations()) {
        survives(FORMAT, SMALL.as_bytes(), &mutations);
    }
}
